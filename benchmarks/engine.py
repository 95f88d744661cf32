"""What the engine costs by itself: CPU microseconds per resource on the memory driver, its own time taken out.

python benchmarks/engine.py [--most 10000]
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from paver import api
from paver.contract.driver import Secrets, Session
from paver.contract.errors import NotFound
from paver.contract.resource import Desired, Key, Ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver.memory.conditions import Conditions
from paver.memory.driver import MemoryDriver
from paver.memory.resources.network import Network
from paver.memory.resources.subnet import Subnet
from paver.memory.sandbox import MemorySandbox
from paver.memory.settings import MemorySettings
from paver.memory.world import World
from paver.settings import LoadedSpec, load_spec

EACH = 9
"""Subnets on each network."""


class Many(MemoryDriver):
    """Networks with subnets on them, as many as asked for; the time spent in the driver is noted."""

    def __init__(self, count: int) -> None:
        super().__init__(World(conditions=Conditions(page=1_000_000)))
        self._count = count
        self._lock = threading.Lock()
        self.spent = 0.0

    def resources(self, spec: EnvironmentSpec, settings: MemorySettings) -> Sequence[Desired]:
        """A network, its subnets, the next network."""
        del settings
        found: list[Desired] = []
        for number in range(self._count // (EACH + 1)):
            key = Key(kind="network", name=f"n{number}")
            labels: dict[str, str] = {}
            found.append(
                Network(key=key, name=f"{spec.name}-n{number}", cidr=spec.address_space, egress="nat", labels=labels)
            )
            for zone in range(EACH):
                found.append(  # noqa: PERF401  two kinds in one list
                    Subnet(
                        key=Key(kind="subnet", name=f"n{number}/{zone}"),
                        name=f"{spec.name}-n{number}-{zone}",
                        network=Ref(to=key),
                        cidr=spec.address_space,
                        zone="z1",
                        public=False,
                    )
                )
        return found

    def connect(self, settings: MemorySettings, secrets: Secrets, owner: Owner) -> Session:
        """A session whose calls are timed."""
        session = super().connect(settings, secrets, owner)
        for kind in session.kinds.values():
            for name in ("create", "delete", "advance"):
                setattr(kind, name, self._timed(getattr(kind, name)))
        setattr(session, "observe", self._timed(session.observe))  # noqa: B010  mypy reads no assignment to a method
        return session

    def _timed(self, method: Any) -> Any:  # noqa: ANN401  any method of a driver
        def timed(*words: Any, **named: Any) -> Any:  # noqa: ANN401  passed through
            began = time.thread_time()
            try:
                return method(*words, **named)
            finally:
                with self._lock:
                    self.spent += time.thread_time() - began

        return timed


def measured(count: int) -> dict[str, float]:
    """CPU microseconds per resource of a first pave, of a plan with nothing to do, of a destroy."""
    found = {}
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        document = yaml.safe_load(MemorySandbox().spec(directory, UUID(int=7)))
        document |= {"credentials": {}, "certificates": {"authorities": {"root": {}}}}
        (directory / "environment.yml").write_text(yaml.safe_dump(document))
        driver = Many(count)
        loaded: LoadedSpec = replace(load_spec(directory / "environment.yml"), driver=driver)
        options = api.Options(state_dir=directory / "state", parallelism=1)
        for verb in ("pave", "plan", "destroy"):
            driver.spent, began = 0.0, time.process_time()
            with contextlib.suppress(NotFound):  # no document is made of these: `describe` knows other resources
                getattr(api, verb)(loaded, options)
            found[verb] = (time.process_time() - began - driver.spent) / count * 1e6
    return found


def main() -> None:
    """Print a row for each size, and how the cost grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=10_000)
    most = parser.parse_args().most
    few, many = measured(most // 10), measured(most)
    rows = ["| verb | resources | µs of CPU each | resources | µs of CPU each | growth |", "|---|---|---|---|---|---|"]
    rows += [
        f"| {verb} | {most // 10:,} | {few[verb]:.0f} | {most:,} | {many[verb]:.0f} | {many[verb] / few[verb]:.2f} |"
        for verb in few
    ]
    sys.stdout.write("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
