"""Data to a model, with every problem at once: what is wrong is left out, and the rest looked at again."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from paver.settings import fields
from paver.settings.message import KeyPath
from paver.settings.words import SECRET, Said, explain

M = TypeVar("M", bound=BaseModel)
ROUNDS = 6
STAND_IN = "env:X"
"""For a secret that was written down."""
LEFT_OUT = object()

log = logging.getLogger(__name__)


@dataclass
class Read(Generic[M]):
    """What became of the data."""

    model: M | None = None
    """None: so much is wrong that there is none. Else it may lack what is wrong."""
    problems: dict[KeyPath, Said] = field(default_factory=dict)
    spoilt: set[KeyPath] = field(default_factory=set)
    """Places whose value was left out; unknown keys, which change nothing, are not among them."""


def read_model(
    model: type[M],
    data: Any,  # noqa: ANN401  any YAML value
    base: Path,
    stand_ins: Mapping[KeyPath, Any] | None = None,
) -> Read[M]:
    """Validate, leave out what is refused, and validate the rest, until it holds or nothing more can be left out.

    Args:
        model: What the data shall be.
        data: What was read; it is not changed.
        base: The directory from which relative paths start.
        stand_ins: What may take the place of something required, where no other check looks at it.
    """
    found: Read[M] = Read()
    rest = copy.deepcopy(data)
    for _ in range(ROUNDS):
        try:
            found.model = model.model_validate(rest, context={"base": base})
        except ValidationError as error:
            refused = _problems(model, error, rest)
            for path, (said, _kind) in refused.items():
                if not _follows(path, found.spoilt):
                    found.problems.setdefault(path, said)
            found.spoilt |= {path for path, (_said, kind) in refused.items() if kind != "extra_forbidden"}
            if not _leave_out(rest, {path: kind for path, (_said, kind) in refused.items()}, stand_ins or {}):
                break
        except Exception as error:
            # A third party's model may raise anything: that is its defect, and told as one.
            log.debug("reading %s failed", model.__name__, exc_info=True)
            what = f"the check of this failed ({type(error).__name__})"
            found.problems[()] = (what, "a defect of what checks it: report it")
            break
        else:
            break
    return found


def _problems(model: type[BaseModel], error: ValidationError, data: Any) -> dict[KeyPath, tuple[Said, str]]:  # noqa: ANN401  any YAML value
    found: dict[KeyPath, tuple[Said, str]] = {}
    for item in error.errors(include_input=False, include_url=False):
        path, kind = _path(item["loc"], data, missing=item["type"] == "missing"), item["type"]
        if kind == "whole":
            found |= {(*path, *where): ((what, ""), kind) for where, what in item["ctx"]["problems"]}
            continue
        length = fields.secret_at(model, path)
        if length is not None and not (kind == "missing" and length == len(path)):
            found[path[:length]] = SECRET, "secret"
        else:
            found.setdefault(path, (explain(item, model, path, _value(data, path)), kind))
    # A list is called too short when its entries were refused.
    return {path: said for path, said in found.items() if said[1] != "too_short" or not _holds(path, found)}


def _holds(path: KeyPath, others: Iterable[KeyPath]) -> bool:
    return any(len(other) > len(path) and other[: len(path)] == path for other in others)


def _path(loc: KeyPath, data: Any, *, missing: bool) -> KeyPath:  # noqa: ANN401  any YAML value
    """The error's place in the data: pydantic adds names of alternatives, of validators, and `[key]`."""
    path: list[str | int] = []
    for index, part in enumerate(loc):
        if part in (data if isinstance(data, dict) else range(len(data) if isinstance(data, list) else 0)):
            data = data[part]
        elif not (missing and index == len(loc) - 1):
            continue
        path.append(part)
    return tuple(path)


def _value(data: Any, path: KeyPath) -> Any:  # noqa: ANN401  any YAML value
    """What stands at a path; None where nothing does."""
    for part in path:
        data = data[part] if not isinstance(data, dict) or part in data else None
    return data


def _follows(path: KeyPath, spoilt: set[KeyPath]) -> bool:
    """Whether a problem may only be there because something at, above or below it was left out."""
    return any(path[: len(place)] == place or place[: len(path)] == path for place in spoilt)


def _leave_out(data: Any, refused: Mapping[KeyPath, str], stand_ins: Mapping[KeyPath, Any]) -> bool:  # noqa: ANN401  any YAML value
    """Take what was refused out of the data; False where nothing could be taken."""
    targets: dict[KeyPath, Any] = {}
    for path, kind in refused.items():
        if path in stand_ins:
            targets[path] = stand_ins[path]
        elif kind == "secret":
            targets[path] = STAND_IN
        else:
            # What lacks a required part goes as a whole.
            targets[path[:-1] if kind == "missing" else path] = LEFT_OUT
    changed = False
    # The last entries of a list go first, so that the places of the others hold.
    for path in sorted(targets, key=_order, reverse=True):
        changed |= bool(path) and _put(data, path, targets[path])
    return changed


def _put(data: Any, path: KeyPath, value: object) -> bool:  # noqa: ANN401  any YAML value
    try:
        parent = _value(data, path[:-1])
        if value is not LEFT_OUT:
            parent[path[-1]] = value
        else:
            del parent[path[-1]]
    except (KeyError, IndexError, TypeError):  # what held it is gone already
        return False
    return True


def _order(path: KeyPath) -> list[tuple[int, str]]:
    return [(part, "") if isinstance(part, int) else (-1, part) for part in path]
