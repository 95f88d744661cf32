"""The order in which things can be deleted: what stands on others goes first, and a session goes after all in it."""

from __future__ import annotations

import graphlib
from collections import defaultdict

from paver.contract.resource import STORE, Key
from paver.engine.order import standing_on
from paver.engine.plan import Plan, Step
from paver.engine.world import Scope

Ident = tuple[Scope, str]


def in_deletion_order(plan: Plan) -> Plan:
    """The same deletions, each after what stands on it; the secret store's last, as `destroy` does them.

    Things that stand on each other stay as they came: the IaaS knows how to untie them, or says so.
    """
    by_place: defaultdict[Scope, list[Step]] = defaultdict(list)
    for step in plan.steps:
        by_place[step.scope].append(step)
    graph: dict[Ident, set[Ident]] = {}
    steps: dict[Ident, Step] = {}
    for scope, part in by_place.items():
        above = standing_on([step.have for step in part if step.have is not None])
        for step in part:
            if step.have is not None:
                ident = scope, step.have.id
                steps[ident] = step
                graph[ident] = {(scope, item.id) for item in above.get(step.have.id, ())} | _inside(step.key, by_place)
    try:
        ordered = [steps[ident] for ident in graphlib.TopologicalSorter(graph).static_order()]
    except graphlib.CycleError:
        ordered = list(steps.values())
    return plan.model_copy(update={"steps": tuple(sorted(ordered, key=lambda step: step.scope == STORE))})


def _inside(key: Key, by_place: dict[Scope, list[Step]]) -> set[Ident]:
    return {(key, step.have.id) for step in by_place.get(key, ()) if step.have is not None}
