"""How calls go wrong: which, and how."""

from __future__ import annotations

import itertools
import os
import random
import signal
from collections.abc import Callable, Mapping
from enum import StrEnum

from paver.memory.settings import Kill, Rates


class Fault(StrEnum):
    """One way for a call to go wrong."""

    THROTTLED = "throttled"
    TRANSIENT = "transient"
    LOST = "lost"
    STALL = "stall"


FaultSource = Callable[[str, bool, int], Fault | None]
"""From an operation, whether it changes anything, and the world's count of calls to what befalls that call."""

Hook = Callable[[str, bool], None]
"""Called with an operation and whether it changes anything. What it raises leaves the call."""


def no_faults(operation: str, mutating: bool, number: int) -> Fault | None:
    """The source of a world in which every call works."""
    del operation, mutating, number
    return None


def nothing(operation: str, mutating: bool) -> None:
    """The hook that does nothing."""
    del operation, mutating


class SeededFaults:
    """Faults at given rates: the same ones for the same seed and the same count of calls, in whatever process."""

    def __init__(self, rates: Mapping[str, Rates], seed: int) -> None:
        self._rates = rates
        self._seed = seed

    def __call__(self, operation: str, mutating: bool, number: int) -> Fault | None:
        """What befalls that call."""
        reads = None if mutating else self._rates.get("reads")
        rates = self._rates.get(operation) or reads or self._rates.get("all")
        if rates is None:
            return None
        draw = random.Random(f"{self._seed}:{number}").random()  # noqa: S311  chance, not secrecy
        for fault in Fault:
            draw -= getattr(rates, fault.value)
            if draw < 0:
                return fault
        return None


class LoseAt:
    """Loses the answer to one of this process's changing calls; else what another source says."""

    def __init__(self, call: int, others: FaultSource) -> None:
        self._call = call
        self._others = others
        self._calls = itertools.count(1)

    def __call__(self, operation: str, mutating: bool, number: int) -> Fault | None:
        """What befalls that call."""
        if mutating and next(self._calls) == self._call:
            return Fault.LOST
        return self._others(operation, mutating, number)


class KillAt:
    """Ends this process at one of its changing calls, as kill -9 does: nothing is closed, nothing is flushed."""

    def __init__(self, kill: Kill) -> None:
        self._kill = kill
        # A count that threads share without a lock: `next` is one step.
        self._calls = itertools.count(1)

    def before(self, operation: str, mutating: bool) -> None:
        """A call is about to reach the API."""
        self._tick("before", operation, mutating)

    def after(self, operation: str, mutating: bool) -> None:
        """The API has acted, and its answer is about to arrive."""
        self._tick("after", operation, mutating)

    def _tick(self, when: str, operation: str, mutating: bool) -> None:
        del operation
        if mutating and when == self._kill.when and next(self._calls) == self._kill.call:
            os.kill(os.getpid(), signal.SIGKILL)
