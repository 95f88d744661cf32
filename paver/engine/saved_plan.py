"""A plan kept in a file, to be carried out exactly as it is or not at all.

It is compared, never believed: whoever applies it plans again, and the two must agree in every step. Its age does not
matter: what has changed since then shows.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from paver.contract.errors import PaverError, Refused, SpecError
from paver.contract.resource import Desired, Key
from paver.contract.types import Owner
from paver.engine.plan import Action, Plan, Step
from paver.engine.plan_document import PlanDocument, PlannedStep, fingerprint
from paver.engine.record import private_file

MOST = 20
"""Differences that an error names."""


def write(path: Path, plan: PlanDocument) -> None:
    """Keep it, for its user only, in place of an older plan.

    Raises:
        SpecError: Something is there that is no plan.
        PaverError: It cannot be written.
    """
    try:
        if path.exists():
            read(path)
        private_file(path.parent, path.name, plan.model_dump_json(indent=2).encode() + b"\n")
    except SpecError:
        raise SpecError(f"{path} is there and is no plan", hint="name another file") from None
    except OSError as error:
        raise PaverError(f"{path} cannot be written: {error.strerror}", hint=os.fspath(path.parent)) from None


def read(path: Path) -> PlanDocument:
    """A plan from its file. Raises SpecError where it is none, naming file and line or field."""
    try:
        return PlanDocument.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise SpecError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SpecError(f"{path} is no plan: it is no text") from None
    except json.JSONDecodeError as error:
        raise SpecError(f"{path}:{error.lineno}:{error.colno}: no plan: {error.msg}", hint=_HINT) from None
    except RecursionError:
        raise SpecError(f"{path} is no plan: it is nested too deep", hint=_HINT) from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or "the whole"
        raise SpecError(f"{path}: {field}: no plan of this paver: {first['msg']}", hint=_HINT) from None


_HINT = "paver plan --out FILE writes one"


def refuse_other(plan: PlanDocument, iaas: str, owner: Owner, paver: str) -> None:
    """Refuse a plan that is not this environment's, before anything is contacted. Raises Refused."""
    for what, theirs, ours in (
        ("IaaS", plan.iaas, iaas),
        ("owner", str(plan.owner), str(owner.id)),
        ("environment", plan.environment, owner.name),
        ("version of paver", plan.paver, paver),
    ):
        if theirs != ours:
            raise Refused(
                f"this plan is another {what}'s", facts=[(what, f"{theirs} in the plan, {ours} here")], hint=_AGAIN
            )


def refuse_other_spec(plan: PlanDocument, wanted: Iterable[Desired]) -> None:
    """Refuse a plan of another wish than the spec's, before anything is contacted. Raises Refused."""
    before = {str(step.key): step.wanted for step in plan.steps if step.wanted is not None}
    after = {str(want.key): fingerprint(want) for want in wanted}
    facts = [
        *(
            (key, "it is asked for, and was not" if key not in before else "it is asked for otherwise")
            for key in after
            if before.get(key) != after[key]
        ),
        *((key, "it was asked for, and is not") for key in before if key not in after),
    ]
    if facts:
        raise Refused("the spec asks for something else than when this was planned", facts=_some(facts), hint=_AGAIN)


_AGAIN = "plan again; nothing was contacted"


def refuse_difference(plan: PlanDocument, now: Plan) -> None:
    """Let nothing be carried out but what the kept plan says. Raises Refused, naming each step that differs."""
    facts = [*_elsewhere(plan, now), *_differences(plan.steps, [PlannedStep.of(step) for step in now.steps])]
    if facts:
        raise Refused(
            f"what would be done is not what was planned at {plan.at:%Y-%m-%d %H:%M} UTC",
            facts=_some(facts),
            hint="nothing was changed; plan again, and read it again",
        )


class NotAsPlanned(Refused):
    """What came to light while a kept plan was carried out is not what it promised."""


def refuse_late(plan: PlanDocument, scope: Key, steps: Iterable[Step]) -> None:
    """The same for what came to light when a session opened. There, a plan can only have promised what is made.

    What the spec adopts was promised as well: that it is there is what it must be.
    """
    promised = {step.key: step for step in plan.steps if step.scope == scope}
    facts = [
        (str(step.key), f"planned: {promised.get(step.key) or 'nothing'}; now: {PlannedStep.of(step)}")
        for step in steps
        if step.key not in promised or step.action not in {Action.CREATE, Action.ADOPT}
    ]
    if facts:
        raise NotAsPlanned(
            f"what is in {scope} is not what was planned at {plan.at:%Y-%m-%d %H:%M} UTC",
            facts=_some(facts),
            hint="nothing in it was changed, and all else is as the plan says; plan again, and read it again",
        )


def _some(facts: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [*facts[:MOST], *([("…", f"{len(facts) - MOST} more")] if len(facts) > MOST else [])]


def _elsewhere(plan: PlanDocument, now: Plan) -> Iterator[tuple[str, str]]:
    for scope in sorted(plan.identities.keys() | now.identities.keys()):
        before, after = plan.identities.get(scope), now.identities.get(scope)
        if before is None or after is None or dict(before) != dict(after):
            yield f"target {scope}".strip(), f"planned for {_who(before)}, found {_who(after)}"


def _who(identity: Mapping[str, str] | None) -> str:
    return ", ".join(f"{name} {value}" for name, value in (identity or {}).items()) or "nobody"


def _differences(planned: Iterable[PlannedStep], now: Iterable[PlannedStep]) -> Iterator[tuple[str, str]]:
    before = {step.place: step for step in planned}
    after = {step.place: step for step in now}
    for place in [*before, *(place for place in after if place not in before)]:
        one, other = before.get(place), after.get(place)
        if one is None or other is None or one.done != other.done:
            yield str(place[1]), f"planned: {one or 'nothing'}; now: {other or 'nothing'}"
