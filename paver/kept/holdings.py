"""All authorities and certificates of one environment in the store, and who signs whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from paver.certificates import Made, fingerprint, load, load_all, make_authority, make_leaf, signed_by
from paver.contract.errors import NotOurs, Rejected, SecretMissing
from paver.contract.resource import Key
from paver.contract.types import Owner, days
from paver.kept.held import PLACES, Held, path_of
from paver.secrets import SecretStore, SecretUnreadable


class Holdings:
    """One environment's authorities and certificates on one IaaS.

    Args:
        store: The store.
        prefix: Where this environment's secrets on this IaaS begin.
        owner: Whose they are.
        now: The clock.
    """

    def __init__(self, store: SecretStore, prefix: str, owner: Owner, now: Callable[[], datetime]) -> None:
        self.store = store
        self.prefix = prefix
        self.owner = owner
        self.now = now

    def read(self, key: Key) -> Held:
        """One. Raises SecretMissing, NotOurs, SecretUnreadable."""
        return Held.read(self.store, self.prefix, key, self.owner)

    def find(self, key: Key) -> Held | None:
        """One, or None where nothing of ours is there. Raises SecretUnreadable."""
        try:
            return self.read(key)
        except (SecretMissing, NotOurs):
            return None

    def all(self) -> Iterator[Held]:
        """Every one of ours that can be read."""
        for kind, place in PLACES.items():
            under = f"{self.prefix}/{place}"
            for stored in self.store.list(under):
                try:
                    held = self.find(Key(kind=kind, name=stored.removeprefix(f"{under}/")))
                except (SecretUnreadable, ValidationError):  # the session counts it, and tells where it is wanted
                    continue
                if held is not None:
                    yield held

    def write(self, held: Held) -> None:
        """Keep one in place of what was there."""
        held.write(self.store, self.prefix, self.owner)

    def add(self, held: Held) -> bool:
        """Keep one unless something is there. Whether it was kept."""
        return self.store.add(path_of(self.prefix, held.key), held.values(self.owner))

    def issuer(self, name: str) -> Made:
        """An authority of this environment that signs. Raises SecretMissing, NotOurs, Rejected."""
        held = self.read(authority(name))
        if held.current is None:
            raise Rejected(
                f"authority/{name} waits for a signature and signs nothing yet",
                hint=f"paver certificates request {name}",
            )
        return held.current

    def chain(self, name: str | None) -> str:
        """The certificates from an authority up to, and without, its root: what a server sends after its own."""
        found, seen = "", set[str]()
        while name is not None and name not in seen:
            seen.add(name)
            held = self.find(authority(name))
            if held is None or held.current is None or held.fields.get("signed_by") is None:
                break
            found += held.current.certificate + held.chain
            signer = held.fields["signed_by"]
            name = str(signer) if not held.chain else None
        return found

    def signed_anew(self, held: Held) -> Held:
        """The same with its certificates signed by what its authority signs with now, for the keys that they have.

        Raises:
            SecretMissing, NotOurs, Rejected: Its authority cannot sign.
        """
        if held.current is None:
            return held
        signer, now = str(held.fields["signed_by"]), self.now()
        issuer = self.issuer(signer)
        fields = {**held.fields, "signer": fingerprint(issuer.certificate)}
        anew = replace(held, fields=fields, made_at=now, current=self._sign(held, held.current, issuer, now), under="")
        if held.key.kind == "certificate":
            return replace(anew, chain=self.chain(signer))
        following = None if held.following is None else self._sign(held, held.following, issuer, now)
        return replace(anew, chain="", following=following)

    def outdated(self) -> Held | None:
        """Something that was signed by another certificate than its authority signs with now, the topmost first.

        Once it is signed anew, what stands below it is outdated: ask again.
        """
        there = {held.key: held for held in self.all()}
        found = {held.key for held in there.values() if _outdated(held, there)}
        for key in sorted(found, key=str):
            above = _above(there[key], there)
            if above is None or above.key not in found:
                return there[key]
        return None

    def below(self, name: str) -> list[Held]:
        """The servers' certificates that stand on an authority, however deep."""
        there = {held.key: held for held in self.all()}
        return [held for held in there.values() if held.key.kind == "certificate" and _stands_on(held, name, there)]

    def users(self, certificate: str, but: Key) -> list[Held]:
        """What has or sends a certificate that this authority's certificate signed."""
        issuer = load(certificate)
        return [
            held
            for held in self.all()
            if held.key != but and any(signed_by(one, issuer) for one in load_all(held.certificates))
        ]

    def _sign(self, held: Held, made: Made, issuer: Made, now: datetime) -> Made:
        fields, lifetime = held.fields, timedelta(days=days(str(held.fields["lifetime"])))
        key_type: Any = fields["key_type"]
        if held.key.kind == "certificate":
            names: Any = fields["names"]
            return make_leaf(
                names, self.owner.name, key_type=key_type, lifetime=lifetime, now=now, issuer=issuer, key=made.key
            )
        path_length: Any = fields["path_length"]
        return make_authority(
            held.key.name,
            self.owner.name,
            key_type=key_type,
            lifetime=lifetime,
            now=now,
            issuer=issuer,
            path_length=path_length,
            key=made.key,
        )


def authority(name: str) -> Key:
    """An authority's key."""
    return Key(kind="authority", name=name)


def _above(held: Held, there: Mapping[Key, Held]) -> Held | None:
    signer = held.fields.get("signed_by")
    return there.get(authority(signer)) if isinstance(signer, str) else None


def _outdated(held: Held, there: Mapping[Key, Held]) -> bool:
    above = _above(held, there)
    if held.current is None or above is None or above.current is None:
        return False
    return held.fields.get("signer") != fingerprint(above.current.certificate)


def _stands_on(held: Held, name: str, there: Mapping[Key, Held]) -> bool:
    above, seen = _above(held, there), set[Key]()
    while above is not None and above.key not in seen:
        if above.key.name == name:
            return True
        seen.add(above.key)
        above = _above(above, there)
    return False
