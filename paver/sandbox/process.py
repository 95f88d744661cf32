"""Processes that outlive the command that started them, told apart from later ones that got the same number."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

_PROC = Path("/proc")
_POLL = 0.05


def started_at(pid: int) -> str | None:
    """What tells a process from another of the same number: when it started. None: there is no such process.

    A zombie counts as gone.
    """
    if _PROC.is_dir():
        try:
            # the command's name stands in parentheses and may hold anything; the fields behind it are fixed
            fields = (
                (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            )
        except OSError:
            return None
        state, start = fields[0], fields[19]
        return None if state in {"Z", "X"} else start
    told = subprocess.run(  # macOS has no /proc
        ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    return None if not told or told.startswith("Z") else told.partition(" ")[2].strip()


def alive(pid: int, start: str) -> bool:
    """Whether that very process still runs."""
    return started_at(pid) == start


def terminate(pid: int, start: str, *, patience: float = 5.0) -> None:
    """End that very process: politely, then not. Returns when it is gone; does nothing where it is not ours."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + patience
        if not alive(pid, start):
            return
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        while alive(pid, start):
            _reap(pid)
            if time.monotonic() > deadline:
                break
            time.sleep(_POLL)


def _reap(pid: int) -> None:
    """Take leave of a child of ours; anybody else's is init's affair."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except OSError:
        return
