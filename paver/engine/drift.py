"""What somebody else changed: the differences of a plan, those of their own apart from those that only follow.

A step follows from another where it would not be there without it: it lives behind a session that nobody opens any
longer, it is gone together with what it referred to, or nothing of it differs but what comes from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from paver.contract.resource import Key, Phase, references
from paver.contract.types import Frozen
from paver.engine.plan import Action, Plan, Step


class Difference(Frozen):
    """One thing that is not as the spec says."""

    step: Step
    """What paving again would do about it."""
    follows: tuple[Key, ...] = ()
    """The differences that it follows from; none: it is one of its own."""

    @property
    def gone(self) -> bool:
        """Whether it is not there, or fading."""
        return _gone(self.step)


class Drift(Frozen):
    """All differences."""

    plan: Plan
    differences: tuple[Difference, ...]
    lost: tuple[str, ...] = ()
    """Credentials whose secret is in the store no longer: having them made anew wants consent."""

    @classmethod
    def of(cls, plan: Plan, lost: tuple[str, ...] = ()) -> Self:
        """The differences of a plan that nobody means to carry out."""
        steps = {step.key: step for step in plan.steps if step.want is not None}
        found = tuple(Difference(step=step, follows=_follows(step, steps)) for step in plan.steps if _differs(step))
        return cls(plan=plan, differences=found, lost=lost)

    @property
    def empty(self) -> bool:
        """Whether all is as the spec says."""
        return not self.differences

    @property
    def edits(self) -> tuple[Step, ...]:
        """The differences of their own."""
        return tuple(one.step for one in self.differences if not one.follows)

    @property
    def following(self) -> tuple[Difference, ...]:
        """Those that would not be there without one of them."""
        return tuple(one for one in self.differences if one.follows)


def _differs(step: Step) -> bool:
    return step.mutates or (step.action is Action.ADOPT and bool(step.changes))


def _gone(step: Step) -> bool:
    return step.have is None or step.have.phase is Phase.FADING


def _follows(step: Step, steps: Mapping[Key, Step]) -> tuple[Key, ...]:
    if step.want is None:
        return ()
    if step.known_after is not None:
        return (step.known_after,)
    if _gone(step):
        # Of one place only: what is in another does not go when this goes.
        held = {ref.to: steps[ref.to] for ref in references(step.want) if ref.to in steps}
        return tuple(key for key, other in held.items() if other.scope == step.scope and _gone(other))
    later = [change.known_after for change in step.changes if change.known_after is not None]
    if len(later) < len(step.changes):
        return ()
    return tuple(dict.fromkeys([*later, *step.follows]))
