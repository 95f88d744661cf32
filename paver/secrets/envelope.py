"""How a secret lies in a store that others could read: encrypted with a key that never goes there.

`paver1.` KEY-ID `.` base64 of nonce and ciphertext. AES-256-GCM (NIST SP 800-38D), a random nonce of 96 bits, the
object's own name as associated data: what was swapped, renamed or changed does not open.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
from collections.abc import Mapping

from paver.contract.errors import Refused, SpecError
from paver.secrets.store import SecretUnreadable

VARIABLE = "PAVER_SECRETS_KEY"
PREFIX = "paver1"
KEY_BYTES, NONCE_BYTES = 32, 12
KEY_ID = re.compile(r"[0-9a-f]{16}")
HINT = "one key, or several with commas between: the first writes, all read. New: openssl rand -base64 32"


class KeyMissing(Refused):
    """The key of an encrypted store is not in the environment. That is no absence of the secrets."""


class Keys:
    """The keys in the environment: the first writes, all read, so that a key can be exchanged.

    Raises:
        KeyMissing: There is none.
        SpecError: One is no key.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        told = environ.get(VARIABLE, "").strip()
        if not told:
            raise KeyMissing(
                f"the secret store is encrypted, and {VARIABLE} is not set", facts=[("variable", VARIABLE)], hint=HINT
            )
        keys = [_key(number, text.strip()) for number, text in enumerate(told.split(","), 1)]
        self._first = keys[0]
        self.writes = _id(self._first)
        self._by_id = {_id(key): key for key in keys}

    def seal(self, name: str, data: bytes) -> bytes:
        """Encrypt what will lie under that name."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  loads where a store needs it

        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + AESGCM(self._first).encrypt(nonce, data, name.encode())
        return b".".join((PREFIX.encode(), self.writes.encode(), base64.b64encode(sealed)))

    def open(self, name: str, envelope: bytes, place: str) -> bytes:
        """What lies under that name. Raises SecretUnreadable: another key's, or not what was written there."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415  the same
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  the same

        id_, encoded = _parts(envelope, place)
        key = self._by_id.get(id_)
        if key is None:
            raise SecretUnreadable(
                f"{place} was written with another key than those in {VARIABLE}",
                facts=[("key", id_)],
                hint="append the one whose SHA-256 begins so",
            )
        try:
            sealed = base64.b64decode(encoded, validate=True)
            return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], name.encode())
        except (InvalidTag, binascii.Error, ValueError):
            raise SecretUnreadable(
                f"{place} is not what was written there: changed, swapped or torn", hint="bring the object back"
            ) from None


def sealed_with(envelope: bytes, place: str) -> str:
    """The id of the key that something was encrypted with, opened or not. Raises SecretUnreadable."""
    return _parts(envelope, place)[0]


def _parts(envelope: bytes, place: str) -> tuple[str, bytes]:
    mark, _, rest = envelope.partition(b".")
    id_, _, encoded = rest.partition(b".")
    named = id_.decode("ascii", errors="replace")
    if mark != PREFIX.encode() or not KEY_ID.fullmatch(named):
        raise SecretUnreadable(f"{place} is no secret of this paver", hint="see what wrote it, and move it away")
    return named, encoded


def _key(number: int, text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        # Neither the text nor its length is told: it may be a key with a slip in it.
        raise SpecError(f"key {number} in {VARIABLE} is not {KEY_BYTES} bytes in base64", hint=HINT)
    return key


def _id(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()[:16]
