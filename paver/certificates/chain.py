"""Which certificate signed which, by their signatures and not by their names."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from paver.contract.errors import Rejected


def load(pem: str) -> x509.Certificate:
    """One certificate. Raises Rejected where it is none."""
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        raise Rejected(
            "what stands in a certificate's place is none", hint="one X.509 certificate in PEM form"
        ) from None


def load_all(pem: str) -> list[x509.Certificate]:
    """Every certificate in a text, in its order; none where there is none. Raises Rejected where one is broken."""
    if "-----BEGIN CERTIFICATE-----" not in pem:
        return []
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        raise Rejected("a certificate in it is broken", hint="X.509 certificates in PEM form") from None


def signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the issuer's key signed it. A name says little: an authority's next key bears the same one."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def path(
    certificate: x509.Certificate, between: Sequence[x509.Certificate], anchor: x509.Certificate
) -> list[x509.Certificate] | None:
    """The authorities between a certificate and an anchor, nearest first; None where no chain leads there."""
    if signed_by(certificate, anchor):
        return []
    for index, issuer in enumerate(between):
        if issuer != certificate and signed_by(certificate, issuer):
            above = path(issuer, [*between[:index], *between[index + 1 :]], anchor)
            if above is not None:
                return [issuer, *above]
    return None


def authority_of(certificate: x509.Certificate) -> x509.BasicConstraints | None:
    """What makes it an authority; None where it is none, or may sign no certificate."""
    try:
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (x509.ExtensionNotFound, ValueError):  # the second: an extension that is no extension
        return None
    if not basic.ca:
        return None
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return basic
    return basic if usage.key_cert_sign else None
