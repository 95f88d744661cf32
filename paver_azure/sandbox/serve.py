"""The sandbox's process: `python -m paver_azure.sandbox.serve DIRECTORY PORT IDLE`."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from paver.contract.stage import READY, private
from paver_azure.sandbox.emulator import SECRET
from paver_azure.sandbox.furnish import furnish
from paver_azure.sandbox.server import Server
from paver_azure.sandbox.world import World

_LOOK = 1.0


def main(directory: Path, port: int, idle: float) -> None:
    """Serve until nobody has asked for `idle` seconds, or the directory is gone."""
    world = World()
    estate = furnish(world)
    server = Server(world, directory, port)
    server.start()
    private(directory / SECRET, estate.owner.secret)
    told = {
        "url": server.url,
        "pid": os.getpid(),
        "tenant": estate.tenant,
        "subscription": estate.subscription.id,
        "elsewhere": estate.other.id,
        "client": estate.owner.client,
        "nobody": estate.nobody.client,
    }
    private(directory / READY, json.dumps(told) + "\n")
    while world.clock() - world.last < idle and directory.is_dir():
        time.sleep(_LOOK)
    server.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
