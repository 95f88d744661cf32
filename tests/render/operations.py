"""What `bosh int -o OPS -l VARS` does to a manifest, as far as our operations need it."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from typing import Any

VARIABLE = re.compile(r"\(\(([\w/.-]+)\)\)")


def applied(manifest: Any, operations: Sequence[Mapping[str, Any]]) -> Any:
    """The manifest after them. Raises LookupError where a path does not lead anywhere."""
    done = copy.deepcopy(manifest)
    for operation in operations:
        *way, last = operation["path"].removeprefix("/").split("/")
        optional, at = False, done
        for index, step in enumerate(way):
            optional = optional or step.endswith("?")
            at = _into(at, step.removesuffix("?"), make=optional, path=operation["path"], listed=_listed(way, index))
        optional = optional or last.endswith("?")
        _change(at, last.removesuffix("?"), operation, optional=optional)
    return done


def interpolated(tree: Any, variables: Mapping[str, Any]) -> Any:
    """With every variable's value, in keys too. Raises KeyError for one that is not there."""
    if isinstance(tree, str):
        whole = VARIABLE.fullmatch(tree)
        return variables[whole[1]] if whole else VARIABLE.sub(lambda found: str(variables[found[1]]), tree)
    if isinstance(tree, list):
        return [interpolated(item, variables) for item in tree]
    if isinstance(tree, dict):
        return {interpolated(name, variables): interpolated(value, variables) for name, value in tree.items()}
    return tree


def _listed(way: Sequence[str], index: int) -> bool:
    return index + 1 < len(way) and ("=" in way[index + 1] or way[index + 1].isdigit())


def _into(at: Any, step: str, *, make: bool, path: str, listed: bool) -> Any:
    if isinstance(at, list):
        name, equals, value = step.partition("=")
        found = [item for item in at if item.get(name) == value] if equals else at[int(step) : int(step) + 1]
        if len(found) != 1:
            raise LookupError(f"{path}: {step}")
        return found[0]
    if step not in at:
        if not make:
            raise LookupError(f"{path}: {step}")
        at[step] = [] if listed else {}
    return at[step]


def _change(at: Any, last: str, operation: Mapping[str, Any], *, optional: bool) -> None:
    key = int(last) if isinstance(at, list) else last
    if not isinstance(at, list) and key not in at and not optional:
        raise LookupError(f"{operation['path']}: {last}")
    if operation["type"] == "remove":
        del at[key]
    else:
        at[key] = copy.deepcopy(operation["value"])
