"""Filters of Compute's lists: `name eq staging.*`, `labels.team = a`, several in parentheses (API Reference, `filter`).

The two languages are not mixed: `eq` and `ne` take regular expressions that fit the whole value; `=`, `!=` and `:` take
values. What is neither is refused.
"""

from __future__ import annotations

import re
from typing import Any

from paver_gcp.sandbox.problem import invalid
from paver_gcp.sandbox.world import Record

_REGULAR = re.compile(r"\s*([\w.-]+)\s+(eq|ne)\s+(?:'([^']*)'|\"([^\"]*)\"|(\S+))\s*")
_PLAIN = re.compile(r"\s*([\w.-]+)\s*(=|!=|:)\s*(?:\"([^\"]*)\"|(\S+))\s*")
_GROUPED = re.compile(r"\(([^()]*)\)")


def matches(expression: str, record: Record) -> bool:
    """Whether a record fits. Raises Problem."""
    parts = _GROUPED.findall(expression) if expression.strip().startswith("(") else [expression]
    return all(_single(part, record) for part in parts)


def _single(part: str, record: Record) -> bool:
    regular = _REGULAR.fullmatch(part)
    if regular is not None:
        name, operator, *values = regular.groups()
        pattern = next(value for value in values if value is not None)
        try:
            fits = re.fullmatch(pattern, str(_value(record, name))) is not None
        except re.error as error:
            raise invalid(f"Invalid value for field 'filter': '{part}'. {error}") from error
        return fits is (operator == "eq")
    plain = _PLAIN.fullmatch(part)
    if plain is None:
        raise invalid(f"Invalid value for field 'filter': '{part}'. Invalid list filter expression.")
    name, operator, quoted, word = plain.groups()
    wanted, found = quoted if quoted is not None else word, _value(record, name)
    if operator == ":":
        return found is not None and (wanted == "*" or wanted in str(found))
    return (str(found) == wanted) is (operator == "=")


def _value(record: Record, name: str) -> Any:
    found: Any = record
    for part in name.split("."):
        if not isinstance(found, dict):
            return None
        found = found.get(part)
    return found
