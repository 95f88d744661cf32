"""What preflight asks of an account, one subject a file."""
