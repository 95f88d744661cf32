"""A sandbox that is up, and where it is looked for."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from paver.contract.stage import READY
from paver.sandbox.process import alive

RECORD = "sandbox-process.json"
SPEC = "environment.yml"
LOG = "sandbox.log"


def state_home() -> Path:
    """Where sandboxes live: `$XDG_STATE_HOME/paver/sandbox`."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "paver" / "sandbox"


@dataclass(frozen=True)
class Running:
    """An emulator that was started and not stopped.

    Args:
        name: Its driver's name.
        directory: All that it has; it goes with it.
        pid: Of its process; None: it needs none.
        start: When that process started, as the system tells it; so a later process of that number is not taken for it.
    """

    name: str
    directory: Path
    pid: int | None = None
    start: str = ""

    @property
    def spec(self) -> Path:
        """Its example spec."""
        return self.directory / SPEC

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.pid is None or alive(self.pid, self.start)

    def ready(self) -> dict[str, Any]:
        """What the emulator says about itself: its `ready.json`. Empty where it has no process."""
        if self.pid is None:
            return {}
        told: dict[str, Any] = json.loads((self.directory / READY).read_text(encoding="utf-8"))
        return told

    def record(self) -> str:
        """The text of its record, for `recorded`."""
        return json.dumps({**asdict(self), "directory": str(self.directory)}) + "\n"


def recorded(directory: Path) -> Running | None:
    """What was started on a directory, running or not; None: nothing, or its start was cut off."""
    try:
        fields = json.loads((directory / RECORD).read_text(encoding="utf-8"))
        return Running(str(fields["name"]), directory, fields["pid"], str(fields["start"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def find(name: str, directory: Path | None = None) -> Running | None:
    """The sandbox of that name that is up, or None.

    Args:
        name: The driver's.
        directory: Where to look; default: below `state_home`.
    """
    found = recorded(directory or state_home() / name)
    return found if found is not None and found.alive else None
