"""What differs from the spec, as verify tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paver.cli.output.changes import drifted
from paver.cli.output.plan import as_it_is, as_they_should
from paver.cli.output.text import duration, head

if TYPE_CHECKING:
    from paver.engine.plan import Plan, Step

_SYMBOLS = {"create": "-", "delete": "+"}


def verify_lines(plan: Plan, *, seconds: float, following: str = "") -> list[str]:
    """Head, each difference, foot.

    Args:
        plan: What paving again would do.
        seconds: How long the look took.
        following: The command that puts it right.
    """
    took = f"Verified in {duration(seconds)}; nothing was changed."
    if plan.empty:
        return [f"{as_it_is(plan.environment, plan.iaas, plan.counts)}. {took}"]
    steps = [step for step in plan.steps if step.mutates]
    label = max((len(change.field) for step in steps for change in step.changes), default=0)
    same = len(plan.steps) - len(steps)
    return [
        head(plan.environment, plan.iaas, plan.target),
        "",
        *(line for step in steps for line in _step(step, label)),
        "",
        f"{len(steps)} of {len(plan.steps)} differ{'s' * (len(steps) == 1)}, {as_they_should(same)}. {took}",
        *([f"Next: {following} puts it right"] if following else []),
    ]


def _step(step: Step, label: int) -> list[str]:
    mark = f"  {_SYMBOLS.get(step.action, '~')} {step.key}"
    if step.have is None or step.have.phase == "fading":
        return [f"{mark}  is gone"]
    if step.action == "delete":
        return [f"{mark}  {step.have.id} is there and not in the spec"]
    return [f"{mark}  {step.have.id}", *drifted(step, label)]
