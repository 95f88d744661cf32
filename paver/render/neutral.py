"""The neutral paths of environment documents: what a pipeline may read, the same wherever a spec is paved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

NAMED_BY_THE_IAAS = frozenset({"subnets", "trusted"})
"""Mappings whose keys are the IaaS's own: how many subnets a network has, which CAs an IaaS brings."""
Paths = Mapping[str, frozenset[str]]
"""By path, the JSON types of what stands there."""
KINDS = {bool: "boolean", int: "integer", str: "string", type(None): "null"}


def paths(document: Mapping[str, Any]) -> Paths:
    """The paths of a document in its JSON form, `driver` sections apart.

    Items of lists, and of mappings whose keys are the IaaS's own, are `*`.
    """
    found: dict[str, set[str]] = {}
    for path, kind in _walk(document, ""):
        found.setdefault(path, set()).add(kind)
    return {path: frozenset(kinds) for path, kinds in found.items()}


def differences(first: Paths, second: Paths) -> list[str]:
    """Paths that one of two documents has alone, or with another type. A null counts as its field's type."""
    said = []
    for path in sorted({*first, *second}):
        ours, theirs = first.get(path, frozenset()), second.get(path, frozenset())
        if not ours or not theirs:
            if not (_unsaid(path, first) or _unsaid(path, second)):
                said.append(f"{path}: only in the {'first' if ours else 'second'}")
        elif ours - {"null"} and theirs - {"null"} and ours - {"null"} != theirs - {"null"}:
            said.append(f"{path}: {'/'.join(sorted(ours))} and {'/'.join(sorted(theirs))}")
    return said


def _walk(value: Any, at: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401  any value of a JSON document
    if isinstance(value, Mapping):
        yield at, "object"
        for name, inner in value.items():
            if name != "driver":
                yield from _walk(inner, f"{at}.{_called(name, at)}".lstrip("."))
    elif isinstance(value, list):
        yield at, "array"
        for inner in value:
            yield from _walk(inner, f"{at}.*")
    else:
        yield at, KINDS[type(value)]


def _called(name: str, at: str) -> str:
    return "*" if at.rpartition(".")[2] in NAMED_BY_THE_IAAS else name


def _unsaid(path: str, of: Paths) -> bool:
    """Whether something above the path is null or empty there, so that nothing is said of what would be in it."""
    parts = path.split(".")
    for end in range(len(parts)):
        above = ".".join(parts[:end])
        if "null" in of.get(above, frozenset()):
            return True
        if parts[end] == "*" and above in of and f"{above}.*" not in of:
            return True
    return False
