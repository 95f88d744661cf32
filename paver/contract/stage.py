"""A driver's sandbox as a process: what it writes, and one for one test, started here and ended by its process id."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any, ClassVar

from paver.contract.driver import Sandbox

READY = "ready.json"
"""What a sandbox writes once it listens: what it says about itself."""
POLL = 0.02
"""Seconds between two looks whether it is there."""


def private(path: Path, text: str) -> None:
    """Write a file of a sandbox's, whole or not at all: whoever waits for it reads it the moment it is there."""
    made = path.with_name(f".{path.name}")
    made.touch(mode=0o600)
    made.write_text(text, encoding="utf-8")
    made.replace(path)


class Stage:
    """A running sandbox. A driver derives its own, with whoever may do everything in it.

    Args:
        sandbox: Which.
        directory: Where its files go; empty.

    Raises:
        RuntimeError: It does not start; its log is the message.
    """

    start: ClassVar[float] = 30.0
    """Seconds within which it is up."""

    def __init__(self, sandbox: Sandbox, directory: Path) -> None:
        self.directory = directory
        command = sandbox.prepare(directory, print)
        self._log = (directory / "log").open("w", encoding="utf-8")
        self._process = subprocess.Popen(command, stderr=self._log)
        deadline = time.monotonic() + self.start
        while not (directory / READY).exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.close()
                raise RuntimeError(f"the sandbox does not start: {(directory / 'log').read_text(encoding='utf-8')}")
            time.sleep(POLL)
        self.ready: dict[str, Any] = json.loads((directory / READY).read_text(encoding="utf-8"))

    def close(self) -> None:
        """End it, by its process id."""
        self._process.terminate()
        self._process.wait(10)
        self._log.close()
