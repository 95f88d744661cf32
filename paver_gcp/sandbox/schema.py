"""Parameters and bodies held against the Discovery documents: what is unknown or does not fit is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from paver_gcp.sandbox.discovery import Document, Json, Method
from paver_gcp.sandbox.problem import Problem, invalid

INT32, INT64 = 2**31, 2**63
_DECIMAL = re.compile(r"-?[0-9]{1,20}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]*={0,2}")


def parameters(method: Method, path: Mapping[str, str], query: Mapping[str, list[str]]) -> dict[str, Any]:
    """The parameters of a request, in their types. Raises Problem."""
    found: dict[str, Any] = {name: _parameter(name, method.known[name], [value]) for name, value in path.items()}
    for name, values in query.items():
        asked = method.known.get(name)
        if asked is None or asked.get("location") == "path":
            raise invalid(f'Invalid parameter "{name}" for {method.id}: there is none of that name')
        found[name] = _parameter(name, asked, values)
    for name, asked in method.parameters.items():
        if asked.get("required") and name not in found:
            raise Problem(400, "required", f"Required parameter: {name}")
    return found


def body(method: Method, value: Json) -> dict[str, Any]:
    """The body of a request, without what is null, which means absent. Raises Problem."""
    if method.request is None:
        if value not in (None, {}):
            raise invalid(f"{method.id} takes no body")
        return {}
    return dict(_Checker(method).named(method.request, {} if value is None else value, "resource"))


def _parameter(name: str, asked: Mapping[str, Json], values: list[str]) -> Any:
    if len(values) > 1 and not asked.get("repeated"):
        raise invalid(f"Parameter {name} stands there {len(values)} times")
    found = [_single(name, asked, value) for value in values]
    return found if asked.get("repeated") else found[0]


def _single(name: str, asked: Mapping[str, Json], text: str) -> Any:
    kind = asked.get("type", "string")
    if kind == "boolean":
        if text not in {"true", "false"}:
            raise invalid(f"Invalid value for boolean parameter {name}: '{text}'")
        return text == "true"
    if kind == "integer":
        if not _DECIMAL.fullmatch(text) or not _within(int(text), asked):
            raise invalid(f"Invalid value for integer parameter {name}: '{text}'")
        return int(text)
    if "enum" in asked and text not in asked["enum"]:
        raise invalid(f"Invalid value '{text}' for {name}. Allowed: {asked['enum']}")
    pattern = asked.get("pattern")
    if pattern and not re.fullmatch(pattern.removeprefix("^").removesuffix("$"), text):
        raise invalid(f"Invalid value for field '{name}': '{text}'. Must be a match of regex '{pattern}'")
    return text


def _within(number: int, asked: Mapping[str, Json]) -> bool:
    low, high = asked.get("minimum"), asked.get("maximum")
    return (low is None or number >= int(low)) and (high is None or number <= int(high))


class _Checker:
    def __init__(self, method: Method) -> None:
        self._method = method
        self._document: Document = method.document

    def named(self, schema: str, value: Json, where: str) -> Json:
        return self.value(self._document.schemas[schema], value, where)

    def value(self, schema: Mapping[str, Json], value: Json, where: str) -> Json:
        if "$ref" in schema:
            return self.named(schema["$ref"], value, where)
        match schema.get("type"):
            case "object":
                return self._object(schema, value, where)
            case "array":
                if not isinstance(value, list):
                    raise _mistyped(where, "a list", value)
                return [self.value(schema["items"], one, f"{where}[{index}]") for index, one in enumerate(value)]
            case "string":
                return _string(schema, value, where)
            case "integer":
                return _integer(schema, value, where)
            case "number" if isinstance(value, bool) or not isinstance(value, int | float):
                raise _mistyped(where, "a number", value)
            case "boolean" if not isinstance(value, bool):
                raise _mistyped(where, "true or false", value)
        return value

    def _object(self, schema: Mapping[str, Json], value: Json, where: str) -> Json:
        if not isinstance(value, dict):
            raise _mistyped(where, "an object", value)
        known, free = schema.get("properties", {}), schema.get("additionalProperties")
        found: dict[str, Json] = {}
        for name, inner in value.items():
            asked = known.get(name, free)
            if asked is None:
                message = f"Invalid JSON payload received. Unknown name \"{name}\" at '{where}': Cannot find field."
                raise Problem(400, "badRequest", message)
            if inner is not None:
                found[name] = self.value(asked, inner, f"{where}.{name}")
            elif name not in known and self._method.verb == "PATCH":
                found[name] = None  # in a map it takes the member away
        for name, asked in known.items():
            if self._method.id in asked.get("annotations", {}).get("required", ()) and name not in found:
                raise Problem(400, "required", f"Required field '{where}.{name}' not specified")
        return found


def _string(schema: Mapping[str, Json], value: Json, where: str) -> Json:
    form = schema.get("format", "")
    if form in {"int64", "uint64"} and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise _mistyped(where, "a string", value)
    if form in {"int64", "uint64"} and not (_DECIMAL.fullmatch(value) and abs(int(value)) < 2 * INT64):
        raise _mistyped(where, "a number in decimal", value)
    if form == "byte" and not _BASE64.fullmatch(value):
        raise _mistyped(where, "base64", value)
    if "enum" in schema and value not in schema["enum"]:
        raise invalid(f"Invalid value for field '{where}': '{value}'. Must be one of {schema['enum']}")
    pattern = schema.get("pattern")
    if pattern and not re.fullmatch(pattern.removeprefix("^").removesuffix("$"), value):
        raise invalid(f"Invalid value for field '{where}': '{value}'. Must be a match of regex '{pattern}'")
    return value


def _integer(schema: Mapping[str, Json], value: Json, where: str) -> Json:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _mistyped(where, "an integer", value)
    low = 0 if schema.get("format") == "uint32" else -INT32
    high = 2 * INT32 if schema.get("format") == "uint32" else INT32
    if not low <= value < high or not _within(value, schema):
        raise invalid(f"Invalid value for field '{where}': '{value}'. It is out of range")
    return value


def _mistyped(where: str, wanted: str, value: Json) -> Problem:
    message = f"Invalid value at '{where}': {wanted} is wanted, not {type(value).__name__}"
    return Problem(400, "badRequest", message)
