"""A command ended by SIGKILL at one of its mutating calls, which the sandbox keeps waiting meanwhile."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from typing import NamedTuple

from recorded import UNCHANGING
from sandboxes import Sandboxed


class Point(NamedTuple):
    """Where a process is ended: at its mutating call of this number, before the server acts or after."""

    number: int
    kind: str


def points(count: int) -> list[Point]:
    """All of a run's points."""
    return [Point(number, kind) for number in range(count) for kind in ("hold", "hold-answer")]


def killed(stage: Sandboxed, command: Sequence[str], point: Point, method: str = "*") -> bool:
    """Run a command and end it at the point, of calls of one method alone perhaps. Returns whether it came so far."""
    fault = {"method": method, "except": list(UNCHANGING), "kind": point.kind, "skip": point.number, "count": 0}
    stage.control("/settings", {"faults": [fault]})
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while process.poll() is None and not stage.control("/calls")["held"]:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        reached = process.poll() is None
        process.kill()
    stage.control("/settings", {"faults": []})
    while stage.control("/calls")["held"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return reached
