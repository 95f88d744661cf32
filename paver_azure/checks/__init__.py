"""What preflight looks at, a question a file."""
