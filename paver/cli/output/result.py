"""The result on stdout: lines for people, or one JSON document."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from paver.cli.output.stream import write_lines
from paver.cli.output.terminal import Terminal, painted


def print_lines(terminal: Terminal, lines: Iterable[str]) -> None:
    """Lines, painted where a person reads them."""
    paint = painted if terminal.colour_out else str
    write_lines(terminal.out, [paint(line) for line in lines])


def print_json(terminal: Terminal, document: Any) -> None:  # noqa: ANN401  any JSON document
    """One document."""
    write_lines(terminal.out, [json.dumps(document, indent=2, ensure_ascii=False)])
