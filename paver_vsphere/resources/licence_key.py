"""A licence key among those that the vCenter has been given."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import JsonValue

from paver.contract.driver import Kind
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof
from paver_vsphere.center import Center
from paver_vsphere.claims import NOTES_ID, REGISTER_ID
from paver_vsphere.licences import GIVEN, Licences

KIND = "licence-key"
OURS, THEIRS = "+", "="
"""In the note: whether it was we who gave the vCenter a key, or it had it before."""


class LicenceKey(Desired):
    """Wanted: the vCenter has the key that a part of the section's `licences` names. What it is nobody is told."""

    licence: str = GIVEN


class LicenceKeyKind(Kind[LicenceKey]):
    """A key bears no mark of ours: by its digest it is noted in the register before the vCenter is given it."""

    def __init__(self, center: Center, licences: Licences) -> None:
        self._center, self._licences = center, licences

    def create(self, want: LicenceKey, attempt: Attempt) -> Answer:
        """The first of several calls."""
        return self._next(want, attempt.key)

    def update(self, have: Observed, want: LicenceKey, fields: frozenset[str], attempt: Attempt) -> Answer:
        """The section names another key by now."""
        del have, fields
        return self._next(want, attempt.key)

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """What we added goes, unless somebody is assigned it by now."""
        del have
        return self._next(None, attempt.key)

    def advance(self, want: LicenceKey | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """The next call."""
        del ticket
        return self._next(want, attempt.key)

    def observe(self, known: Mapping[str, Any], wanted: Collection[Key]) -> Iterator[Observed]:
        """What is noted, and whether the vCenter has it."""
        claims = self._center.claims.held
        for key in [key for key in claims if key.kind == KIND]:
            found = sorted(set(self.noted(key)) & set(known))
            if key not in wanted:
                yield self._observed(key, " ".join(found))
            elif found:
                yield self._observed(key, self._licences.shown(key.name, found))

    def noted(self, key: Key) -> dict[str, str]:
        """Digest to whose it is."""
        claim = self._center.claims.held.get(key)
        return {one[1:]: one[0] for one in (claim.id.split(",") if claim is not None and claim.id else ())}

    def _next(self, want: LicenceKey | None, key: Key) -> Answer:
        noted, known = self.noted(key), self._licences.known()
        target: dict[str, str] = {}
        if want is not None:
            given = self._licences.given(key.name)
            self._licences.check(key.name)
            target = {given: OURS if noted.get(given) == OURS or given not in known else THEIRS}
            if noted.get(given) != target[given]:
                self._note(key, {**noted, **target})
                return self._center.later({}, "noted")
            if given not in known:
                self._licences.add(key.name)
                return self._center.later({}, "added")
        in_use = set(self._licences.assigned().values())
        old = {one for one, whose in noted.items() if one not in target and whose == OURS and one in known}
        for one in sorted(old - in_use):
            self._licences.remove(one)
            return self._center.later({}, "taken away")
        if want is None:
            self._center.claims.forget(key)
            return Done(have=None)
        target |= dict.fromkeys(old, OURS)
        if noted != target:
            self._note(key, target)
        return Done(have=self._observed(key, GIVEN))

    def _note(self, key: Key, note: Mapping[str, str]) -> None:
        claims = self._center.claims
        claims.meet(key, ",".join(f"{whose}{one}" for one, whose in sorted(note.items())))
        claims.note([key])

    def _observed(self, key: Key, licence: str) -> Observed:
        return Observed(
            kind=KIND,
            id=f"{KIND}:{key.name}",
            key=key,
            owner=self._center.owner.id,
            proof=Proof.REGISTER,
            actual={"licence": licence},
            outputs={"name": key.name},
            needs=(REGISTER_ID, NOTES_ID),
        )
