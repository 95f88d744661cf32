"""What an owner left behind, for people and as JSON, in the order in which it can be deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paver.cli.output.text import counted, hang

if TYPE_CHECKING:
    from paver.engine.plan import Plan
    from paver.engine.world import Scope


def leftover_lines(plan: Plan, owner: str, following: str) -> list[str]:
    """One thing a line: key, native id, what it stands on, what is in it, what of others stands on it."""
    if plan.empty:
        return [f"Nothing of owner {owner} is there: {plan.target}."]
    widest = max(len(str(step.key)) for step in plan.steps)
    standing = _standing(plan)
    lines = [f"Of owner {owner}, in {plan.target}:", ""]
    for step in plan.steps:
        if step.have is not None:
            said = [step.have.id, *([f"on {' '.join(on)}"] if (on := standing[step.scope, step.have.id]) else [])]
            said += [f"holds {step.have.holds}"] if step.have.holds else []
            said += [f"held by {other}, not ours" for other in step.have.held_by]
            lines += hang(f"  {step.key!s:<{widest}}   ", ", ".join(said))
    count = counted(len(plan.steps), "thing")
    return [*lines, "", f"{count}, each before what it stands on. Nothing was changed.", f"Next: {following}"]


def leftovers_json(plan: Plan, owner: str) -> dict[str, Any]:
    """The document that `-o json` prints."""
    standing = _standing(plan)
    return {
        "owner": owner,
        "iaas": plan.iaas,
        "target": plan.target,
        "identities": {scope: dict(identity) for scope, identity in plan.identities.items()},
        "leftovers": [
            {
                "key": str(step.key),
                "id": step.have.id,
                "scope": str(step.scope) if step.scope else None,
                "needs": list(step.have.needs),
                "stands_on": standing[step.scope, step.have.id],
                "holds": step.have.holds or None,
                "held_by": list(step.have.held_by),
            }
            for step in plan.steps
            if step.have is not None
        ],
    }


def _standing(plan: Plan) -> dict[tuple[Scope, str], list[str]]:
    """By place and native id: the keys of what of the owner's it stands on."""
    keys = {(step.scope, step.have.id): str(step.key) for step in plan.steps if step.have is not None}
    return {
        (step.scope, step.have.id): [keys[step.scope, id_] for id_ in step.have.needs if (step.scope, id_) in keys]
        for step in plan.steps
        if step.have is not None
    }
