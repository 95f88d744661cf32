"""The fixtures of every test of the command line."""

from fakes import library, run

__all__ = ["library", "run"]
