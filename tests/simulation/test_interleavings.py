"""T1, T2, T5: random topologies, faults, lagging listings, crashes. Every seed ends with exactly what was wanted."""

import contextlib
import random
from collections import Counter
from pathlib import Path

import pytest

from paver.conformance.simulator import Cloud, Conditions, Thing, census, random_topology, simulate
from paver.conformance.simulator.topology import changed_topology
from paver.conformance.virtual import Killed, VirtualLoop
from paver.contract.errors import PaverError

SEEDS, BATCH = 300, 50


def until_done(cloud: Cloud, loop: VirtualLoop, things: list[Thing], directory: Path, verb: str) -> None:
    """What a person does: run the same command again. Four times are enough for faults up to 40 %."""
    for last in (False, False, False, True):
        try:
            simulate(cloud, loop, things, directory, verb)  # type: ignore[arg-type]  # a literal of the caller's
        except PaverError:
            if last:
                raise
        else:
            return


def one_seed(seed: int, directory: Path) -> None:
    rng = random.Random(seed)  # noqa: S311  a seed is the point
    loop = VirtualLoop()
    try:
        faults, stale = rng.choice((0.0, 0.1, 0.2, 0.4)), rng.choice((0.0, 0.0, 2.0, 4.9))
        cloud = Cloud(loop.time, rng, Conditions(faults=faults, stale=stale))
        things = random_topology(rng)
        for verb in ("pave", "change", "destroy"):
            if verb == "change":
                things = changed_topology(rng, things)
            for _ in range(rng.randint(0, 2)):
                cloud.arm(rng.randint(1, 40), rng.choice(("before", "after")))
                with contextlib.suppress(Killed, PaverError):
                    simulate(cloud, loop, things, directory, "destroy" if verb == "destroy" else "pave")
            cloud.conditions.kill = None
            until_done(cloud, loop, things, directory, "destroy" if verb == "destroy" else "pave")
            wanted = Counter[str]() if verb == "destroy" else Counter(str(thing.key) for thing in things)
            assert census(cloud) == wanted, f"seed {seed}, after {verb}: {census(cloud)}, not {wanted}"
            if verb != "destroy":
                cloud.conditions.faults = 0.0
                changes = cloud.changes
                assert simulate(cloud, loop, things, directory, "pave").empty, f"seed {seed}: a second pave has work"
                assert cloud.changes == changes, f"seed {seed}: a second pave changed something"
                cloud.conditions.faults = faults
    finally:
        loop.close()


@pytest.mark.parametrize("first", range(0, SEEDS, BATCH))
def test_every_interleaving_ends_with_exactly_what_was_wanted(first: int, tmp_path: Path) -> None:
    for seed in range(first, first + BATCH):
        one_seed(seed, tmp_path / str(seed))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_ten_thousand_interleavings_end_with_exactly_what_was_wanted(tmp_path: Path) -> None:
    for seed in range(10_000):
        one_seed(seed, tmp_path / str(seed))
