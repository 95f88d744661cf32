"""The secret store as a session of the contract: the engine plans, makes and deletes what is in it like all else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from paver.contract.driver import Kind, Session
from paver.contract.errors import SecretMissing
from paver.contract.resource import Desired, Inventory, Key, Observed
from paver.contract.types import Owner
from paver.kept.authority import AuthorityKind
from paver.kept.certificate import CertificateKind
from paver.kept.credential import CredentialKind
from paver.kept.entry import Entry, unpack
from paver.kept.stored import Now, observed
from paver.secrets import SecretStore, SecretUnreadable


class StoreSession(Session):
    """One environment's part of a secret store.

    Args:
        store: The store.
        prefix: Where this environment's secrets on this IaaS begin.
        now: The clock by which certificates begin and end.
    """

    def __init__(self, store: SecretStore, prefix: str, now: Now) -> None:
        self._store = store
        self._prefix = prefix
        self.kinds: Mapping[str, Kind[Any]] = {
            "authority": AuthorityKind(store, prefix, now),
            "certificate": CertificateKind(store, prefix, now),
            "credential": CredentialKind(store, prefix, now),
        }

    def identity(self) -> Mapping[str, str]:
        """Nobody: a store is a place, and what is in it says whose it is."""
        return {}

    def observe(self, owner: Owner, wanted: Sequence[Desired], kinds: frozenset[str] | None = None) -> Inventory:
        """Everything of this owner in the store. What others keep there is counted.

        Raises:
            SecretUnreadable: Something that is wanted is there and cannot be used: spoiled, or open to others.
        """
        places = {f"{self._prefix}/{want.name}" for want in wanted}
        asked = frozenset(self.kinds) if kinds is None else kinds
        found, foreign = [], 0
        for path in self._store.list(self._prefix):
            try:
                entry = unpack(self._store.read_all(path))
            except SecretMissing:  # it went between the listing and the look
                continue
            except SecretUnreadable:
                if path in places:
                    raise
                entry = None
            key = None if entry is None else _own_key(entry, owner, path.removeprefix(f"{self._prefix}/"))
            if entry is None or key is None:
                # What an IaaS showed once is ours as well, and no resource of the store's.
                foreign += not (entry is not None and _shown(entry, owner))
            elif key.kind in asked:
                found.append(observed(path, key, owner, entry))
        by_key = {item.key: item.id for item in found}
        items = tuple(
            item.model_copy(update={"needs": tuple(by_key[key] for key in _signers(item) if key in by_key)})
            for item in found
        )
        return Inventory(items=items, complete=asked, foreign=foreign)


def _own_key(entry: Entry, owner: Owner, name: str) -> Key | None:
    """The key of an entry that is this owner's and lies where its key implies; a copied file lies elsewhere."""
    if entry.owner != str(owner.id):
        return None
    places = {"authority": "authorities/", "certificate": "certificates/", "credential": ""}
    try:
        key = Key.parse(entry.key)
    except ValidationError:
        return None
    return key if key.kind in places and name == places[key.kind] + key.name else None


def _shown(entry: Entry, owner: Owner) -> bool:
    return entry.owner == str(owner.id) and entry.key.startswith("shown/")


def _signers(item: Observed) -> tuple[Key, ...]:
    names = dict.fromkeys((item.actual.get("signed_by"), item.outputs.get("under")))
    return tuple(Key(kind="authority", name=name) for name in names if isinstance(name, str) and name)
