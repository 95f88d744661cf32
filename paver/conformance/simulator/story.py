"""One seed: an environment's life with crashes, stops, faults and several pavers, and what must hold all along."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from paver.conformance.simulator.cloud import SETTLE, Cloud, Conditions, Process, Record, Violation
from paver.conformance.simulator.disk import Disk, simulated
from paver.conformance.simulator.paver import SPEC, Paver, Verb, until_over
from paver.conformance.simulator.topology import census, changed_topology, random_topology
from paver.conformance.virtual import Killed, Stuck, VirtualLoop
from paver.contract.errors import Locked, PaverError
from paver.contract.types import Owner
from paver.engine.lease import TTL

TRIES = 6
"""How often a person runs the same command again, where faults ended it."""
PATIENCE = 10 * TTL
LONGEST = 4 * 3600.0
"""Virtual seconds within which a phase ends, whatever fails."""
TOLD = 40
"""The last lines of a seed's story that a violation tells."""
DOOMED = 0.6
"""The part of all disturbed pavers that dies or is stopped; of those, the part that dies."""
OTHERS = Owner(id=UUID(int=9), name="simulated")


class Story:
    """The life of one environment.

    Args:
        seed: The same one is the same life, call by call.
        directory: For the state directories; empty.
    """

    def __init__(self, seed: int, directory: Path) -> None:
        self._seed = seed
        self._directory = directory
        self._rng = rng = random.Random(seed)  # noqa: S311  a seed is the point
        self._loop = VirtualLoop()
        conditions = Conditions(
            faults=rng.choice((0.0, 0.1, 0.2, 0.4)), stale=rng.choice((0.0, 2.0, SETTLE * 0.6, SETTLE * 0.99))
        )
        self._cloud = Cloud(self._loop.time, rng, conditions)
        self._things = random_topology(rng)
        self._numbers = 0

    def play(self) -> None:
        """Pave, change, destroy, each with what may come between. Raises Violation."""
        with simulated() as disk:
            try:
                foreign = self._plant()
                for verb in ("pave", "change", "destroy"):
                    if verb == "change":
                        self._things = changed_topology(self._rng, self._things)
                    self._phase("destroy" if verb == "destroy" else "pave", disk)
                    self._check(verb, foreign)
            finally:
                self._loop.close()

    def _phase(self, verb: Verb, disk: Disk) -> None:
        """Disturbed runs, up to two rounds of up to four pavers; then a person who runs it until it is done."""
        began = self._loop.time()
        for _ in range(self._rng.randint(0, 2)):
            pavers = self._crowd(self._rng.choice((1, 1, 2, 3, 4)))
            runs = [paver.run(self._things, verb, patience=self._rng.choice((0.0, 0.0, PATIENCE))) for paver in pavers]
            for paver, end in zip(pavers, until_over(self._loop, *runs), strict=True):
                self._allow(end)
                if isinstance(end, Killed):
                    disk.crash(paver.directory)
        self._finish(verb)
        if self._loop.time() - began > LONGEST:
            self._violated(f"{verb} took {self._loop.time() - began:.0f} seconds")

    def _crowd(self, number: int) -> list[Paver]:
        """Pavers side by side. One has the usual state directory; the local lock keeps the others out of it."""
        return [
            self._paver(doomed=self._rng.random() < DOOMED, own=index > 0 or self._rng.random() < DOOMED / 2)
            for index in range(number)
        ]

    def _finish(self, verb: Verb) -> None:
        for _ in range(TRIES):
            (end,) = until_over(self._loop, self._paver(doomed=False).run(self._things, verb, patience=PATIENCE))
            self._allow(end)
            if not isinstance(end, BaseException):
                return
        self._violated(f"{verb} was run {TRIES} times and is not done: {end}")

    def _paver(self, *, doomed: bool, own: bool = False) -> Paver:
        """A process, with a disk of its own or not. A doomed one dies at a call, or is stopped for a while."""
        self._numbers += 1
        process, frozen = Process(f"p{self._numbers}"), None
        if doomed and self._rng.random() < DOOMED:
            process.kill = (self._rng.randint(1, 40), self._rng.choice(("before", "after")))
        elif doomed:
            start = self._loop.time() + self._rng.random() * 8
            frozen = (start, start + self._rng.uniform(0.5, 3) * TTL)
        state = self._directory / (f"own-{self._numbers}" if own else "state")
        return Paver(self._cloud, self._loop, process, state, frozen)

    def _plant(self) -> list[Record]:
        """Things of others, with the names of ours."""
        some = self._rng.sample(self._things, k=min(2, len(self._things)))
        return [self._cloud.make(thing.model_copy(update={"parents": ()}), OTHERS, 0.0) for thing in some]

    def _check(self, verb: str, foreign: Sequence[Record]) -> None:
        """What holds after every phase."""
        wanted = Counter[str]() if verb == "destroy" else Counter(str(thing.key) for thing in self._things)
        found = census(self._cloud, SPEC.id)
        if found != wanted:
            self._violated(f"after {verb}: {dict(found - wanted)} too many, {dict(wanted - found)} missing")
        if self._cloud.violations:
            self._violated(self._cloud.violations[0])
        for record in foreign:
            if self._cloud.records.get(record.id) is not record or record.fields.get("shape") != record.shape:
                self._violated(f"after {verb}: {record.key} of others was touched")
        if verb != "destroy":
            self._check_quiet(verb)

    def _check_quiet(self, verb: str) -> None:
        """A second run has nothing to do and does nothing."""
        faults, self._cloud.conditions.faults = self._cloud.conditions.faults, 0.0
        changes = self._cloud.changes
        (end,) = until_over(self._loop, self._paver(doomed=False).run(self._things, "pave", patience=PATIENCE))
        self._cloud.conditions.faults = faults
        if isinstance(end, BaseException):
            self._violated(f"after {verb}: a second pave fails: {end}")
        elif not end.empty or self._cloud.changes != changes:
            self._violated(f"after {verb}: a second pave has something to do")

    def _allow(self, end: object) -> None:
        """A run may die and fail; it may not go wrong in a way that no driver and no cloud asked for."""
        if isinstance(end, Stuck):
            self._violated("everything waits for something that never comes")
        if isinstance(end, BaseException) and not isinstance(end, Killed | PaverError | Locked):
            self._violated(f"{type(end).__name__}: {end}")

    def _violated(self, what: str) -> None:
        story = "\n".join(self._cloud.log[-TOLD:])
        raise Violation(f"seed {self._seed}: {what}\n{story}")


def play(seed: int, directory: Path) -> None:
    """One seed. Raises Violation, with the end of its story."""
    Story(seed, directory).play()
