"""Which resource waits for which."""

from __future__ import annotations

import graphlib
from collections.abc import Iterable, Mapping, Sequence

from paver.contract.errors import PaverError
from paver.contract.resource import STORE, Desired, Key, Observed, references


class GraphBroken(PaverError):
    """What a driver wants cannot be ordered. It is a defect of that driver."""

    exit_code = 255


def needs(want: Desired) -> frozenset[Key]:
    """Everything that must be ready before this can be begun."""
    found = {ref.to for ref in references(want)} | set(want.after)
    if want.scope is not None and want.scope != STORE:
        found.add(want.scope)
    return frozenset(found)


def ordered(wanted: Iterable[Desired]) -> list[Desired]:
    """The same, each after what it needs, otherwise as they came.

    Raises:
        GraphBroken: Two have one key, one needs what nobody wants, or they need each other.
    """
    by_key: dict[Key, Desired] = {}
    for want in wanted:
        if want.key in by_key:
            raise GraphBroken(f"{want.key} is wanted twice")
        by_key[want.key] = want
    graph = {key: needs(want) for key, want in by_key.items()}
    for key, edges in graph.items():
        if missing := sorted(str(edge) for edge in edges if edge not in by_key):
            raise GraphBroken(f"{key} needs {', '.join(missing)}, which nothing makes")
    try:
        return [by_key[key] for key in graphlib.TopologicalSorter(graph).static_order()]
    except graphlib.CycleError as error:
        raise GraphBroken(f"these need each other: {', '.join(map(str, error.args[1]))}") from None


def chains(needed: Mapping[Key, frozenset[Key]]) -> Mapping[Key, int]:
    """By key how many others, one after the other, wait for it.

    Args:
        needed: What each needs, in order.
    """
    behind = dict.fromkeys(needed, 0)
    for key in reversed(list(needed)):
        for need in needed[key]:
            behind[need] = max(behind[need], behind[key] + 1)
    return behind


def standing_on(items: Sequence[Observed]) -> Mapping[str, tuple[Observed, ...]]:
    """Native id to the things of the same scope that stand on it: they go first."""
    found: dict[str, list[Observed]] = {}
    for item in items:
        for id_ in item.needs:
            found.setdefault(id_, []).append(item)
    return {id_: tuple(above) for id_, above in found.items()}
