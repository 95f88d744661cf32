# ruff: noqa: ANN401  arguments passed through
"""A lease at a place that fails as it is told to, by a clock that is a number."""

import asyncio
import itertools
import random
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from paver.contract.errors import OutcomeUnknown, Transient
from paver.contract.lease import LeasePlace, Slip
from paver.contract.types import Owner
from paver.engine.caller import Caller
from paver.engine.cancel import Cancel
from paver.engine.events import silent
from paver.engine.lease import TTL, Holding, Lease, held
from paver.engine.teller import Teller

T = TypeVar("T")
OWNER = Owner(id=UUID(int=7), name="leased")


class Clock:
    """A runtime whose time is a number; the wall clock is as wrong as `skew` says."""

    def __init__(self, skew: timedelta = timedelta()) -> None:
        self.rng = random.Random(1)  # noqa: S311  a seed is the point
        self.parallelism = 4
        self.time = 1000.0
        self.skew = skew
        self.sleeping: list[Callable[[], None]] = []

    def now(self) -> datetime:
        return datetime(2026, 11, 25, tzinfo=UTC) + timedelta(seconds=self.time) + self.skew

    def monotonic(self) -> float:
        return self.time

    async def call(self, function: Callable[[], T]) -> T:
        return function()

    async def sleep(self, seconds: float) -> None:
        self.time += seconds
        for wake in self.sleeping:
            wake()
        await asyncio.sleep(0)


class Shelf:
    """A place in this process whose next answers can be lost or refused."""

    place = "a shelf"

    def __init__(self) -> None:
        self.slip: Slip | None = None
        self.numbers = itertools.count(1)
        self.lose = 0
        self.fail = 0
        self.blind = 0
        self.writes = 0

    def read(self) -> Slip | None:
        self._fail()
        if self.blind and self.slip:
            self.blind -= 1
            raise Transient("not now either")
        return self.slip

    def write(self, text: str, over: str | None) -> str | None:
        self._fail()
        self.writes += 1
        if (self.slip.version if self.slip else None) != over:
            return None
        self.slip = Slip(text, str(next(self.numbers)))
        if self.lose:
            self.lose -= 1
            raise OutcomeUnknown("lost")
        return self.slip.version

    def clear(self, over: str) -> bool:
        if self.slip is None or self.slip.version != over:
            return False
        self.slip = None
        return True

    def _fail(self) -> None:
        if self.fail:
            self.fail -= 1
            raise Transient("not now")

    @property
    def holding(self) -> Holding:
        return held(self.slip, self)


def caller(clock: Clock) -> Caller:
    return Caller(clock, Cancel(), ends=None, owner=OWNER, tell=Teller(silent, clock.now))


def lease(place: LeasePlace, clock: Clock, **more: Any) -> Lease:
    return Lease(place, caller(clock), verb="pave", **more)


def run(main: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(main)


async def taken(place: LeasePlace, clock: Clock, patience: float = 0.0, **more: Any) -> Lease:
    found = lease(place, clock, **more)
    await found.approach(patience)
    await found.take()
    return found


def somebody_elses(clock: Clock, *, serial: int = 4, left: float = TTL) -> str:
    """A slip of a run on another machine."""
    return Holding(
        serial=serial,
        holder=uuid4(),
        by="ci on worker-3",
        machine="worker-3 boot namespace",
        pid=77,
        verb="destroy",
        since=clock.now(),
        expires=clock.now() + timedelta(seconds=left),
    ).model_dump_json()
