"""The licence that the vCenter, or a host of it, is assigned."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from pydantic import JsonValue

from paver.contract.driver import Kind
from paver.contract.errors import Rejected
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof, Value
from paver_vsphere.center import Center
from paver_vsphere.claims import NOTES_ID, REGISTER_ID
from paver_vsphere.licences import GIVEN, HOSTS, VCENTER, Licences, place
from paver_vsphere.resources.licence_key import KIND as LICENCE_KEY
from paver_vsphere.resources.licence_key import LicenceKeyKind

KIND = "licence"


class Licence(Desired):
    """Wanted: an entity is assigned the key that the section names for its kind."""

    entity: Value
    """`vcenter`, or a host's id."""
    licence: str = GIVEN


class Note(NamedTuple):
    """What stands in the register of an assignment."""

    entity: str
    before: str
    """The digest of the licence that was assigned before; empty where there was none."""


class LicenceKind(Kind[Licence]):
    """The earlier licence is noted in the register by its digest, then ours is assigned.

    Afterwards the earlier one is found again among the vCenter's keys. A host that goes takes its assignment along.
    """

    def __init__(self, center: Center, licences: Licences, keys: LicenceKeyKind) -> None:
        self._center, self._licences, self._keys = center, licences, keys

    def create(self, want: Licence, attempt: Attempt) -> Answer:
        """The first of two calls."""
        return self._next(want, attempt.key)

    def update(self, have: Observed, want: Licence, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Somebody assigned another one, or the host was added again."""
        del have, fields
        return self._next(want, attempt.key)

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Put the earlier one back where ours is assigned still; then let go of the claim."""
        del have
        note = self._noted(attempt.key)
        now = self._licences.assigned().get(note.entity, "") if note is not None else ""
        ours = self._keys.noted(licence_key(attempt.key))
        if note is None or now not in ours or note.before in {"", now} or note.before not in self._licences.known():
            return self.advance(None, None, attempt)
        try:
            self._licences.assign(note.entity, note.before, place(part_of(attempt.key)))
        except Rejected:  # an evaluation that is over by now
            return self._center.later({}, "its earlier licence is refused now, so it keeps this one")
        return self._center.later({}, "has its earlier licence again")

    def advance(self, want: Licence | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """The next call; at the end the claim goes."""
        del ticket
        if want is not None:
            return self._next(want, attempt.key)
        self._center.claims.forget(attempt.key)
        return Done(have=None)

    def observe(self, assigned: Mapping[str, str], wanted: Collection[Key]) -> Iterator[Observed]:
        """What is claimed, and what is assigned."""
        for key in [key for key in self._center.claims.held if key.kind == KIND]:
            note = self._noted(key)
            now = assigned.get(note.entity) if note is not None else None
            if note is None or now is None:  # not begun, or the host is gone
                if key not in wanted:
                    yield self._observed(key, "", "")
                continue
            licence = self._licences.shown(part_of(key), [now]) if key in wanted else now
            yield self._observed(key, self._shown(note.entity), licence)

    def _next(self, want: Licence, key: Key) -> Answer:
        entity, part = self._entity(want), part_of(key)
        note, given = self._noted(key), self._licences.given(part)
        now = self._licences.assigned().get(entity, "")
        if note is None or note.entity != entity:
            claims = self._center.claims
            claims.meet(key, f"{entity}={now}")
            claims.note([key])
            return self._center.later({}, "its earlier licence is noted")
        if now != given:
            self._licences.assign(entity, given, place(part))
            return self._center.later({}, "assigned")
        return Done(have=self._observed(key, str(want.entity), GIVEN))

    def _noted(self, key: Key) -> Note | None:
        claim = self._center.claims.held.get(key)
        if claim is None or not claim.id:
            return None
        entity, _, before = claim.id.partition("=")
        return Note(entity, before)

    def _entity(self, want: Licence) -> str:
        return self._licences.vcenter if want.entity == VCENTER else str(want.entity).partition(":")[2]

    def _shown(self, entity: str) -> str:
        return VCENTER if entity == self._licences.vcenter else f"HostSystem:{entity}"

    def _observed(self, key: Key, entity: str, licence: str) -> Observed:
        return Observed(
            kind=KIND,
            id=licence_id(key),
            key=key,
            owner=self._center.owner.id,
            proof=Proof.REGISTER,
            actual={"entity": entity, "licence": licence},
            outputs={"name": key.name},
            needs=(f"{LICENCE_KEY}:{part_of(key)}", REGISTER_ID, NOTES_ID),
        )


def host_licence(host: str) -> Key:
    """The key of a host's assignment, by the name in the host's key."""
    return Key(kind=KIND, name=f"host/{host}")


def licence_id(key: Key) -> str:
    """The id of an assignment."""
    return f"{KIND}:{key.name}"


def part_of(key: Key) -> str:
    """The part of the section's `licences` that an assignment is of."""
    return HOSTS if key.name.startswith("host/") else VCENTER


def licence_key(key: Key) -> Key:
    """The key that an assignment is of."""
    return Key(kind=LICENCE_KEY, name=part_of(key))
