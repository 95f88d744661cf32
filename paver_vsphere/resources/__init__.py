"""The kinds: one noun a file."""
