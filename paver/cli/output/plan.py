"""A plan, for people and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from paver.cli.output.changes import planned, rows_of, shown
from paver.cli.output.names import summary
from paver.cli.output.text import WIDTH, duration, hang, head

if TYPE_CHECKING:
    from paver.contract.resource import Desired, Key
    from paver.engine.plan import Plan, Step
    from paver.engine.plan_document import PlanDocument

SYMBOLS: Mapping[str, str] = {
    "create": "+",
    "update": "~",
    "confirm": "~",
    "replace": "±",
    "delete": "-",
    "resume": "…",
    "keep": "=",
    "adopt": "=",
}
_KEPT = ("keep", "adopt")


def plan_lines(
    plan: Plan, *, seconds: float, remarks: Sequence[str] = (), following: str = "", verbose: bool = False
) -> list[str]:
    """The whole of it: head, steps, remarks, foot.

    Args:
        plan: What would be done.
        seconds: How long it took to say so.
        remarks: What the spec says that no step shows: what is open, what is left to others.
        following: The next command.
        verbose: Every resource with its fields, kept ones too.
    """
    if plan.empty and not verbose:
        kept = as_it_is(plan.environment, plan.iaas, plan.counts)
        return [f"{kept}. Planned in {duration(seconds)}; nothing was changed."]
    return [
        head(plan.environment, plan.iaas, plan.target),
        *body_lines(plan, verbose=verbose),
        "",
        *(line for remark in remarks for line in hang("", remark)),
        *hang("", f"{foot(plan)} Planned in {duration(seconds)}{_unchanged(plan)}."),
        *([] if plan.empty or not following else [f"Next: {following}"]),
    ]


def body_lines(plan: Plan, *, verbose: bool = False) -> list[str]:
    """The steps alone: by kind where everything is new, one by one where something changes, by place where many."""
    steps = [step for step in plan.steps if verbose or step.mutates]
    single = verbose or any(step.action != "create" for step in plan.steps)
    longest = max((len(step.key.kind) for step in steps), default=0)
    lines: list[str] = []
    for title, part in _places(plan, steps):
        lines += ["", *([f"  {title}"] if title else [])]
        lines += _one_by_one(part, verbose=verbose) if single else _by_kind(plan.environment, part, longest)
    return lines


def as_it_is(environment: str, iaas: str, counts: Mapping[Any, int]) -> str:
    """What is said where nothing is to be done."""
    return f"{environment} on {iaas} is as it should be: {sum(counts.get(name, 0) for name in _KEPT)} kept"


def as_they_should(number: int) -> str:
    """`58 are as they should be`."""
    return f"{number} is as it should be" if number == 1 else f"{number} are as they should be"


def counts_text(counts: Mapping[Any, int]) -> str:
    """`35 to create, 2 to wait for, 0 to change, 0 to delete`."""
    parts = [f"{counts.get('create', 0)} to create"]
    parts += [f"{counts['resume']} to wait for"] if counts.get("resume") else []
    parts += [f"{counts.get('update', 0) + counts.get('confirm', 0)} to change"]
    parts += [f"{counts['replace']} to replace"] if counts.get("replace") else []
    return ", ".join([*parts, f"{counts.get('delete', 0)} to delete"])


def foot(plan: Plan) -> str:
    """The counts, and what is not among them, as one sentence."""
    return f"{'; '.join([counts_text(plan.counts), *_clauses(plan)])}."


def plan_json(document: PlanDocument) -> dict[str, Any]:
    """The document that `-o json` prints: what a kept plan is, too."""
    return document.model_dump(mode="json")


def _clauses(plan: Plan) -> list[str]:
    kept = sum(plan.counts.get(action, 0) for action in _KEPT)  # type: ignore[call-overload]  # an Action is a str
    later = Counter(str(step.known_after) for step in plan.steps if step.known_after and step.mutates)
    after = [f"{number} known after {key}" for key, number in later.items()]
    return [*([as_they_should(kept)] if kept else []), *([", ".join(after)] if after else [])]


def _unchanged(plan: Plan) -> str:
    return "" if _clauses(plan) else "; nothing was changed"


def _places(plan: Plan, steps: Iterable[Step]) -> list[tuple[str, list[Step]]]:
    """The steps by where they happen; untitled where there is but one place besides the secret store."""
    places: dict[Key | None, list[Step]] = {}
    for step in steps:
        places.setdefault(step.scope, []).append(step)
    if sum(scope is None or scope.kind != "secret-store" for scope in places) < 2:  # noqa: PLR2004  two are many
        return [("", [step for part in places.values() for step in part])] if places else []
    store = [scope for scope in places if scope is not None and scope.kind == "secret-store"]
    ordered = [*(scope for scope in places if scope not in store), *store]
    return [(_title(plan, scope, places[scope]), places[scope]) for scope in ordered]


def _title(plan: Plan, scope: Key | None, steps: Sequence[Step]) -> str:
    if scope is None:
        return f"on {plan.target.partition(',')[0]}"
    if scope.kind == "secret-store":
        return "in the secret store"
    opener = next((step for step in plan.steps if step.key == scope), None)
    name = opener.want.name if opener and opener.want else str(scope)
    return f"in {name}" + (f", known after {scope}" if any(step.known_after for step in steps) else "")


def _by_kind(environment: str, steps: Sequence[Step], longest: int) -> list[str]:
    kinds: dict[str, list[tuple[str, str]]] = {}
    for step in steps:
        kinds.setdefault(step.key.kind, []).append((step.key.name, step.want.note if step.want else ""))
    return [
        line
        for kind, items in kinds.items()
        for line in hang(f"  + {kind:<{longest}} {len(items):>3}  ", summary(environment, items))
    ]


def _one_by_one(steps: Iterable[Step], *, verbose: bool) -> list[str]:
    lines = []
    for step in steps:
        lines += [f"  {SYMBOLS[step.action]} {step.key}{_id(step)}", *planned(step)]
        if verbose and step.want is not None and not step.changes:
            lines += rows_of(_fields(step.want), 2, WIDTH)
    return lines


def _id(step: Step) -> str:
    return f"  {step.have.id}" if step.have and step.action != "create" else ""


def _fields(want: Desired) -> list[tuple[str, str]]:
    from paver.contract.resource import BASE_FIELDS  # noqa: PLC0415  pydantic loads where a plan is shown in full

    values = want.model_dump(mode="json", exclude=set(BASE_FIELDS))
    return [(name, _reference(value)) for name, value in values.items() if value not in (None, [], {}, "")]


def _reference(value: Any) -> str:  # noqa: ANN401  any field of any noun
    if isinstance(value, dict) and value.keys() == {"to", "output"}:
        return f"{value['output']} of {value['to']['kind']}/{value['to']['name']}"
    return shown(value)


def replaced(plan: Plan) -> list[str]:
    """What is away for a while."""
    away = [str(step.key) for step in plan.steps if step.action == "replace"]
    return [f"{', '.join(away)} {'is' if len(away) == 1 else 'are'} away while replaced."] if away else []


def held_data(plan: Plan) -> list[str]:
    """Users' data that a plan's deletions take with them."""
    return [
        f"  {step.key} holds {step.have.holds}: they go with it"
        for step in plan.steps
        if step.have is not None and step.have.holds and step.action in {"delete", "replace"}
    ]
