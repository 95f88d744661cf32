"""Authorities and leaves, made and signed. Pure but for the keys: the time is an argument.

The extensions are those of RFC 5280: basicConstraints and keyUsage critical, key identifiers on both ends of a chain.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pydantic import SecretStr

from paver.certificates.issuer import Issuer, Made, PrivateKey, open_issuer, open_key
from paver.contract.errors import Rejected
from paver.contract.types import KeyType

BACKDATED = timedelta(hours=1)
"""How far before now a certificate begins: a clock that is behind by less does not see it from the future."""
COMMON_NAME_MAX = 64  # RFC 5280, ub-common-name


def make_authority(
    name: str,
    environment: str,
    *,
    key_type: KeyType,
    lifetime: timedelta,
    now: datetime,
    issuer: Made | None = None,
    path_length: int | None = None,
    key: SecretStr | None = None,
) -> Made:
    """A certificate authority, signed by `issuer` or by itself; it ends no later than its issuer.

    Args:
        name: Its name in the environment.
        environment: The environment's name.
        key_type: Of its own key.
        lifetime: From now on.
        now: The clock.
        issuer: Who signs it.
        path_length: How many authorities may follow below it: 0, where it signs leaves only; None: any number.
        key: The key that it has already, so that what it signed stays signed by it; None: a new one.

    Raises:
        Rejected: The issuer cannot sign it.
    """
    signer = open_issuer(issuer, now) if issuer else None
    if signer is not None and signer.path_length is not None:
        if signer.path_length == 0:
            raise Rejected(
                f"{signer.certificate.subject.rfc4514_string()} signs leaves only, so it cannot sign the authority"
                f" {name}",
                hint="have that authority made anew",
            )
        path_length = min(signer.path_length - 1, signer.path_length if path_length is None else path_length)
    own = new_key(key_type) if key is None else open_key(key)
    builder = _builder(authority_subject(name, environment), own, lifetime, now, signer)
    for extension in authority_extensions(path_length):
        builder = builder.add_extension(extension.value, extension.critical)
    return _signed(builder, own, signer)


def make_leaf(
    names: Sequence[str],
    environment: str,
    *,
    key_type: KeyType,
    lifetime: timedelta,
    now: datetime,
    issuer: Made,
    key: SecretStr | None = None,
) -> Made:
    """A server's certificate for these names and addresses; it ends no later than its issuer.

    With the `key` that it has already, a server that still sends the last certificate has the right key for both.

    Raises:
        Rejected: The issuer cannot sign it.
    """
    signer = open_issuer(issuer, now)
    own = new_key(key_type) if key is None else open_key(key)
    builder = _builder(leaf_subject(names, environment), own, lifetime, now, signer)
    for extension in leaf_extensions(names, own):
        builder = builder.add_extension(extension.value, extension.critical)
    return _signed(builder, own, signer)


def authority_subject(name: str, environment: str) -> x509.Name:
    """An authority's subject: the same again for its next key, as RFC 5280 has it for a key that is rolled over."""
    return _subject(f"{environment} {name}", environment)


def leaf_subject(names: Sequence[str], environment: str) -> x509.Name:
    """A server's subject: the first of its names that fits."""
    common = next((name for name in names if len(name) <= COMMON_NAME_MAX), environment)
    return _subject(common, environment)


def authority_extensions(path_length: int | None) -> list[x509.Extension[x509.ExtensionType]]:
    """What makes an authority one."""
    usage = _usage(key_cert_sign=True, crl_sign=True, digital_signature=True)
    return [_extension(x509.BasicConstraints(True, path_length)), _extension(usage)]


def leaf_extensions(names: Sequence[str], key: PrivateKey) -> list[x509.Extension[x509.ExtensionType]]:
    """What makes a certificate a server's, for these names."""
    enciphers = isinstance(key, rsa.RSAPrivateKey)
    return [
        _extension(x509.BasicConstraints(False, None)),
        _extension(_usage(digital_signature=True, key_encipherment=enciphers)),
        _extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False),
        _extension(x509.SubjectAlternativeName([_san(name) for name in dict.fromkeys(names)]), critical=False),
    ]


def private_pem(key: PrivateKey) -> SecretStr:
    """A key as the store keeps it."""
    return SecretStr(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def digest_for(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384:
    """The digest that goes with a key."""
    strong = isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP384R1)
    return hashes.SHA384() if strong else hashes.SHA256()


def new_key(key_type: KeyType) -> PrivateKey:
    """A new key of that type."""
    if key_type == "ecdsa-p256":
        return ec.generate_private_key(ec.SECP256R1())
    if key_type == "ecdsa-p384":
        return ec.generate_private_key(ec.SECP384R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=int(key_type.removeprefix("rsa-")))


def _builder(
    subject: x509.Name, key: PrivateKey, lifetime: timedelta, now: datetime, issuer: Issuer | None
) -> x509.CertificateBuilder:
    begins = (now - BACKDATED).replace(microsecond=0)
    ends = (now + lifetime).replace(microsecond=0)
    builder = x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = builder.add_extension(own, critical=False)
    if issuer is None:
        authority = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)
        return (
            builder.issuer_name(subject)
            .not_valid_before(begins)
            .not_valid_after(ends)
            .add_extension(authority, critical=False)
        )
    signer = issuer.certificate
    theirs = signer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        builder.issuer_name(signer.subject)
        .not_valid_before(max(begins, signer.not_valid_before_utc))
        .not_valid_after(min(ends, signer.not_valid_after_utc))
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(theirs), critical=False)
    )


def _signed(builder: x509.CertificateBuilder, key: PrivateKey, issuer: Issuer | None) -> Made:
    signer = key if issuer is None else issuer.key
    certificate = builder.sign(signer, digest_for(signer))
    return Made(certificate.public_bytes(Encoding.PEM).decode(), private_pem(key))


def _extension(value: x509.ExtensionType, *, critical: bool = True) -> x509.Extension[x509.ExtensionType]:
    return x509.Extension(value.oid, critical, value)


def _subject(common_name: str, environment: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, f"paver {environment}"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _san(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(**set_: bool) -> x509.KeyUsage:
    names = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign crl_sign"
        " encipher_only decipher_only"
    )
    return x509.KeyUsage(**{name: set_.get(name, False) for name in names.split()})
