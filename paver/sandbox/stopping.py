"""Take a sandbox down."""

from __future__ import annotations

import shutil
from pathlib import Path

from paver.sandbox.locking import exclusive
from paver.sandbox.process import terminate
from paver.sandbox.running import recorded, state_home


def down(name: str, directory: Path | None = None) -> bool:
    """Stop the emulator and remove its directory, with the secrets and the state that lie there.

    Returns:
        Whether there was one.

    Raises:
        Locked: another command is at it.
    """
    home = directory or state_home() / name
    with exclusive(home):
        found = recorded(home)
        if found is not None and found.pid is not None:
            terminate(found.pid, found.start)
        there = home.is_dir()
        remove(home)
        return there


def remove(home: Path) -> None:
    """Remove what a sandbox left behind, if anything."""
    if home.is_dir():
        shutil.rmtree(home)
