"""An authority about to sign: its certificate and key, held against each other and against the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import SecretStr

from paver.contract.errors import Rejected

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Made:
    """A certificate and its key, both PEM."""

    certificate: str
    key: SecretStr


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs."""

    certificate: x509.Certificate
    key: PrivateKey

    @property
    def path_length(self) -> int | None:
        """How many authorities may follow below it; None: any number."""
        return self.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length


def open_key(text: SecretStr) -> PrivateKey:
    """A private key in PEM form. Raises Rejected where it is none that signs here."""
    try:
        key = load_pem_private_key(text.get_secret_value().encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, PrivateKey):
        raise Rejected("what stands in a private key's place is none", hint="bring it back from a backup")
    return key


def open_issuer(made: Made, now: datetime) -> Issuer:
    """The authority, if it may sign now.

    Raises:
        Rejected: It has ended or not begun, it is no authority, or its key is another's.
    """
    issuer = _load(made)
    if issuer is None:
        raise Rejected(
            "the certificate and key of an authority do not belong together", hint="bring them back from a backup"
        )
    certificate, name = issuer.certificate, issuer.certificate.subject.rfc4514_string()
    if certificate.not_valid_before_utc > now:
        raise Rejected(
            f"the authority {name} begins at {certificate.not_valid_before_utc:%Y-%m-%d %H:%M:%SZ}, and this clock says"
            f" {now:%Y-%m-%d %H:%M:%SZ}",
            hint="set this machine's clock",
        )
    if certificate.not_valid_after_utc <= now:
        raise Rejected(
            f"the authority {name} ended at {certificate.not_valid_after_utc:%Y-%m-%d %H:%M:%SZ}",
            hint="set this machine's clock, or rotate that authority: paver certificates rotate",
        )
    return issuer


def _load(made: Made) -> Issuer | None:
    # None, and no error: those of the loader stay out of every chain of errors, for they have seen the key.
    try:
        certificate = x509.load_pem_x509_certificate(made.certificate.encode())
        authority = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        key = open_key(made.key)
    except (ValueError, Rejected, x509.ExtensionNotFound):
        return None
    if not authority or key.public_key() != certificate.public_key():
        return None
    return Issuer(certificate, key)
