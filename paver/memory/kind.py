"""What all nouns of this IaaS have in common: a noun says its fields, and little else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar, TypeVar, cast

from pydantic import JsonValue

from paver.contract import names
from paver.contract.driver import Kind
from paver.contract.errors import Busy, NotFound, Rejected
from paver.contract.resource import BASE_FIELDS, Answer, Attempt, Desired, Done, Key, Observed, Phase, Proof, Waiting
from paver.contract.types import Owner
from paver.memory.ownership import Claim, claim, marked
from paver.memory.record import Record, noun
from paver.memory.world import World

D = TypeVar("D", bound=Desired)

LONGEST_POLL = 1.0
SHORTEST_POLL = 0.05


class MemoryKind(Kind[D]):
    """One noun.

    Args:
        world: The API.
        scope: Id of the control plane that serves it; empty: the account.
    """

    noun: ClassVar[str]
    """The kind's name."""
    limit: ClassVar[int] = 63
    """The longest name."""
    needs: ClassVar[tuple[str, ...]] = ()
    """Fields that hold the ids of what it stands on; a name is unique within the first."""
    container: ClassVar[bool] = False
    """Others may stand in it, so that a delete looks first."""

    def __init__(self, world: World, scope: str = "") -> None:
        self.world = world
        self.scope = scope
        self.settle = world.conditions.stale  # type: ignore[misc]  # how far listings lag is this world's affair

    @classmethod
    def native_name(cls, owner: Owner, key: Key) -> str:
        """The name that a key implies."""
        return names.name(owner.name, *key.name.split("/"), limit=cls.limit)

    @classmethod
    def outputs(cls, record: Record) -> Mapping[str, JsonValue]:
        """What others may refer to, and what the document says of it."""
        return {"name": record["name"]}

    def create(self, want: D, attempt: Attempt) -> Answer:
        """Make it, with its marks."""
        return self._answer(self._make(want, attempt), attempt)

    def update(self, have: Observed, want: D, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Change the fields that may change."""
        if fixed := fields & self.replace:
            raise Rejected(f"{', '.join(sorted(fixed))} of {have.id} cannot change in place")
        new = {name: value for name, value in self._fields(want).items() if name in fields}
        return self._answer(self.world.change(have.id, fields=new), attempt)

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it; a container only after a look that nothing is left in it."""
        if self.container and (left := self.world.holders(have.id)):
            raise self._busy(have.id, left, attempt.owner)
        return self._gone(self.world.remove(have.id), attempt)

    def advance(self, want: D | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """One look at how far it is."""
        del want
        id_, doing = _parse(ticket)
        try:
            record = self.world.get(id_)
        except NotFound:
            if doing == "delete":
                return Done(have=None)
            raise
        if doing == "delete" and record["doing"] != "delete":
            return self._gone(self.world.remove(id_), attempt)
        return self._answer(record, attempt)

    def claim(self, record: Record, owner: Owner, owned: frozenset[str]) -> Claim | None:
        """What makes a thing of this kind the owner's, or None."""
        return claim(record, owner, self.native_name, owned)

    def observed(self, record: Record, owner: Owner, claimed: Claim, held_by: Sequence[str] = ()) -> Observed:
        """A thing of ours as the contract tells it."""
        adopted = claimed.proof is Proof.ADOPTED
        phase = _phase(record)
        return Observed(
            kind=record["kind"],
            id=record["id"],
            key=claimed.key,
            owner=None if adopted else owner.id,
            proof=claimed.proof,
            phase=phase,
            actual=self._actual(record, adopted=adopted),
            outputs=self.outputs(record),
            needs=tuple(record["needs"]),
            ticket=_ticket(record) if phase is Phase.PENDING else None,
            holds=_holds(record),
            held_by=tuple(held_by),
            fades=datetime.fromtimestamp(record["fades"], UTC).date().isoformat() if record["fades"] else "",
        )

    def _make(self, want: D, attempt: Attempt, *, secret: str = "") -> Record:
        marked = noun(self.noun).tags
        return self.world.create(
            self.noun,
            want.name,
            fields=self._fields(want),
            needs=_ids(getattr(want, name) for name in self.needs),
            tags=names.marks(attempt.owner, want.key) if marked else None,
            description="" if marked else names.marker(attempt.owner, want.key),
            scope=self.scope,
            token=str(attempt.token),
            secret=secret,
        )

    def _fields(self, want: D) -> dict[str, JsonValue]:
        """What the API is told; `model_dump` gives JSON."""
        return want.model_dump(mode="json", exclude=set(BASE_FIELDS))

    def _actual(self, record: Record, *, adopted: bool) -> Mapping[str, JsonValue]:
        del adopted
        if not self.unseen:
            return record["fields"]
        return {name: value for name, value in record["fields"].items() if name not in self.unseen}

    def _answer(self, record: Record, attempt: Attempt) -> Answer:
        if record["doing"]:
            return self._wait(record)
        if record["broken"]:
            raise Rejected(f"{record['id']} did not become ready: it is broken")
        return Done(have=self.observed(record, attempt.owner, self._own(attempt)))

    def _own(self, attempt: Attempt) -> Claim:
        return Claim(attempt.key, Proof.MARK if noun(self.noun).tags else Proof.PARENT)

    def _gone(self, record: Record | None, attempt: Attempt) -> Answer:
        del attempt
        return Done(have=None) if record is None else self._wait(record)

    def _wait(self, record: Record) -> Waiting:
        left = record["until"] - self.world.now()
        return Waiting(
            ticket=_ticket(record),
            again=max(SHORTEST_POLL, min(LONGEST_POLL, left)),
            said={"create": "pending", "update": "changing", "delete": "going"}.get(record["doing"], "pending"),
        )

    @staticmethod
    def _busy(id_: str, left: Sequence[Record], owner: Owner) -> Busy:
        foreign = any((found := marked(record)) is None or found[0].id != owner.id for record in left)
        return Busy(f"{id_} is not empty", blockers=[f"{r['id']} {r['name']}" for r in left], foreign=foreign)


def _ids(values: Iterable[object]) -> list[str]:
    """The resolved values of fields that hold an id, several, or none."""
    found: list[str] = []
    for value in values:
        found += [value] if isinstance(value, str) else value if isinstance(value, tuple) else []
    return found


def _phase(record: Record) -> Phase:
    if record["fades"] is not None:
        return Phase.FADING
    if record["doing"]:
        return Phase.PENDING
    return Phase.BROKEN if record["broken"] else Phase.READY


def _ticket(record: Record) -> JsonValue:
    return {"id": record["id"], "doing": record["doing"]}


def _parse(ticket: JsonValue) -> tuple[str, str]:
    found = cast("Mapping[str, str]", ticket)
    return found["id"], found["doing"]


def _holds(record: Record) -> str:
    count = len(record["data"])
    return f"{count:,} object{'s' * (count != 1)}" if count else ""
