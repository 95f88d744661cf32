"""The sandbox's process: `python -m paver_gcp.sandbox.serve DIRECTORY PORT IDLE`."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from paver.contract.stage import READY, private
from paver_gcp.sandbox.dispatch import Emulator
from paver_gcp.sandbox.emulator import CREDENTIALS
from paver_gcp.sandbox.furnish import furnish
from paver_gcp.sandbox.server import Server

_LOOK = 1.0
LATENCY = 0.05
"""Seconds that an operation takes: short, and long enough that nobody finds it done at once."""


def main(directory: Path, port: int, idle: float) -> None:
    """Serve until nobody has asked for `idle` seconds, or the directory is gone."""
    emulator = Emulator()
    emulator.world.latency = LATENCY
    server = Server(emulator, port)
    server.start()
    private(directory / CREDENTIALS, json.dumps(furnish(emulator), indent=1) + "\n")
    private(directory / READY, json.dumps({"url": server.url, "pid": os.getpid()}) + "\n")
    while time.monotonic() - server.last < idle and directory.is_dir():
        time.sleep(_LOOK)
    server.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
