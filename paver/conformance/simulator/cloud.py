"""The simulator's cloud: names are not unique, listings lag, answers get lost, and a process may die at any call."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any, ClassVar, TypeVar

from pydantic import JsonValue

from paver.conformance.simulator.topology import PLAIN, SLOW, Thing
from paver.conformance.virtual import Killed
from paver.contract.driver import Kind, Session
from paver.contract.errors import Busy, NotFound, OutcomeUnknown, Rejected, Throttled, Transient
from paver.contract.lease import LeasePlace, Slip
from paver.contract.resource import Answer, Attempt, Desired, Done, Inventory, Key, Observed, Phase, Proof, Waiting
from paver.contract.types import Owner

T = TypeVar("T")

SETTLE = 10.0
"""Seconds by which the cloud's listings may lag, and its kinds say so."""
PENDING = 3.0


class Violation(AssertionError):
    """Something happened that must not, whatever fails."""


@dataclass(slots=True)
class Process:
    """One paver's process, as the cloud meets it."""

    name: str
    kill: tuple[int, str] | None = None
    """At which of its calls it dies, from 1, and whether `before` or `after` the cloud acts."""
    calls: int = 0

    def due(self, when: str) -> bool:
        """Whether it dies here."""
        return self.kill is not None and self.calls >= self.kill[0] and self.kill[1] == when


@dataclass(slots=True)
class Conditions:
    """How the cloud behaves."""

    faults: float = 0.0
    """Share of calls that fail: a third each throttled, unavailable, and done with the answer lost."""
    stale: float = 0.0
    """Seconds by which a listing lags at the most."""


@dataclass(slots=True)
class Record:
    """One thing that exists."""

    id: str
    key: Key
    owner: Owner
    fields: dict[str, JsonValue]
    made: float
    ready: float
    shape: str = ""
    """As it was made; it cannot change in place."""


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
    slip: Slip | None = None
    """The lease."""
    holder: str = ""
    """The process whose slip that is; empty: nobody's."""
    violations: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    """What reached it, the latest last: the story of a seed."""
    _numbers: count[int] = field(default_factory=count)

    def call(self, process: Process, what: str, act: Callable[[], T], *, changes: bool = False) -> T:
        """One API call, with everything that may go wrong."""
        process.calls += 1
        if process.due("before"):
            self._note(process, f"{what}: dies before")
            raise Killed
        draw, faults = self.rng.random(), self.conditions.faults
        if draw < faults / 3:
            raise Transient("unavailable")
        if draw < faults * 2 / 3:
            raise Throttled("too many requests", retry_after=self.rng.random())
        if changes:
            self._check_holder(process, what)
            self.changes += 1
        answer = act()
        dies, lost = process.due("after"), draw < faults
        self._note(process, what + (": dies after" if dies else ": the answer is lost" if lost else ""))
        if dies:
            raise Killed
        if lost:
            writes = changes or what == "lease write"
            raise OutcomeUnknown("the answer is lost") if writes else Transient("the answer is lost")
        return answer

    def exchange(self, process: Process, text: str | None, over: str | None, *, held: bool) -> str | None:
        """Replace the slip, if it is still that one. Conditional writes do not lag."""
        if (self.slip.version if self.slip else None) != over:
            return None
        version = f"v{next(self._numbers)}"
        self.slip = None if text is None else Slip(text, version)
        self.holder = process.name if held else ""
        return version

    def _check_holder(self, process: Process, what: str) -> None:
        if self.holder != process.name:
            self.violations.append(f"{process.name} changes {what} while the lease is {self.holder or 'nobody'}'s")

    def _note(self, process: Process, what: str) -> None:
        self.log.append(f"{self.clock():9.3f} {process.name} {what}")

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
        record = Record(
            f"t-{next(self._numbers)}", want.key, owner, fields, self.clock(), self.clock() + wait, want.shape
        )
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


class CloudLease:
    """A `LeasePlace` for one process."""

    place = "the cloud's lease"

    def __init__(self, cloud: Cloud, process: Process) -> None:
        self._cloud = cloud
        self._process = process

    def read(self) -> Slip | None:
        """What is there."""
        return self._cloud.call(self._process, "lease read", lambda: self._cloud.slip)

    def write(self, text: str, over: str | None) -> str | None:
        """Replace it by comparison."""
        held = json.loads(text).get("holder") is not None
        return self._cloud.call(
            self._process, "lease write", lambda: self._cloud.exchange(self._process, text, over, held=held)
        )

    def clear(self, over: str) -> bool:
        """Take it away by comparison."""
        cleared = lambda: self._cloud.exchange(self._process, None, over, held=False) is not None  # noqa: E731  one call
        return self._cloud.call(self._process, "lease write", cleared)


class ThingKind(Kind[Thing]):
    """Both nouns of the simulator."""

    replace: ClassVar[frozenset[str]] = frozenset({"shape"})
    settle: ClassVar[float] = SETTLE

    def __init__(self, cloud: Cloud, process: Process, wait: float) -> None:
        self._cloud = cloud
        self._process = process
        self._wait = wait

    def create(self, want: Thing, attempt: Attempt) -> Answer:
        """Make it; a slow one is waited for."""
        act = lambda: self._cloud.make(want, attempt.owner, self._wait)  # noqa: E731  one call
        record = self._cloud.call(self._process, f"create {want.key}", act, changes=True)
        return self._answer(record)

    def advance(self, want: Thing | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """Look whether it is ready."""
        return self._answer(self._cloud.call(self._process, f"get {ticket}", lambda: self._cloud.get(str(ticket))))

    def update(self, have: Observed, want: Thing, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Set fields."""

        def act() -> Record:
            record = self._cloud.get(have.id)
            record.fields.update(want.model_dump(mode="json", include=set(fields)))
            return record

        record = self._cloud.call(self._process, f"update {want.key} {have.id}", act, changes=True)
        return Done(have=observed(record, self._cloud.clock()))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it."""
        self._cloud.call(
            self._process, f"delete {have.key} {have.id}", lambda: self._cloud.remove(have.id), changes=True
        )
        return Done(have=None)

    def _answer(self, record: Record) -> Answer:
        seen = observed(record, self._cloud.clock())
        if seen.phase is Phase.PENDING:
            return Waiting(ticket=record.id, again=0.5, said="pending")
        return Done(have=seen)


class CloudSession(Session):
    """The account's session."""

    def __init__(self, cloud: Cloud, process: Process) -> None:
        self._cloud = cloud
        self._process = process
        self.kinds: Mapping[str, Kind[Any]] = {
            PLAIN: ThingKind(cloud, process, 0.0),
            SLOW: ThingKind(cloud, process, PENDING),
        }

    def identity(self) -> Mapping[str, str]:
        """The account."""
        return {"id": "simulated"}

    def observe(self, owner: Owner, wanted: Sequence[Desired], kinds: frozenset[str] | None = None) -> Inventory:
        """One listing a kind. A kind whose listing failed is left out of `complete`."""
        found: list[Observed] = []
        complete = set()
        for kind in self.kinds if kinds is None else kinds:
            try:
                records = self._cloud.call(self._process, f"list {kind}", partial(self._cloud.listed, kind))
            except Transient:
                continue
            complete.add(kind)
            found += [observed(record, self._cloud.clock()) for record in records if self.claims(record, owner)]
        return Inventory(items=tuple(found), complete=frozenset(complete))

    def claims(self, record: Record, owner: Owner) -> bool:
        """Whether a thing is the owner's: by its mark, never by its name."""
        return record.owner.id == owner.id

    def lease(self, owner: Owner) -> LeasePlace:
        """The account has one place for it."""
        del owner
        return CloudLease(self._cloud, self._process)


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
