"""One run at a time per environment and state directory: a file that the kernel unlocks when its holder dies."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import filelock

from paver.contract.errors import Locked
from paver.engine import record

FILE, HOLDER = "lock", "lock.holder"


@contextlib.contextmanager
def hold(directory: Path, *, verb: str, now: datetime, timeout: float) -> Iterator[None]:
    """Hold the environment's lock.

    Args:
        directory: The environment's state directory; it is made where it is missing.
        verb: What is being done, for whoever meets the lock.
        now: Since when.
        timeout: Seconds to wait for another holder.

    Raises:
        Locked: Another run holds it; its facts name the holder.
    """
    record.make_private(directory)
    lock = filelock.FileLock(directory / FILE, mode=0o600)
    try:
        lock.acquire(timeout=timeout, poll_interval=0.1)
    except filelock.Timeout:
        raise Locked(
            "this environment is being worked on by someone else",
            facts=[("holder", holder(directory) or "unknown"), ("lock", str(directory / FILE))],
            hint="wait: --lock-timeout 10m. If that run is dead, its lock is free already",
        ) from None
    try:
        who = {"by": record.whoami(), "pid": os.getpid(), "since": now.isoformat(timespec="seconds"), "verb": verb}
        (directory / HOLDER).write_text(json.dumps(who))
        yield
    finally:
        (directory / HOLDER).unlink(missing_ok=True)
        lock.release()


def holder(directory: Path) -> str:
    """Who holds the lock and since when, for people; empty where nobody does."""
    lock = filelock.FileLock(directory / FILE, mode=0o600)
    if (directory / FILE).exists():
        try:
            with lock.acquire(timeout=0):
                return ""
        except filelock.Timeout:
            pass
    else:
        return ""
    try:
        who = json.loads((directory / HOLDER).read_text())
        return f"{who['by']}, pid {who['pid']}, {who['verb']} since {who['since']}"
    except (OSError, ValueError, KeyError):
        return "somebody who has not said who"
