"""A second opinion on what is sent: Azure's published type definitions, read as if nothing else were allowed."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

PLACES = (Path(__file__).parents[3] / "shared/azure/arm-types.json", Path(__file__).with_name("arm-types.json"))
REQUIRED, READ_ONLY = 1, 2
EXEMPT = frozenset({"vmSize"})  # its list of sizes is years old


def types_file() -> Path | None:
    """Where the definitions are; None: they do not come with the sources."""
    named = os.environ.get("PAVER_ARM_TYPES")
    return next((path for path in (*([Path(named)] if named else []), *PLACES) if path.is_file()), None)


@lru_cache
def _definitions() -> Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]]:
    path = types_file()
    modules = json.loads(path.read_text()) if path else []
    return {
        name.lower(): (module["types"], module["types"][str(index)])
        for module in modules
        for name, index in module["roots"]
    }


def findings(type_: str, version: str, body: Mapping[str, Any]) -> list[str]:
    """What a body has that its type has not, lacks that its type wants, or says that cannot be."""
    found = _definitions().get(f"{type_}@{version}".lower())
    if found is None:
        return [f"{type_}@{version} is not known"]
    types, root = found
    # They stand in the URL.
    return list(_check(types, root, {"name": "x", **body}, "", frozenset({"id", "name", "type", "apiVersion"})))


def _check(
    types: Mapping[str, Any], type_: Mapping[str, Any], value: Any, at: str, url: frozenset[str] = frozenset()
) -> Iterator[str]:
    match type_["$type"]:
        case "ObjectType":
            yield from _object(types, type_, value, at, url)
        case "ArrayType":
            yield from _list(types, type_, value, at)
        case "UnionType":
            yield from _union(types, type_, value, at)
        case "StringType":
            yield from _text(type_, value, at)
        case "AnyType":
            return
        case _:
            yield from _plain(type_, value, at)


def _plain(type_: Mapping[str, Any], value: Any, at: str) -> Iterator[str]:
    if type_["$type"] == "StringLiteralType" and value != type_["value"]:
        yield f"{at}: {value!r} is not {type_['value']!r}"
    if type_["$type"] == "BooleanType" and not isinstance(value, bool):
        yield f"{at}: {value!r} is neither true nor false"
    if type_["$type"] == "IntegerType":
        fits = isinstance(value, int) and not isinstance(value, bool)
        if not fits or not type_.get("minValue", value) <= value <= type_.get("maxValue", value):
            yield f"{at}: {value!r} is no fitting number"


def _list(types: Mapping[str, Any], type_: Mapping[str, Any], value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{at}: a list is wanted, not {value!r}"
        return
    for index, item in enumerate(value):
        yield from _check(types, _at(types, type_["itemType"]), item, f"{at}[{index}]")


def _union(types: Mapping[str, Any], type_: Mapping[str, Any], value: Any, at: str) -> Iterator[str]:
    choices = [_at(types, one) for one in type_["elements"]]
    if all(any(_check(types, choice, value, at)) for choice in choices):
        yield f"{at}: {value!r} is none of what is possible"
    elif all(choice["$type"] in {"StringLiteralType", "StringType"} for choice in choices):
        # An enumeration that is open on paper: a value that is not listed is a slip of ours.
        literals = {choice["value"] for choice in choices if choice["$type"] == "StringLiteralType"}
        if literals and value not in literals and at.rpartition(".")[2] not in EXEMPT:
            yield f"{at}: {value!r} is none of {sorted(literals)}"


def _object(
    types: Mapping[str, Any], type_: Mapping[str, Any], value: Any, at: str, url: frozenset[str]
) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at}: an object is wanted, not {value!r}"
        return
    properties, more = type_["properties"], type_.get("additionalProperties")
    for name, inner in value.items():
        if name in url:
            continue
        if name in properties:
            if properties[name]["flags"] & READ_ONLY:
                yield f"{at}.{name} is read-only"
            else:
                yield from _check(types, _at(types, properties[name]["type"]), inner, f"{at}.{name}")
        elif more is not None:
            yield from _check(types, _at(types, more), inner, f"{at}.{name}")
        else:
            yield f"{at}.{name} is unknown"
    for name, one in properties.items():
        if one["flags"] & REQUIRED and name not in value and name not in url:
            yield f"{at}.{name} is missing"


def _text(type_: Mapping[str, Any], value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{at}: text is wanted, not {value!r}"
    elif not type_.get("minLength", 0) <= len(value) <= type_.get("maxLength", len(value)):
        yield f"{at}: {value!r} is too short or too long"
    elif "pattern" in type_ and not re.search(type_["pattern"], value):
        yield f"{at}: {value!r} does not fit {type_['pattern']}"


def _at(types: Mapping[str, Any], reference: Mapping[str, str]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = types[reference["$ref"].removeprefix("#/")]
    return found
