"""What a secret store is: the Protocol that every kind of store satisfies, and what they all check alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Protocol

from pydantic import SecretStr

from paver.contract.errors import PaverError, Refused, SecretMissing
from paver.contract.lease import LeasePlace
from paver.contract.types import SecretRef

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
"""One part of a path. No dot: `..`, hidden and unfinished files, and people's notes are never taken for a secret."""
DEEPEST = 8
KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")


class SecretUnreadable(Refused):
    """A secret is there and must not be used as it is: others can read or write it, it is a link, it is torn."""


class SecretUnwritable(PaverError):
    """The store took no secret: full, read-only, a broken disk. It has what it had, or what was being written."""

    exit_code = 4


class SecretStore(Protocol):
    """Keeps secrets under paths like `<iaas>/certificates/<name>`; each is a small mapping of keys to values.

    The mapping is written and replaced as a whole, so that a private key and its certificate never part. Every method
    may be called from any thread and by several processes at once.

    Every method raises `Refused` for a path that is no name in a store, and `SecretUnreadable` where what it meets must
    not be used or cannot be. Those that write raise `SecretUnwritable` where the disk, or what is behind it, fails.
    """

    @property
    def place(self) -> str:
        """Where the store is, as the spec writes it: for messages. Never a secret."""

    def read(self, path: str, key: str) -> SecretStr:
        """One value. Raises SecretMissing, naming its place."""

    def read_all(self, path: str) -> Mapping[str, SecretStr]:
        """All values of one secret, as they were written together. Raises SecretMissing."""

    def write(self, path: str, values: Mapping[str, SecretStr]) -> None:
        """Keep the values, in place of all that was there. When it returns, they survive a power cut.

        After any failure, a kill included, the store has the old values or the new ones.
        """

    def add(self, path: str, values: Mapping[str, SecretStr]) -> bool:
        """Keep the values unless there are some already: of several writers at once exactly one is told True."""

    def delete(self, path: str) -> None:
        """Forget it. What is gone already is well."""

    def list(self, under: str = "") -> tuple[str, ...]:
        """The paths of all secrets, sorted; `under` a path: only those below it. Nothing is opened."""

    def exists(self, path: str, key: str | None = None) -> bool:
        """Whether a secret, or one key of it, is there and may be used."""

    def reference(self, path: str, key: str) -> SecretRef:
        """How the environment document names one value, whether it is there or not.

        The reference's path is the store's own as the spec writes it, a slash, and the secret's: so whoever has the
        document finds the store.
        """

    def sealed_with(self, path: str) -> str:
        """The id of the key that a secret is encrypted with; empty: none. Raises SecretMissing."""

    def reseal(self, path: str) -> bool:
        """Encrypt a secret with the key that writes now, its values untouched. Returns whether it was with another.

        Never puts back values that somebody has replaced meanwhile. Raises SecretMissing.
        """

    def lease(self, name: str) -> LeasePlace | None:
        """Where the lease of that name lies beside the secrets; None: this store has no place for one."""


def obtain(store: SecretStore, path: str, make: Callable[[], Mapping[str, SecretStr]]) -> Mapping[str, SecretStr]:
    """What the store has under `path`; where it has nothing, what `make` makes, once it is kept.

    Two callers at once get the same values.
    """
    try:
        return store.read_all(path)
    except SecretMissing:
        made = make()
        return made if store.add(path, made) else store.read_all(path)


def check_path(path: str) -> str:
    """The path itself. Raises Refused where it is no name in a store (so nothing ever leaves the store)."""
    parts = path.split("/")
    if len(parts) > DEEPEST or not all(NAME.fullmatch(part) for part in parts):
        raise Refused(
            f"{path!r} is no name in a secret store",
            hint="lower-case letters, digits, - and _, in up to eight parts with / between",
        )
    return path


def check_values(path: str, values: Mapping[str, SecretStr]) -> Mapping[str, SecretStr]:
    """The values themselves. Raises Refused where there are none, or a key is no key."""
    wrong = sorted(key for key in values if not KEY.fullmatch(key))
    if wrong or not values:
        raise Refused(
            f"secret {path}: {', '.join(map(repr, wrong)) or 'no key'} cannot be kept", hint="[a-z][a-z0-9_]*"
        )
    return values
