"""Which machine this is, and whether a process of it is alive: how a lease's holder is known to be dead."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def identity() -> str:
    """Equal for two processes exactly where they can see each other: host, boot and, on Linux, process namespace.

    Containers on one host have one boot id and, mostly, the same process ids.
    """
    parts = [socket.gethostname()]
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip())
    with suppress(OSError):
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    return " ".join(parts)


def alive(pid: int, born: int) -> bool:
    """Whether the process of that id runs here that was born then: ids are used again."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it is another user's, and there
    return birth(pid) == born


def birth(pid: int) -> int:
    """When a process began, in the kernel's ticks since the boot, which no wall clock moves; 0: nobody says."""
    try:
        return int(
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
        )
    except (OSError, ValueError, IndexError):
        return 0
