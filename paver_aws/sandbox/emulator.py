"""What the AWS sandbox is, for the core that starts it, finds it and stops it."""

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
from paver_aws.sandbox.example import example
from paver_aws.sandbox.pending import Pending

CONFIG = "aws-config"
IDLE = 3600.0
AT_ONCE = Pending()
PROFILE = "paver-sandbox"


class AwsSandbox(Sandbox):
    """moto, in memory: it is gone when its process ends.

    Args:
        port: Where it listens on 127.0.0.1; 0: wherever there is room.
        idle: Seconds without a request after which it ends.
        pending: How long what takes minutes on AWS takes here.
    """

    def __init__(self, port: int = 0, idle: float = IDLE, pending: Pending = AT_ONCE) -> None:
        self._port = port
        self._idle = idle
        self._pending = pending

    def prepare(self, directory: Path, say: Callable[[str], None]) -> Sequence[str]:
        """The process writes the AWS configuration that leads to it, once it knows its port.

        Raises:
            PaverError: moto is not installed.
        """
        if importlib.util.find_spec("moto") is None:
            raise PaverError("the sandbox needs moto", hint="pip install 'iaas-paver[sandbox]'")
        program = "paver_aws.sandbox.serve"
        arguments = (directory, self._port, self._idle, *self._pending)
        return [sys.executable, "-P", "-m", program, *map(str, arguments)]

    def spec(self, directory: Path, owner: UUID) -> str:
        """The example spec of the sandbox that runs on this directory."""
        told = json.loads((directory / READY).read_text(encoding="utf-8"))
        return example(owner, str(told["url"]), CONFIG, PROFILE)
