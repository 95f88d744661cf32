"""The simulator's cloud: names are not unique, listings lag, answers get lost, and a process may die at any call."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, ClassVar, TypeVar

from pydantic import JsonValue

from paver.conformance.simulator.topology import PLAIN, SLOW, Thing
from paver.conformance.virtual import Killed
from paver.contract.driver import Kind, Session
from paver.contract.errors import Busy, NotFound, OutcomeUnknown, Rejected, Throttled, Transient
from paver.contract.resource import Answer, Attempt, Desired, Done, Inventory, Key, Observed, Phase, Proof, Waiting
from paver.contract.types import Owner

T = TypeVar("T")

SETTLE = 5.0
"""Seconds by which the cloud's listings may lag, and its kinds say so."""
PENDING = 3.0


@dataclass(slots=True)
class Conditions:
    """How the cloud behaves."""

    faults: float = 0.0
    """Share of calls that fail: a third each throttled, unavailable, and done with the answer lost."""
    stale: float = 0.0
    """Seconds by which a listing lags at the most."""
    kill: tuple[int, str] | None = None
    """At which call (counted from now) the process dies, and whether `before` or `after` the cloud acts."""


@dataclass(slots=True)
class Record:
    """One thing that exists."""

    id: str
    key: Key
    owner: Owner
    fields: dict[str, JsonValue]
    made: float
    ready: float


@dataclass(slots=True)
class Cloud:
    """One account.

    Args:
        clock: Virtual seconds.
        rng: Where chance comes from.
        conditions: How it behaves; they may be changed between runs.
    """

    clock: Callable[[], float]
    rng: random.Random
    conditions: Conditions = field(default_factory=Conditions)
    records: dict[str, Record] = field(default_factory=dict)
    deleted: list[tuple[float, Record]] = field(default_factory=list)
    changes: int = 0
    """Mutating calls that reached it."""
    _calls: int = 0
    _numbers: count[int] = field(default_factory=count)

    def call(self, act: Callable[[], T], *, changes: bool) -> T:
        """One API call, with everything that may go wrong."""
        self._calls += 1
        kill, faults = self.conditions.kill, self.conditions.faults
        due = kill is not None and self._calls >= kill[0]
        if due and kill is not None and kill[1] == "before":
            raise Killed
        draw = self.rng.random()
        if draw < faults / 3:
            raise Transient("unavailable")
        if draw < faults * 2 / 3:
            raise Throttled("too many requests", retry_after=self.rng.random())
        self.changes += changes
        answer = act()
        if due:
            raise Killed
        if draw < faults:
            raise OutcomeUnknown("the answer is lost") if changes else Transient("the answer is lost")
        return answer

    def arm(self, calls: int, when: str) -> None:
        """Die `calls` calls from now."""
        self.conditions.kill = (self._calls + calls, when)

    def listed(self, kind: str) -> list[Record]:
        """A listing of one kind, as old as it may be: what is new is missing, what is gone is there still."""
        at = self.clock() - self.rng.random() * self.conditions.stale
        there = [record for record in self.records.values() if record.made <= at]
        gone = [record for when, record in self.deleted if record.made <= at < when]
        return [record for record in (*there, *gone) if record.key.kind == kind]

    def make(self, want: Thing, owner: Owner, wait: float) -> Record:
        """A new thing, whatever else has its name."""
        for parent in want.parents:
            if parent not in self.records:
                raise Rejected(f"there is no {parent}")
        fields = want.model_dump(mode="json", include={"size", "shape", "parents"})
        record = Record(f"t-{next(self._numbers)}", want.key, owner, fields, self.clock(), self.clock() + wait)
        self.records[record.id] = record
        return record

    def get(self, id_: str) -> Record:
        """One thing by id; reads by id do not lag."""
        if id_ not in self.records:
            raise NotFound(f"there is no {id_}")
        return self.records[id_]

    def remove(self, id_: str) -> None:
        """Delete one thing, unless another stands on it."""
        record = self.get(id_)
        above = [other.id for other in self.records.values() if id_ in other.fields["parents"]]  # type: ignore[operator]  # a list
        if above:
            raise Busy(f"{id_} is in use", blockers=above)
        self.deleted.append((self.clock(), self.records.pop(record.id)))


class ThingKind(Kind[Thing]):
    """Both nouns of the simulator."""

    replace: ClassVar[frozenset[str]] = frozenset({"shape"})
    settle: ClassVar[float] = SETTLE

    def __init__(self, cloud: Cloud, wait: float) -> None:
        self._cloud = cloud
        self._wait = wait

    def create(self, want: Thing, attempt: Attempt) -> Answer:
        """Make it; a slow one is waited for."""
        record = self._cloud.call(lambda: self._cloud.make(want, attempt.owner, self._wait), changes=True)
        return self._answer(record)

    def advance(self, want: Thing | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """Look whether it is ready."""
        return self._answer(self._cloud.call(lambda: self._cloud.get(str(ticket)), changes=False))

    def update(self, have: Observed, want: Thing, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Set fields."""

        def act() -> Record:
            record = self._cloud.get(have.id)
            record.fields.update(want.model_dump(mode="json", include=set(fields)))
            return record

        return Done(have=observed(self._cloud.call(act, changes=True), self._cloud.clock()))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it."""
        self._cloud.call(lambda: self._cloud.remove(have.id), changes=True)
        return Done(have=None)

    def _answer(self, record: Record) -> Answer:
        seen = observed(record, self._cloud.clock())
        if seen.phase is Phase.PENDING:
            return Waiting(ticket=record.id, again=0.5, said="pending")
        return Done(have=seen)


class CloudSession(Session):
    """The account's session."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.kinds: Mapping[str, Kind[Any]] = {PLAIN: ThingKind(cloud, 0.0), SLOW: ThingKind(cloud, PENDING)}

    def identity(self) -> Mapping[str, str]:
        """The account."""
        return {"id": "simulated"}

    def observe(self, owner: Owner, wanted: Sequence[Desired], kinds: frozenset[str] | None = None) -> Inventory:
        """One listing a kind. A kind whose listing failed is left out of `complete`."""
        found: list[Observed] = []
        complete = set()
        for kind in self.kinds if kinds is None else kinds:
            try:
                records = self._cloud.call(lambda kind=kind: self._cloud.listed(kind), changes=False)  # type: ignore[misc]  # mypy cannot type its default
            except Transient:
                continue
            complete.add(kind)
            found += [observed(record, self._cloud.clock()) for record in records if record.owner.id == owner.id]
        return Inventory(items=tuple(found), complete=frozenset(complete))


def observed(record: Record, now: float) -> Observed:
    """A record as a listing shows it."""
    pending = now < record.ready
    parents = record.fields["parents"]
    return Observed(
        kind=record.key.kind,
        id=record.id,
        key=record.key,
        owner=record.owner.id,
        proof=Proof.MARK,
        phase=Phase.PENDING if pending else Phase.READY,
        actual=dict(record.fields),
        needs=tuple(str(parent) for parent in parents) if isinstance(parents, list) else (),
        ticket=record.id if pending else None,
    )
