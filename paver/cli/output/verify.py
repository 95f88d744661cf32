"""What differs from the spec, as verify tells it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from paver.cli.output.changes import drifted
from paver.cli.output.plan import as_it_is, as_they_should
from paver.cli.output.status import warning_lines
from paver.cli.output.text import duration, hang, head

if TYPE_CHECKING:
    from paver.engine.drift import Difference, Drift
    from paver.engine.plan_document import PlanDocument

_SYMBOLS = {"create": "-", "delete": "+"}


def verify_lines(drift: Drift, *, seconds: float, following: str = "", warnings: Sequence[str] = ()) -> list[str]:
    """Head, each difference, foot, and what should be seen to though it is no difference.

    Args:
        drift: What was found.
        seconds: How long the look took.
        following: The command that puts it right.
        warnings: What should be seen to: certificates that end soon, a clock that is wrong.
    """
    plan, took = drift.plan, f"Verified in {duration(seconds)}; nothing was changed."
    if drift.empty:
        return [f"{as_it_is(plan.environment, plan.iaas, plan.counts)}. {took}", *warning_lines(warnings)]
    label = max((len(change.field) for one in drift.differences for change in one.step.changes), default=0)
    edits = [one for one in drift.differences if not one.follows]
    lines = [line for one in edits for line in _lines(one, label)]
    if drift.following:
        lines += ["", "  and what follows from that", *(line for one in drift.following for line in _lines(one, label))]
    return [
        head(plan.environment, plan.iaas, plan.target),
        "",
        *lines,
        "",
        *hang("", f"{_counts(drift)}. {took}"),
        *(hang("Next: ", f"{following} puts it right") if following else []),
        *warning_lines(warnings),
    ]


def verify_json(drift: Drift, document: PlanDocument) -> dict[str, Any]:
    """The document that `-o json` prints: what paving again would do, and which of it was changed by hand."""
    return {
        **document.model_dump(mode="json"),
        "in_order": drift.empty,
        "edits": [str(step.key) for step in drift.edits],
        "follows": {str(one.step.key): [str(key) for key in one.follows] for one in drift.following},
        "lost_secrets": list(drift.lost),
    }


def _counts(drift: Drift) -> str:
    number, later, every = len(drift.edits), len(drift.following), len(drift.plan.steps)
    parts = [f"{number} of {every} differ{'s' * (number == 1)}"]
    parts += [f"{later} follow{'s' * (later == 1)} from that"] if later else []
    return ", ".join([*parts, as_they_should(every - number - later)])


def _lines(one: Difference, label: int) -> list[str]:
    step, causes = one.step, " and ".join(map(str, one.follows))
    mark = f"  {_SYMBOLS.get(step.action, '~')} {step.key}"
    if step.known_after is not None:
        return hang(f"  ? {step.key}  ", f"cannot be seen without {causes}")
    if step.have is None or one.gone:
        return hang(f"{mark}  ", f"is gone with {causes}" if causes else "is gone")
    if step.action == "delete":
        return [f"{mark}  {step.have.id} is there and not in the spec"]
    return [f"{mark}  {step.have.id}", *drifted(step, label)]
