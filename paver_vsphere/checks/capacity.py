"""Whether a datastore that is there holds what the spec says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from paver.contract.driver import Finding
from paver.contract.findings import Path, bad, good, warn

GIB = 1 << 30
ROOM = ("summary.capacity", "summary.freeSpace")
"""The properties that tell."""


def room_findings(what: str, props: Mapping[str, Any], wanted: int | None, path: Path) -> Iterator[Finding]:
    """One that is smaller than `capacity_gib` fails.

    One that is big enough and has less than that free is worth a word: an environment that has been there for a while
    fills its own.
    """
    if wanted is None or not all(isinstance(props.get(name), int) for name in ROOM):
        return
    size, free = (int(props[name]) // GIB for name in ROOM)
    at = (*path, "capacity_gib")
    if size < wanted:
        yield bad("capacity", f"{what} has {size} GiB in all; the spec asks for {wanted}", "take a larger one", at)
    elif free < wanted:
        yield warn("capacity", f"{what} has {free} of {size} GiB free; the spec asks for {wanted}", path=at)
    else:
        yield good("capacity", f"{what} has {free} GiB free of the {wanted} that the spec asks for")
