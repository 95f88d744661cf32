"""A runtime in virtual time: a whole run, its waits and its crashes in milliseconds, the same for the same seed."""

from __future__ import annotations

import asyncio
import random
import selectors
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from paver.contract.errors import PaverError

T = TypeVar("T")

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


FOREVER = 5 * 86400.0
"""Virtual seconds after which a loop is stuck, though time goes on."""


class Killed(BaseException):
    """The process is gone: nothing catches this, nothing is cleaned up."""


class Stuck(AssertionError):
    """Everything waits for something that never comes."""


class _Selector(selectors.SelectSelector):
    """Nothing is ever ready from outside; instead of waiting, time moves on."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Stuck("nothing left to wait for")
        self.now += max(timeout, 0.0)
        if self.now > FOREVER:
            raise Stuck("it goes on and on")
        return []


def _quietly(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say nothing of tasks and calls that ended with their process; of anything else, what a loop says."""
    if not isinstance(context.get("exception"), Killed | PaverError):
        loop.default_exception_handler(context)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock moves only when everything waits."""

    def __init__(self) -> None:
        self._clock = _Selector()
        super().__init__(self._clock)
        self.set_exception_handler(_quietly)

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._clock.now

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Run to the end, and leave nothing behind."""
        asyncio.set_event_loop(self)
        try:
            return self.run_until_complete(main)
        finally:
            asyncio.set_event_loop(None)
            self.close()


class VirtualRuntime:
    """Calls made one by one, each after a latency drawn from the seed.

    Args:
        loop: The loop whose time counts.
        rng: Where chance comes from.
        latency: The longest that a call takes, seconds.
        skew: What this process's wall clock is off by, seconds.
    """

    def __init__(self, loop: VirtualLoop, rng: random.Random, *, latency: float = 0.1, skew: float = 0.0) -> None:
        self.rng = rng
        self.parallelism = 16
        self.dead = False
        self.frozen: tuple[float, float] | None = None
        """From when to when nothing of this process runs, as if by SIGSTOP and SIGCONT."""
        self._loop = loop
        self._latency = latency
        self._skew = timedelta(seconds=skew)

    def now(self) -> datetime:
        """The virtual wall clock."""
        return EPOCH + timedelta(seconds=self._loop.time()) + self._skew

    def monotonic(self) -> float:
        """Virtual seconds."""
        return self._loop.time()

    async def call(self, function: Callable[[], T]) -> T:
        """Make the call after a while. Once a call was killed, so is everything after it."""
        await asyncio.sleep(self.rng.random() * self._latency)
        await self._thawed()
        if self.dead:
            raise Killed
        try:
            found = function()
        except Killed:
            self.dead = True
            raise
        await asyncio.sleep(self.rng.random() * self._latency)
        if self.dead:
            raise Killed
        return found

    async def sleep(self, seconds: float) -> None:
        """Let virtual time pass."""
        await asyncio.sleep(seconds)
        await self._thawed()
        if self.dead:
            raise Killed

    async def _thawed(self) -> None:
        """Go on once the process is not stopped."""
        if self.frozen is not None and self.frozen[0] <= self._loop.time() < self.frozen[1]:
            await asyncio.sleep(self.frozen[1] - self._loop.time())
