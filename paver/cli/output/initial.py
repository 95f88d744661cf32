"""What `init` wrote, and which values are left to the reader."""

from __future__ import annotations

from collections.abc import Sequence

from paver.cli.output.text import hang

_WORDS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


def initial_lines(file: str, about: str, rows: Sequence[tuple[int, str, str]], following: str) -> list[str]:
    """Lines; `rows` are line number, path and what is wanted there."""
    lines = [f"Wrote {file}: {about}."]
    if rows:
        number = _WORDS[len(rows)] if len(rows) < len(_WORDS) else str(len(rows))
        values = "value is" if len(rows) == 1 else "values are"
        lines.append(f"{number} {values} yours, {'each ' * (len(rows) > 1)}marked FILL IN:")
    places = [f"{file}:{line}" for line, _, _ in rows]
    place = max(map(len, places), default=0) + 3
    path = max((len(name) for _, name, _ in rows), default=0) + 2
    for at, (_, name, what) in zip(places, rows, strict=True):
        lines += hang(f"  {at:<{place}}{name:<{path}}", what)
    return [*lines, f"Next: {following}"]
