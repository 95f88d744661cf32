"""Killed at any mutating call, before or after the server acts, a plain run of the same command converges.

The sandbox keeps the process waiting at the call, and the process is ended there by SIGKILL: a real one, over the wire.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from environments import Document, Environment, census
from killing import Point, killed, points
from recorded import forget, mutations
from sandboxes import Sandboxed

pytestmark = pytest.mark.sandbox

SEED = int(os.environ.get("PAVER_TEST_SEED", str(int(time.time()) // 3600)))
"""Which third of the points this run takes; it changes by the hour."""
THIRD = 3
PAVE, DESTROY = 43, 42
"""Mutating calls of a clean run."""


def smallest(document: Document) -> None:
    """One zone, one host, one of each kind."""
    section = document["iaas"]["vsphere"]
    document["zones"] = 1
    document["networks"] = {"management": {}, "services": {}}
    document["load_balancers"] = {}
    document["datastores"] = {name: document["datastores"][name] for name in ("vms", "disks", "blobs")}
    section["zones"] = {"z1": section["zones"]["z1"]}
    section["vlans"] = {name: section["vlans"][name] for name in ("management", "services")}
    del section["addresses"]["concourse"]


class Life:
    """The smallest environment, and the figures of its clean runs."""

    def __init__(self, stage: Sandboxed) -> None:
        self.stage = stage
        self.environment = Environment(stage, smallest)
        self.bare = census(stage)
        forget(stage)
        assert self.environment.run("pave", "-y", "--parallelism", "1").returncode == 0
        self.to_pave = sum(mutations(stage).values())
        self.paved = self.shape()
        forget(stage)
        self.destroy()
        self.to_destroy = sum(mutations(stage).values())

    def shape(self) -> dict[str, Counter[str]]:
        """What is where, without the numbers in names that differ from run to run."""
        return {
            scope: Counter(f"{t['type']} {t['path'].partition('DVUplinks-')[0]}" for t in things)
            for scope, things in census(self.stage).items()
        }

    def destroy(self) -> None:
        self.environment.destroy()
        assert census(self.stage) == self.bare

    def killed(self, command: Sequence[str], point: Point) -> bool:
        """Run a command and end it at the point. Returns whether it came so far."""
        return killed(self.stage, command, point)

    def pave_killed(self, point: Point, *, forgetful: bool) -> None:
        environment = self.environment
        assert self.killed(environment.command("pave", "-y", "--parallelism", "1"), point)
        if forgetful:
            shutil.rmtree(environment.state, ignore_errors=True)
        environment.pave()
        assert self.shape() == self.paved
        self.destroy()

    def destroy_killed(self, point: Point, *, forgetful: bool) -> None:
        environment = self.environment
        environment.pave()
        confirmed = ("destroy", "-y", "--confirm-env", "sandbox", "--parallelism", "1")
        assert self.killed(environment.command(*confirmed), point)
        if forgetful:
            shutil.rmtree(environment.state, ignore_errors=True)
        self.destroy()


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    stage = Sandboxed(tmp_path_factory.mktemp("kill"), lease_seconds=1, first_boot={"seconds": 0.05})
    yield Life(stage)
    stage.close()


def third(count: int, part: int, parts: int) -> list[Point]:
    """One part of this run's third of all points."""
    sys.stdout.write(f"PAVER_TEST_SEED={SEED}\n")
    return points(count)[SEED % THIRD :: THIRD][part::parts]


def test_a_clean_run_makes_as_many_mutating_calls_as_are_on_record(life: Life) -> None:
    assert (life.to_pave, life.to_destroy) == (PAVE, DESTROY)


@pytest.mark.slow  # `paver conform` does the same in every run, rules 40 to 44
@pytest.mark.parametrize("part", range(6))
def test_pave_killed_at_a_third_of_its_calls_converges(life: Life, part: int) -> None:
    for number, point in enumerate(third(life.to_pave, part, 6)):
        life.pave_killed(point, forgetful=bool(number % 2))


@pytest.mark.slow  # `paver conform` does the same in every run, rules 40 to 44
@pytest.mark.parametrize("part", range(4))
def test_destroy_killed_at_a_third_of_its_calls_converges(life: Life, part: int) -> None:
    for number, point in enumerate(third(life.to_destroy, part, 4)):
        life.destroy_killed(point, forgetful=bool(number % 2))


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("forgetful", [False, True], ids=["with the state directory", "without it"])
def test_pave_killed_at_every_call_converges(life: Life, forgetful: bool) -> None:
    for point in points(life.to_pave):
        life.pave_killed(point, forgetful=forgetful)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("forgetful", [False, True], ids=["with the state directory", "without it"])
def test_destroy_killed_at_every_call_converges(life: Life, forgetful: bool) -> None:
    for point in points(life.to_destroy):
        life.destroy_killed(point, forgetful=forgetful)


@pytest.mark.slow
def test_killed_again_while_recovering_it_still_converges(life: Life) -> None:
    for point in third(life.to_pave, 0, 8):
        assert life.killed(life.environment.command("pave", "-y", "--parallelism", "1"), point)
        life.killed(life.environment.command("pave", "-y", "--parallelism", "1"), Point(2, point.kind))
        again = life.environment.run("pave", "-y")
        assert again.returncode == 0, again.stderr
        assert life.shape() == life.paved
        life.destroy()


def test_an_import_whose_lease_died_with_its_process_is_begun_again(life: Life, tmp_path: Path) -> None:
    fault = {"method": "POST /nfc", "kind": "hold", "count": 0}
    life.stage.control("/settings", {"faults": [fault]})
    with subprocess.Popen(life.environment.command("pave", "-y"), stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 30
        while not life.stage.control("/calls")["held"]:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.kill()
    life.stage.control("/settings", {"faults": []})
    again = life.environment.run("pave", "-y", state=tmp_path / "fresh")
    assert again.returncode == 0, again.stderr
    assert life.shape() == life.paved
    life.destroy()
