"""What went over the wire, by the sandbox's own record: nothing of paver takes part in counting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from sandboxes import Sandboxed

from paver_vsphere.conformance import BOOKKEEPING, READS

UNCHANGING = frozenset({*READS, *BOOKKEEPING})
"""Calls that change nothing but sessions and how long a lease lives."""


def mutations(sandboxed: Sandboxed) -> Counter[str]:
    """Every mutating call since the record was emptied: `scope method`."""
    made = sandboxed.control("/calls")["calls"]
    return Counter(f"{call['scope']} {call['method']}" for call in made if call["method"] not in UNCHANGING)


def reads(sandboxed: Sandboxed) -> int:
    """How many calls changed nothing."""
    return sum(call["method"] in UNCHANGING for call in sandboxed.control("/calls")["calls"])


def forget(sandboxed: Sandboxed) -> None:
    """Empty the record."""
    sandboxed.control("/calls", {})


@contextmanager
def unchanged(sandboxed: Sandboxed) -> Iterator[None]:
    """Within, no mutating call may be sent to any server."""
    forget(sandboxed)
    yield
    assert mutations(sandboxed) == Counter()
