"""What the Google Cloud sandbox is, for the core that starts it, finds it and stops it."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

from paver.contract.driver import Sandbox
from paver.contract.errors import PaverError
from paver.contract.stage import READY
from paver_gcp.sandbox.example import example

CREDENTIALS = "credentials.json"
IDLE = 3600.0


class GcpSandbox(Sandbox):
    """An emulator of ours, in memory: it is gone when its process ends.

    Args:
        port: Where it listens on 127.0.0.1; 0: wherever there is room.
        idle: Seconds without a request after which it ends.
    """

    def __init__(self, port: int = 0, idle: float = IDLE) -> None:
        self._port = port
        self._idle = idle

    def prepare(self, directory: Path, say: Callable[[str], None]) -> Sequence[str]:
        """The process writes the credentials that lead to it, once it knows its port.

        Raises:
            PaverError: Google's Discovery documents are not installed.
        """
        if importlib.util.find_spec("googleapiclient") is None:
            raise PaverError(
                "the sandbox needs the Discovery documents of google-api-python-client",
                hint="pip install 'iaas-paver[sandbox-gcp]'",
            )
        program = "paver_gcp.sandbox.serve"
        return [sys.executable, "-P", "-m", program, str(directory), str(self._port), str(self._idle)]

    def spec(self, directory: Path, owner: UUID) -> str:
        """The example spec of the sandbox that runs on this directory."""
        told = json.loads((directory / READY).read_text(encoding="utf-8"))
        return example(owner, str(told["url"]), CREDENTIALS)
