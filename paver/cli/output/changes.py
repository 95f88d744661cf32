"""Field diffs: as a plan tells them (what it will be), and as verify does (what it should be)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from paver.cli.output.text import WIDTH, hang

if TYPE_CHECKING:
    from pydantic import JsonValue

    from paver.engine.plan import Change, Step

INDENT = "      "
BECAUSE = "because"


def planned(step: Step, width: int | None = WIDTH) -> list[str]:
    """The lines below a step of a plan: its fields, then why."""
    rows = [(change.field, text) for change in step.changes for text in _becomes(change)]
    reason = step.reason
    if reason and len(rows) == 1 and step.action == "replace":
        rows, reason = [(rows[0][0], f"{rows[0][1]}, {reason}")], ""
    return rows_of([*rows, *([(BECAUSE, reason)] if reason else [])], 2, width)


def drifted(step: Step, label: int, width: int | None = WIDTH) -> list[str]:
    """The lines below a step of a verification; `label` is the width of the longest field of all."""
    rows = [(change.field, text) for change in step.changes for text in _differs(change)]
    if step.reason and not rows:
        rows = [(BECAUSE, step.reason)]
    return rows_of(rows, 3, width, label)


def rows_of(rows: Sequence[tuple[str, str]], gap: int, width: int | None, label: int = 0) -> list[str]:
    """Two columns below a step; a field that has several lines is named on the first."""
    label = max([label, *(len(name) for name, _ in rows)])
    lines, last = [], ""
    for name, text in rows:
        lines += hang(f"{INDENT}{name if name != last else '':<{label}}{' ' * gap}", text, width)
        last = name
    return lines


def shown(value: JsonValue) -> str:
    """A field's value, for people."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return value or '""'
    if isinstance(value, list) and value and all(isinstance(inner, str | int) for inner in value):
        return " ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False)


def _becomes(change: Change) -> Iterable[str]:
    if change.known_after is not None:
        yield f"{shown(change.before)} → known after {change.known_after}"
    elif isinstance(change.before, list) and isinstance(change.after, list):
        found = [*_only("- ", change.before, change.after), *_only("+ ", change.after, change.before)]
        yield from found or [f"{shown(change.before)} → {shown(change.after)}"]
    else:
        yield f"{shown(change.before)} → {shown(change.after)}"


def _differs(change: Change) -> Iterable[str]:
    if change.known_after is not None:
        yield f"{shown(change.before)}, should follow {change.known_after}"
    elif isinstance(change.before, list) and isinstance(change.after, list):
        found = [f"{text} is there and should not be" for text in _only("", change.before, change.after)]
        found += [f"{text} is missing" for text in _only("", change.after, change.before)]
        yield from found or [f"{shown(change.before)}, should be {shown(change.after)}"]
    else:
        yield f"{shown(change.before)}, should be {shown(change.after)}"


def _only(sign: str, these: Sequence[JsonValue], those: Sequence[JsonValue]) -> list[str]:
    return [sign + shown(value) for value in these if value not in those]
