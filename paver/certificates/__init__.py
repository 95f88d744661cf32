"""Certificates that paver makes: authorities and the leaves that they sign."""

from paver.certificates.describe import describe, fingerprint
from paver.certificates.make import Made, make_authority, make_leaf

__all__ = ["Made", "describe", "fingerprint", "make_authority", "make_leaf"]
