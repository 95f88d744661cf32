"""What docs/vsphere.md says is shown by a test, row by row."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs/vsphere.md"
SHOWN = re.compile(r"\]\(\.\./tests/[^)]+\.py\)|the kit, rule \d+")
HEADS = ("| of the spec |", "| version |", "| the simulator |")


def rows(head: str) -> list[str]:
    """Of one table, without its head."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(head))
    found = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        found.append(line)
    return found


@pytest.mark.parametrize("head", HEADS)
def test_every_row_names_the_test_that_shows_it(head: str) -> None:
    assert len(rows(head)) >= 3
    assert [row for row in rows(head) if not SHOWN.search(row.rstrip("|").rpartition("|")[2])] == []
