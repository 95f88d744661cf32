"""A driver package to start from: whole, working, and with every file where its author's will be."""

from paver.scaffold.writing import write_package

__all__ = ["write_package"]
