"""What preflight asks of a project, one subject a file."""
