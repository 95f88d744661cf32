"""What one schema breaks of what an earlier one promised: docs/schemas.md as code."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

Direction = Literal["input", "output"]
"""Whether others write the document (a spec), or read it."""
Schema = Mapping[str, Any]
LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
NOTHING: Schema = {}


def breaks(old: Schema, new: Schema, direction: Direction) -> list[str]:
    """One line for each promise that is broken, by its path; empty: none is."""
    return list(_Comparison(old, new, direction).at("", old, new))


class _Comparison:
    def __init__(self, old: Schema, new: Schema, direction: Direction) -> None:
        self._old, self._new = old.get("$defs", NOTHING), new.get("$defs", NOTHING)
        self._direction = direction
        self._seen: set[tuple[str, str]] = set()

    def at(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        """What is broken at a path and below."""
        both = (str(old.get("$ref", "")), str(new.get("$ref", "")))
        if all(both):
            if both in self._seen:
                return
            self._seen.add(both)
        yield from self._default(path, old, new)
        olds, news = self._alternatives(old, self._old), self._alternatives(new, self._new)
        yield from self._kinds(path, set(olds), set(news))
        for kind in sorted({*olds} & {*news}):
            yield from self._one(path, olds[kind], news[kind])

    def _alternatives(self, schema: Schema, defs: Schema) -> dict[str, Schema]:
        """By type: what may stand there. Objects that differ in their fields are told apart by those."""
        if "$ref" in schema:
            return self._alternatives(defs[schema["$ref"].rpartition("/")[2]], defs)
        if "anyOf" in schema:
            return {kind: one for inner in schema["anyOf"] for kind, one in self._alternatives(inner, defs).items()}
        kind = schema.get("type") or ("string" if "const" in schema or "enum" in schema else "anything")
        if isinstance(schema.get("const"), int):
            kind = "integer"
        return {str(kind): schema}

    def _kinds(self, path: str, olds: set[str], news: set[str]) -> Iterator[str]:
        if "anything" in news and self._direction == "input":
            return
        if "anything" in olds and self._direction == "output":
            return
        # Readers of what we write are not hurt by what no longer occurs, as long as something they know is left.
        if (gone := olds - news) and (self._direction == "input" or not olds & news):
            yield f"{path}: may no longer be {' or '.join(sorted(gone))}"
        if (more := news - olds) and self._direction == "output":
            yield f"{path}: may be {' or '.join(sorted(more))} now"

    def _one(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        yield from self._words(path, old, new)
        yield from self._limits(path, old, new)
        yield from self._fields(path, old, new)
        for part in ("items", "additionalProperties", "propertyNames"):
            before, after = old.get(part), new.get(part)
            if isinstance(before, Mapping) and isinstance(after, Mapping):
                yield from self.at(f"{path}.*" if part != "propertyNames" else f"{path}.[key]", before, after)
            elif part == "propertyNames" and before != after:
                yield from self._narrowing(f"{path}.[key]", before is None, after is None)
            elif part == "additionalProperties" and before != after:
                yield from self._narrowing(path, before is not False, after is not False)

    def _fields(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        before, after = old.get("properties", NOTHING), new.get("properties", NOTHING)
        needed = {"old": set(old.get("required", ())), "new": set(new.get("required", ()))}
        for name in before:
            if name not in after:
                yield f"{path}.{name}: is gone".lstrip(".")
            else:
                yield from self.at(f"{path}.{name}".lstrip("."), before[name], after[name])
        if self._direction == "input":
            for name in sorted(needed["new"] - needed["old"]):
                yield f"{path}.{name}: is required now".lstrip(".")
        else:
            for name in sorted(needed["old"] - needed["new"]):
                yield f"{path}.{name}: is no longer always there".lstrip(".")

    def _words(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        before, after = _set_of(old), _set_of(new)
        if before is None or after is None:
            if before != after:
                yield from self._narrowing(path, before is None, after is None)
            return
        if self._direction == "input" and (gone := before - after):
            yield f"{path}: {', '.join(sorted(gone))} is no longer taken"
        if self._direction == "output" and (more := after - before):
            yield f"{path}: {', '.join(sorted(more))} is new"

    def _limits(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        for name in (*LOWER, *UPPER):
            before, after = old.get(name), new.get(name)
            if before == after:
                continue
            tighter = before is None or (after is not None and (after > before) == (name in LOWER))
            if tighter == (self._direction == "input"):
                yield f"{path}: {name} was {before} and is {after}"
        for name in ("pattern", "format"):
            before, after = old.get(name), new.get(name)
            if before != after and (before if self._direction == "output" else after) is not None:
                yield f"{path}: {name} was {before} and is {after}"

    def _default(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        if "default" in old and old["default"] != new.get("default", ...):
            yield f"{path}: default was {json.dumps(old['default'])}"

    def _narrowing(self, path: str, old_open: bool, new_open: bool) -> Iterator[str]:
        """Something that was open is closed, or the other way round."""
        if old_open and not new_open and self._direction == "input":
            yield f"{path}: is closed now"
        if new_open and not old_open and self._direction == "output":
            yield f"{path}: is open now"


def _set_of(schema: Schema) -> set[str] | None:
    if "const" in schema:
        return {json.dumps(schema["const"])}
    return {json.dumps(word) for word in schema["enum"]} if "enum" in schema else None
