"""Data to a model, with every problem at once: what is wrong is left out, and the rest looked at again."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from paver.settings import fields
from paver.settings.message import KeyPath
from paver.settings.words import SECRET, Said, explain

M = TypeVar("M", bound=BaseModel)
ROUNDS = 4


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
            news = {path: said for path, (said, _) in refused.items() if not _within(path, found.spoilt)}
            found.problems |= {path: said for path, said in news.items() if path not in found.problems}
            if not news:
                return found
            found.spoilt |= {path for path in news if refused[path][1] != "extra_forbidden"}
            rest = _without(rest, {path: refused[path][1] for path in news}, stand_ins or {})
        except Exception as error:  # noqa: BLE001  a third party's model may raise anything: that is its defect, and told
            found.problems[()] = (f"the check of this failed ({type(error).__name__})", "a defect of its driver")
            return found
        else:
            return found
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
    return found


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


def _within(path: KeyPath, places: set[KeyPath]) -> bool:
    return any(path[:length] in places for length in range(len(path) + 1))


def _without(data: Any, refused: Mapping[KeyPath, str], stand_ins: Mapping[KeyPath, Any]) -> Any:  # noqa: ANN401  any YAML value
    # The last entries of a list go first, so that the places of the others hold.
    for path in sorted(
        refused, key=lambda path: [(isinstance(part, int), str(part).zfill(9)) for part in path], reverse=True
    ):
        if not path:
            continue
        try:
            parent = _value(data, path[:-1])
            if path in stand_ins:
                parent[path[-1]] = stand_ins[path]
            elif refused[path] == "secret":
                parent[path[-1]] = "env:X"
            elif refused[path] != "missing":
                del parent[path[-1]]
        except (KeyError, IndexError, TypeError):  # what held it is gone already
            continue
    return data
