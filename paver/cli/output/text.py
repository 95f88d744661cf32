"""How text is laid out: durations, columns, facts, hanging indents."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

WIDTH = 100
"""The most columns that anything takes."""
EDGE = 94
"""Where times end that stand at the right, on a full-width terminal."""

_MINUTE, _HOUR = 60, 3600
_BRIEF = 10


def duration(seconds: float) -> str:
    """`0.3 s`, `28 s`, `2 min 6 s`, `1 h 5 min`."""
    if seconds < _BRIEF:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"


def watch(seconds: float) -> str:
    """`0:41`, as a stopwatch shows it."""
    minutes, rest = divmod(int(seconds), _MINUTE)
    return f"{minutes}:{rest:02}" if minutes < _MINUTE else f"{minutes // _MINUTE}:{minutes % _MINUTE:02}:{rest:02}"


def counted(number: int, noun: str) -> str:
    """`1 network`, `4 networks`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def head(environment: str, iaas: str, target: str) -> str:
    """`NAME on IAAS: target`."""
    return f"{environment} on {iaas}: {target}"


def hang(prefix: str, text: str, width: int | None = WIDTH) -> list[str]:
    """`prefix` and `text`, its further lines below its first. Words stay whole; `None` is a line without end."""
    if width is None or len(prefix) + len(text) <= width:
        return [(prefix + text).rstrip()]
    room = max(width - len(prefix), 20)
    pieces = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]
    indent = " " * len(prefix)
    return [prefix + pieces[0], *(indent + piece for piece in pieces[1:])]


def facts(pairs: Iterable[tuple[str, str]], width: int | None = WIDTH) -> list[str]:
    """Two columns, indented by two."""
    rows = list(pairs)
    label = max((len(name) for name, _ in rows), default=0)
    return [line for name, value in rows for line in hang(f"  {name:<{label}}   ", value, width)]


def edge(left: str, right: str, width: int = EDGE) -> str:
    """`left`, and `right` ending at the edge; `left` is cut where both do not fit."""
    room = max(width - len(right) - 1, 1)
    if len(left) > room:
        left = left[: room - 1] + "…"
    return f"{left:<{room}} {right}"


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns as wide as their widest cell, three blanks between."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["   ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
