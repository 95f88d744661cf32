"""Certificates that paver makes, or has the site's own authority sign: authorities and the leaves below them."""

from paver.certificates.chain import load, load_all, signed_by
from paver.certificates.describe import describe, fingerprint
from paver.certificates.fit import Asked, Signed, Unfit, fit
from paver.certificates.issuer import Made
from paver.certificates.make import make_authority, make_leaf
from paver.certificates.request import Request, request_authority, request_leaf
from paver.certificates.verify import verify

__all__ = [
    "Asked",
    "Made",
    "Request",
    "Signed",
    "Unfit",
    "describe",
    "fingerprint",
    "fit",
    "load",
    "load_all",
    "make_authority",
    "make_leaf",
    "request_authority",
    "request_leaf",
    "signed_by",
    "verify",
]
