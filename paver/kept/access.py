"""What the rest of paver asks of the secret store: values for drivers, and a place for what an IaaS shows once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr

from paver.contract.errors import SecretMissing
from paver.contract.resource import Key, Secret
from paver.contract.types import Owner, SecretRef
from paver.kept.entry import find_own, pack, read_own
from paver.secrets import SecretStore, SecretUnreadable, resolve

SHOWN = "shown"
SECRET = "secret"  # noqa: S105  the name of a key
PRIVATE_KEY = "private_key"
KEY = "key"
"""Of an authority or a certificate."""
DUE = "due"
"""Noted beside a secret that the IaaS showed and that the next pave is to exchange. It is of use until then."""


class Access:
    """One environment's secrets on one IaaS. It satisfies the contract's `Secrets` and the engine's `Keeper`.

    Args:
        store: The store.
        prefix: Where this environment's secrets on this IaaS begin.
        owner: Whose they are.
        base: The spec's directory, where relative references start.
        now: The clock.
    """

    def __init__(self, store: SecretStore, prefix: str, owner: Owner, base: Path, now: Callable[[], datetime]) -> None:
        self._store = store
        self._prefix = prefix
        self._owner = owner
        self._base = base
        self._now = now

    def given(self, ref: SecretRef) -> SecretStr:
        """A secret that the spec names. Raises SecretMissing."""
        return resolve(ref, self._base)

    def minted(self, name: str) -> SecretStr:
        """A secret that paver made or was shown, by its name in the store. Raises SecretMissing, NotOurs."""
        _, values = read_own(self._store, f"{self._prefix}/{name}", self._owner)
        for key in (SECRET, PRIVATE_KEY, KEY):
            if key in values:
                return values[key]
        raise SecretMissing(f"the entry {name} in the store {self._store.place} has no secret", names=[name])

    def keep(self, secrets: Sequence[Secret]) -> None:
        """Store what an IaaS showed once, in place of what was there of ours under that name. Raises NotOurs."""
        for secret in secrets:
            key = str(Key(kind=SHOWN, name=secret.name))
            made = pack(self._owner, key, self._now(), {}, {"public_id": secret.public_id}, {SECRET: secret.value})
            path = f"{self._prefix}/{secret.name}"
            if not self._store.add(path, made):
                read_own(self._store, path, self._owner)
                self._store.write(path, made)

    def forget(self) -> None:
        """Delete what an IaaS showed once, at the end of an environment."""
        for path in self._store.list(self._prefix):
            try:
                entry = find_own(self._store, path, self._owner)
            except SecretUnreadable:  # whose it is cannot be seen, so it stays
                continue
            if entry is not None and entry.key.startswith(f"{SHOWN}/"):
                self._store.delete(path)

    def has(self, name: str, public_id: str) -> bool:
        """Whether the secret of that credential with that public id is in the store, and is to stay."""
        entry = find_own(self._store, f"{self._prefix}/{name}", self._owner)
        return entry is not None and entry.outputs.get("public_id") == public_id and DUE not in entry.outputs

    def due(self, names: Collection[str]) -> frozenset[str]:
        """Those of these credentials that were rotated here, so that pave has consent to exchange them."""
        found = {name: find_own(self._store, f"{self._prefix}/{name}", self._owner) for name in names}
        return frozenset(name for name, entry in found.items() if entry is not None and DUE in entry.outputs)

    def made_at(self, name: str) -> datetime | None:
        """When a credential's secret was made; None where there is none."""
        entry = find_own(self._store, f"{self._prefix}/{name}", self._owner)
        return None if entry is None else entry.made_at

    def reference(self, name: str, key: str = SECRET) -> SecretRef:
        """How the document names one value."""
        return self._store.reference(f"{self._prefix}/{name}", key)
