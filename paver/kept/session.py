"""The secret store as a session of the contract: the engine plans, makes and deletes what is in it like all else."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from pydantic import JsonValue, SecretStr, ValidationError
from pydantic_core import to_jsonable_python

from paver.certificates import Made, fingerprint, make_authority, make_leaf
from paver.contract.driver import Kind, Session
from paver.contract.errors import AlreadyExists, Rejected, SecretMissing
from paver.contract.resource import (
    BASE_FIELDS,
    Answer,
    Attempt,
    Desired,
    Done,
    Inventory,
    Key,
    Observed,
    Proof,
)
from paver.contract.types import Owner, days
from paver.kept.entry import Entry, pack, read_own, unpack
from paver.kept.wanted import AuthorityWanted, CertificateWanted, CredentialWanted
from paver.secrets import SecretStore, SecretUnreadable, password, ssh_key

D = TypeVar("D", bound=Desired)
Now = Callable[[], datetime]


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
            "authority": _AuthorityKind(store, prefix, now),
            "certificate": _CertificateKind(store, prefix, now),
            "credential": _CredentialKind(store, prefix, now),
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
                foreign += 1
            elif key.kind in asked:
                found.append(_observed(path, key, owner, entry))
        by_key = {item.key: item.id for item in found}
        items = tuple(
            item.model_copy(update={"needs": tuple(by_key[key] for key in _signers(item) if key in by_key)})
            for item in found
        )
        return Inventory(items=items, complete=asked, foreign=foreign)


class _StoredKind(Kind[D]):
    """A noun of the store. A change of any field means another secret."""

    fields: ClassVar[tuple[str, ...]]

    def __init__(self, store: SecretStore, prefix: str, now: Now) -> None:
        self._store = store
        self._prefix = prefix
        self._now = now

    @abstractmethod
    def make(self, want: D, attempt: Attempt) -> tuple[dict[str, SecretStr], dict[str, JsonValue]]:
        """New values, and what may be known of them."""

    def create(self, want: D, attempt: Attempt) -> Answer:
        """Make it and keep it, unless something is there: what somebody else keeps is never written over."""
        path = f"{self._prefix}/{want.name}"
        values, outputs = self.make(want, attempt)
        fields = {name: to_jsonable_python(getattr(want, name)) for name in self.fields}
        made = pack(attempt.owner, str(want.key), self._now(), fields, outputs, values)
        if not self._store.add(path, made):
            raise AlreadyExists(f"{path} is in the secret store {self._store.place} already")
        entry = unpack(made)
        if entry is None:  # it was packed a line ago
            raise TypeError(path)
        return Done(have=_observed(path, want.key, attempt.owner, entry))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Forget it."""
        del attempt
        self._store.delete(have.id)
        return Done(have=None)

    def issuer(self, name: str, owner: Owner) -> Made:
        """An authority of this environment, with its key. Raises SecretMissing, NotOurs, Rejected."""
        _, values = read_own(self._store, _authority_at(self._prefix, name), owner)
        if not {"certificate", "key"} <= values.keys():
            raise Rejected(f"the authority {name} in the secret store has no certificate and key", hint="restore it")
        return Made(values["certificate"].get_secret_value(), values["key"])

    def chain(self, name: str | None, owner: Owner) -> str:
        """The certificates from an authority up to, and without, its root: what a server sends after its own."""
        found = ""
        while name is not None:
            entry, values = read_own(self._store, _authority_at(self._prefix, name), owner)
            signed_by = entry.fields.get("signed_by")
            name = signed_by if isinstance(signed_by, str) else None
            found += values["certificate"].get_secret_value() if name is not None else ""
        return found


class _AuthorityKind(_StoredKind[AuthorityWanted]):
    fields = tuple(AuthorityWanted.model_fields.keys() - BASE_FIELDS)
    replace = frozenset(fields)

    def make(self, want: AuthorityWanted, attempt: Attempt) -> tuple[dict[str, SecretStr], dict[str, JsonValue]]:
        made = make_authority(
            want.key.name,
            attempt.owner.name,
            key_type=want.key_type,
            lifetime=timedelta(days=days(want.lifetime)),
            now=self._now(),
            issuer=self.issuer(want.signed_by, attempt.owner) if want.signed_by else None,
            path_length=want.path_length,
        )
        return _certificate(made)


class _CertificateKind(_StoredKind[CertificateWanted]):
    fields = tuple(CertificateWanted.model_fields.keys() - BASE_FIELDS)
    replace = frozenset(fields)

    def make(self, want: CertificateWanted, attempt: Attempt) -> tuple[dict[str, SecretStr], dict[str, JsonValue]]:
        made = make_leaf(
            want.names,
            attempt.owner.name,
            key_type=want.key_type,
            lifetime=timedelta(days=days(want.lifetime)),
            now=self._now(),
            issuer=self.issuer(want.signed_by, attempt.owner),
        )
        values, outputs = _certificate(made)
        return {**values, "chain": SecretStr(self.chain(want.signed_by, attempt.owner))}, outputs


class _CredentialKind(_StoredKind[CredentialWanted]):
    fields = tuple(CredentialWanted.model_fields.keys() - BASE_FIELDS)
    replace = frozenset(fields)

    def make(self, want: CredentialWanted, attempt: Attempt) -> tuple[dict[str, SecretStr], dict[str, JsonValue]]:
        del attempt
        if want.minted == "password":
            return {"secret": password()}, {}
        key = ssh_key("ed25519" if want.minted == "ssh-ed25519" else "rsa")
        return {"private_key": key.private_key, "public_key": SecretStr(key.public_key)}, {"public_key": key.public_key}


def _certificate(made: Made) -> tuple[dict[str, SecretStr], dict[str, JsonValue]]:
    values = {"key": made.key, "certificate": SecretStr(made.certificate)}
    return values, {"certificate": made.certificate, "sha256": fingerprint(made.certificate)}


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


def _authority_at(prefix: str, name: str) -> str:
    return f"{prefix}/authorities/{name}"


def _observed(path: str, key: Key, owner: Owner, entry: Entry) -> Observed:
    return Observed(
        kind=key.kind,
        id=path,
        key=key,
        owner=owner.id,
        proof=Proof.MARK,
        actual=entry.fields,
        outputs={**entry.outputs, "made_at": entry.made_at.isoformat()},
    )


def _signers(item: Observed) -> tuple[Key, ...]:
    signed_by = item.actual.get("signed_by")
    return (Key(kind="authority", name=signed_by),) if isinstance(signed_by, str) else ()
