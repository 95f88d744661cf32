"""A plan as a document: what `plan -o json` prints, and what `plan --out` keeps.

No field that is never compared (a password) is in it. What a step would send is told by a digest, so that two wishes
can be told apart where a plan shows no field.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import JsonValue, PlainSerializer, PlainValidator, WithJsonSchema

from paver.contract.resource import Desired, Key
from paver.contract.types import Frozen, FrozenDict, Map, Owner
from paver.engine.plan import Action, Change, Plan, Step

DIGITS = 16
"""Hex digits of SHA-256 that tell two wishes apart."""
LONGEST = 60
"""Characters of a value in an error."""


def _key(value: object) -> Key:
    return value if isinstance(value, Key) else Key.parse(str(value))


Text = Annotated[Key, PlainValidator(_key), PlainSerializer(str), WithJsonSchema({"type": "string"})]
"""A key as people write it: `subnet/workload/z1`."""


class PlannedChange(Change):
    """One field that differs."""

    known_after: Text | None = None


class PlannedStep(Frozen):
    """One step."""

    key: Text
    action: Action
    id: str | None = None
    """The native id of what is there."""
    scope: Text | None = None
    """The resource whose session serves this one; None: the first."""
    known_after: Text | None = None
    """The resource that opens that session, where it is not open yet: the action is a forecast, and a promise."""
    note: str = ""
    reason: str = ""
    changes: tuple[PlannedChange, ...] = ()
    wanted: str | None = None
    """A digest of all that is wanted of it; None where it is only to be deleted."""

    @classmethod
    def of(cls, step: Step) -> PlannedStep:
        """What is told of a step."""
        return cls(
            key=step.key,
            action=step.action,
            id=step.have.id if step.have else None,
            scope=step.scope,
            known_after=step.known_after,
            note=step.want.note if step.want else "",
            reason=step.reason,
            changes=tuple(PlannedChange(**dict(change)) for change in step.changes),
            wanted=fingerprint(step.want) if step.want else None,
        )

    @property
    def place(self) -> tuple[Key | None, Key, str]:
        """What a step is about; what bears no key that could be read is told apart by its id."""
        return self.scope, self.key, (self.id or "") if self.key.name == "unnamed" else ""

    @property
    def done(self) -> tuple[object, ...]:
        """What would be done, without what is only said of it."""
        return self.action, self.id, self.known_after, self.changes

    def __str__(self) -> str:
        text = f"{self.action} {self.key}" + (f" ({self.id})" if self.id else "")
        return ", ".join([text, *map(_told, self.changes)])


class PlanDocument(Frozen):
    """The document."""

    format: Literal["paver-plan"] = "paver-plan"
    version: Literal[1] = 1
    paver: str
    """The version that made it."""
    at: datetime
    iaas: str
    environment: str
    owner: UUID
    target: str
    """Who and where, for people."""
    identities: Map[str, Map[str, str]]
    """Scope (empty: the first session) to the identity that answered there."""
    counts: Map[str, int]
    """How many steps of each action there are."""
    steps: tuple[PlannedStep, ...]
    warnings: tuple[str, ...] = ()
    """What should be seen to, and is no step."""


def document(plan: Plan, owner: Owner, at: datetime, paver: str, warnings: Iterable[str] = ()) -> PlanDocument:
    """A plan as a document."""
    return PlanDocument(
        paver=paver,
        at=at,
        iaas=plan.iaas,
        environment=plan.environment,
        owner=owner.id,
        target=plan.target,
        identities=plan.identities,
        counts=FrozenDict({action.value: number for action, number in plan.counts.items()}),
        steps=tuple(PlannedStep.of(step) for step in plan.steps),
        warnings=tuple(warnings),
    )


def fingerprint(want: Desired) -> str:
    """The beginning of the SHA-256 of everything that is wanted of one thing."""
    text = json.dumps(want.model_dump(mode="json", exclude={"note"}), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def digest(wanted: Iterable[Desired]) -> str:
    """SHA-256 of everything that is wanted, in whatever order it is said."""
    lines = sorted(f"{want.key} {fingerprint(want)}" for want in wanted)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _told(change: Change) -> str:
    after = f"known after {change.known_after}" if change.known_after else _short(change.after)
    return f"{change.field} {_short(change.before)} → {after}"


def _short(value: JsonValue) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
