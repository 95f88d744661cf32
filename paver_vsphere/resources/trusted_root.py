"""A CA of the environment's document among the roots that the vCenter trusts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import ClassVar

from pydantic import JsonValue

from paver.contract.driver import Kind
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof, Value
from paver_vsphere.center import Center
from paver_vsphere.claims import NOTES_ID, REGISTER_ID
from paver_vsphere.roots import Chain, Roots, certificates

KIND = "trusted-root"
OURS, THEIRS = "+", "="
"""In the note: whether it was we who made the vCenter trust a certificate, or it did so before."""


class TrustedRoot(Desired):
    """Wanted: the vCenter trusts all certificates of this CA; in a rotation there are two."""

    pem: Value
    sha256: Value
    """Of the DER form of each, in hex, sorted, a comma between."""


class TrustedRootKind(Kind[TrustedRoot]):
    """The vCenter gives a root its id and lets it bear no mark: which ones are ours is noted in the register first."""

    unseen: ClassVar[frozenset[str]] = frozenset({"pem"})

    def __init__(self, center: Center) -> None:
        self._center = center
        self._roots = Roots(center.rest)

    def create(self, want: TrustedRoot, attempt: Attempt) -> Answer:
        """The first of several calls."""
        return self._next(want, attempt.key)

    def update(self, have: Observed, want: TrustedRoot, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Whatever is missing or too much."""
        del have, fields
        return self._next(want, attempt.key)

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """What we added goes, what the vCenter trusted before stays."""
        del have
        return self._next(None, attempt.key)

    def advance(self, want: TrustedRoot | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """The next call."""
        del ticket
        return self._next(want, attempt.key)

    def observe(self, wanted: Collection[Key]) -> Iterator[Observed]:
        """What is noted and trusted. Where nothing was ever claimed or asked for, nothing is read."""
        claims = self._center.claims.held
        keys = [key for key in claims if key.kind == KIND]
        if not keys:
            return
        trusted = {one for chain in self._roots.chains().values() for one in chain}
        for key in keys:
            found = sorted(set(self._noted(key)) & trusted)
            if key not in wanted or found:
                yield self._observed(key, claims[key].name, found)

    def _next(self, want: TrustedRoot | None, key: Key) -> Answer:
        wanted = certificates(str(want.pem)) if want is not None else {}
        noted, chains = self._noted(key), self._roots.chains()
        trusted = {one for chain in chains.values() for one in chain}
        note = {one: noted.get(one) == OURS or one not in trusted for one in wanted}
        target = {one: OURS if ours else THEIRS for one, ours in note.items()}
        if any(noted.get(one) != whose for one, whose in target.items()):
            self._note(key, {**noted, **target})
            return self._center.later({}, "noted")
        for one, pem in wanted.items():
            if one not in trusted:
                self._roots.add(pem)
                return self._center.later({}, "trusted")
        for one, whose in noted.items():
            id_ = _alone(chains, one)
            if one not in wanted and whose == OURS and id_ is not None:
                self._roots.remove(id_)
                return self._center.later({}, "trusted no longer")
        if want is None:
            self._center.claims.forget(key)
            return Done(have=None)
        if noted != target:
            self._note(key, target)
        return Done(have=self._observed(key, want.name, sorted(wanted)))

    def _noted(self, key: Key) -> dict[str, str]:
        claim = self._center.claims.held.get(key)
        return {one[1:]: one[0] for one in (claim.id.split(",") if claim is not None and claim.id else ())}

    def _note(self, key: Key, note: Mapping[str, str]) -> None:
        claims = self._center.claims
        claims.meet(key, ",".join(f"{whose}{one}" for one, whose in sorted(note.items())))
        claims.note([key])

    def _observed(self, key: Key, name: str, found: list[str]) -> Observed:
        return Observed(
            kind=KIND,
            id=f"{KIND}:{key.name}",
            key=key,
            owner=self._center.owner.id,
            proof=Proof.REGISTER,
            actual={"sha256": ",".join(found)},
            outputs={"name": name},
            needs=(REGISTER_ID, NOTES_ID),
        )


def _alone(chains: Mapping[str, Chain], certificate: str) -> str | None:
    """The id of the chain that is this certificate and no other."""
    return next((id_ for id_, chain in chains.items() if chain == (certificate,)), None)
