"""A site's own authority: a root, one that issues, and somebody who signs requests with it by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from paver.certificates import make_authority
from paver.certificates.issuer import open_key

BEGAN = datetime.fromisoformat("2020-01-01T00:00:00+00:00")
YEARS = timedelta(days=3650)


class SiteAuthority:
    """One site's."""

    def __init__(self, name: str = "corporate") -> None:
        self.root = make_authority(name, "site", key_type="ecdsa-p256", lifetime=2 * YEARS, now=BEGAN)
        self.issuing = make_authority(
            f"{name} issuing", "site", key_type="ecdsa-p256", lifetime=2 * YEARS, now=BEGAN, issuer=self.root
        )

    def sign(self, request: str, now: datetime, *, lifetime: timedelta = timedelta(days=90)) -> str:
        """The certificate that was asked for and the authority that signed it, PEM."""
        asked, issuer = x509.load_pem_x509_csr(request.encode()), self.issuing
        above = x509.load_pem_x509_certificate(issuer.certificate.encode())
        builder = (
            x509.CertificateBuilder()
            .subject_name(asked.subject)
            .issuer_name(above.subject)
            .public_key(asked.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + lifetime)
        )
        for extension in asked.extensions:
            builder = builder.add_extension(extension.value, extension.critical)
        theirs = above.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        for identifier in (
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(theirs),
            x509.SubjectKeyIdentifier.from_public_key(asked.public_key()),
        ):
            builder = builder.add_extension(identifier, critical=False)
        signed = builder.sign(open_key(issuer.key), hashes.SHA256())
        return signed.public_bytes(Encoding.PEM).decode() + issuer.certificate
