"""Requests for a signature: what a site's own authority gets to see. The key never leaves the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import SecretStr

from paver.certificates.issuer import PrivateKey
from paver.certificates.make import (
    authority_extensions,
    authority_subject,
    digest_for,
    leaf_extensions,
    leaf_subject,
    new_key,
    private_pem,
)
from paver.contract.types import KeyType


@dataclass(frozen=True, slots=True)
class Request:
    """A certificate signing request (PKCS #10) and the key that it is for, both PEM."""

    text: str
    key: SecretStr


def request_authority(name: str, environment: str, *, key_type: KeyType, path_length: int | None) -> Request:
    """Ask for an authority, with a new key.

    Args:
        name: Its name in the environment.
        environment: The environment's name.
        key_type: Of its key.
        path_length: How many authorities shall follow below it.
    """
    key = new_key(key_type)
    return _signed(authority_subject(name, environment), authority_extensions(path_length), key)


def request_leaf(names: Sequence[str], environment: str, *, key_type: KeyType) -> Request:
    """Ask for a server's certificate for these names and addresses, with a new key."""
    key = new_key(key_type)
    return _signed(leaf_subject(names, environment), leaf_extensions(names, key), key)


def _signed(subject: x509.Name, extensions: Sequence[x509.Extension[x509.ExtensionType]], key: PrivateKey) -> Request:
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    for extension in extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    text = builder.sign(key, digest_for(key)).public_bytes(Encoding.PEM).decode()
    return Request(text, private_pem(key))
