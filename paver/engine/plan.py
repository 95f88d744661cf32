"""The plan as data: what would be done to what, why, and which fields differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum

from pydantic import JsonValue

from paver.contract.resource import Desired, Key, Observed
from paver.contract.types import Frozen


class Action(StrEnum):
    """What a step does."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    KEEP = "keep"
    ADOPT = "adopt"
    RESUME = "resume"  # begun by an earlier run; it is waited for or finished
    CONFIRM = "confirm"  # its secret is stored and the mark that says so is missing


class Change(Frozen):
    """One field that differs. `after` is None and `known_after` names a resource where the value comes later."""

    field: str
    before: JsonValue = None
    after: JsonValue = None
    known_after: Key | None = None


class Step(Frozen):
    """One resource's part of a plan."""

    key: Key
    action: Action
    scope: Key | None = None
    want: Desired | None = None
    """None where it is only to be deleted."""
    have: Observed | None = None
    changes: tuple[Change, ...] = ()
    reason: str = ""
    follows: tuple[Key, ...] = ()
    """What else is made anew, where this is replaced for that alone."""
    known_after: Key | None = None
    """The resource that opens the session this one lives in, where that is not open yet: the action is a forecast."""

    @property
    def mutates(self) -> bool:
        """Whether anything would be sent for it."""
        return self.action not in (Action.KEEP, Action.ADOPT)


class Plan(Frozen):
    """Everything one run would do, in an order that respects every edge."""

    iaas: str
    environment: str
    target: str
    """Who and where, for people."""
    identities: Mapping[str, Mapping[str, str]]
    """Scope (empty: the first session) to the identity that answered there."""
    steps: tuple[Step, ...]

    def __iter__(self) -> Iterator[Step]:  # type: ignore[override]  # a plan is its steps, not its fields
        return iter(self.steps)

    @property
    def counts(self) -> Mapping[Action, int]:
        """How many steps of each action there are."""
        return Counter(step.action for step in self.steps)

    @property
    def empty(self) -> bool:
        """Whether nothing is to be done."""
        return not any(step.mutates for step in self.steps)
