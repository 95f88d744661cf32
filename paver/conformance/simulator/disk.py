"""What a crash leaves on the disk: of a journal, what was synced; of what was written after that, nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from paver.engine import journal


class Disk:
    """Stands for the module `os` in the journal, and notes how much of each file is on the disk."""

    def __init__(self) -> None:
        self._synced: dict[str, int] = {}

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever the module has
        return getattr(os, name)

    def fsync(self, descriptor: int) -> None:
        """Note how long the file is now. The test's machine is not asked to sync: it does not crash."""
        self._synced[_path(descriptor)] = os.fstat(descriptor).st_size

    def crash(self, directory: Path) -> None:
        """Cut every journal in a state directory to what was synced."""
        for path in directory.rglob(journal.FILE):
            os.truncate(path, min(path.stat().st_size, self._synced.get(os.path.realpath(path), 0)))


@contextmanager
def simulated() -> Iterator[Disk]:
    """Within, journals lie on a disk that can crash."""
    disk = Disk()
    right = vars(journal)["os"]
    vars(journal)["os"] = disk
    try:
        yield disk
    finally:
        vars(journal)["os"] = right


def _path(descriptor: int) -> str:
    return os.path.realpath(f"/proc/self/fd/{descriptor}")
