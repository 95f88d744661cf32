"""The memory driver: an IaaS in a file. The engine's reference subject, and a demo that needs no account."""
