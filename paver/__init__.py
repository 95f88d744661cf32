"""paver: the same typed environment on every IaaS."""

__version__ = "0.1.0"
