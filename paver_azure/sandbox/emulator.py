"""What the Azure sandbox is, for the core that starts it, finds it and stops it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from uuid import UUID

from paver.contract.driver import Sandbox
from paver.contract.stage import READY
from paver_azure.sandbox.example import example

SECRET = "client-secret"  # noqa: S105  a file's name
IDLE = 3600.0


class AzureSandbox(Sandbox):
    """A resource manager of our own, in memory: it is gone when its process ends.

    Args:
        port: Where it listens on 127.0.0.1; 0: wherever there is room.
        idle: Seconds without a request after which it ends.
    """

    def __init__(self, port: int = 0, idle: float = IDLE) -> None:
        self._port = port
        self._idle = idle

    def prepare(self, directory: Path, say: Callable[[str], None]) -> Sequence[str]:
        """The process writes its certificates and who may log in, once it knows its port."""
        program = "paver_azure.sandbox.serve"
        return [sys.executable, "-P", "-m", program, str(directory), str(self._port), str(self._idle)]

    def spec(self, directory: Path, owner: UUID) -> str:
        """The example spec of the sandbox that runs on this directory."""
        return example(owner, told(directory))


def told(directory: Path) -> Mapping[str, str]:
    """What the process that runs there says of itself."""
    found = json.loads((directory / READY).read_text(encoding="utf-8"))
    return {name: str(value) for name, value in found.items()}
