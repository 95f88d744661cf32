"""Certificates that paver makes: authorities and the leaves that they sign."""

from paver.certificates.describe import describe, fingerprint
from paver.certificates.issuer import Made
from paver.certificates.make import make_authority, make_leaf
from paver.certificates.verify import verify

__all__ = ["Made", "describe", "fingerprint", "make_authority", "make_leaf", "verify"]
