"""Preflight, one subject a file: what would fail later, found without any change."""
