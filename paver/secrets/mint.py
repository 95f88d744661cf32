"""Secrets that paver makes."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from typing import Literal

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pydantic import SecretStr

LENGTH = 20
"""Characters. The longest that a vCenter's default policy takes, and 119 bits."""
SPECIAL = "-_.~"
"""What neither a URL, nor a shell, nor YAML, nor XML reads as something else."""
RSA_BITS = 3072

SshKeyType = Literal["ed25519", "rsa"]


@dataclass(frozen=True, slots=True)
class SshKey:
    """A key pair. The public half is a line for `authorized_keys`, without a comment."""

    private_key: SecretStr
    public_key: str


def password(length: int = LENGTH) -> SecretStr:
    """A random password with a lower-case letter, an upper-case one, a digit and a special character; a letter first.

    No character stands there three times in a row: policies that count such runs allow no longer ones.

    Raises:
        ValueError: It would be shorter than eight.
    """
    if length < 8:  # noqa: PLR2004  the shortest that any consumer's policy takes
        raise ValueError("a password has eight characters or more")
    classes = (string.ascii_lowercase, string.ascii_uppercase, string.digits, SPECIAL)
    alphabet = "".join(classes)
    while True:
        made = secrets.choice(string.ascii_letters) + "".join(secrets.choice(alphabet) for _ in range(length - 1))
        runs = any(one == two == three for one, two, three in zip(made, made[1:], made[2:], strict=False))
        if not runs and all(set(made) & set(some) for some in classes):
            return SecretStr(made)


def ssh_key(kind: SshKeyType = "ed25519") -> SshKey:
    """A new SSH key in OpenSSH's form."""
    key: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
    if kind == "ed25519":
        key = ed25519.Ed25519PrivateKey.generate()
    else:
        key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return SshKey(SecretStr(private.decode()), public.decode())
