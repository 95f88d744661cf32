"""What the engine asks of the world around it: time, chance, and somebody to make blocking calls.

The real one runs calls on threads; the simulator's runs them one by one in virtual time.
"""

from __future__ import annotations

import asyncio
import queue
import random
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Runtime(Protocol):
    """Time, chance and calls."""

    rng: random.Random
    parallelism: int
    """The most calls at one time."""

    def now(self) -> datetime:
        """The wall clock, UTC. It may jump."""

    def monotonic(self) -> float:
        """Seconds that only grow."""

    async def call(self, function: Callable[[], T]) -> T:
        """Run a blocking function elsewhere and return what it returns."""

    async def sleep(self, seconds: float) -> None:
        """Let that much time pass."""


class ThreadRuntime:
    """Calls on at most `parallelism` daemon threads: a call that never returns does not keep the process alive."""

    def __init__(self, parallelism: int) -> None:
        self.rng = random.Random()  # noqa: S311  jitter needs no secrecy
        self.parallelism = parallelism
        self._jobs: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._idle = threading.Semaphore(0)

    def now(self) -> datetime:
        """The wall clock."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """The monotonic clock."""
        return time.monotonic()

    async def call(self, function: Callable[[], T]) -> T:
        """Run it on a thread, a new one while there are few."""
        future: Future[T] = Future()
        self._jobs.put((function, future))
        if not self._idle.acquire(blocking=False) and len(self._threads) < self.parallelism:
            thread = threading.Thread(target=self._work, name=f"paver-call-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()
        return await asyncio.wrap_future(future)

    async def sleep(self, seconds: float) -> None:
        """Let real time pass."""
        await asyncio.sleep(seconds)

    def close(self) -> None:
        """Let idle threads end."""
        for _ in self._threads:
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            function, future = job
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(function())
                except BaseException as error:  # noqa: BLE001  it is handed over, not swallowed
                    future.set_exception(error)
            self._idle.release()


def run(main: Coroutine[Any, Any, T], stop: Callable[[], object]) -> T:
    """Run a coroutine to its end, in any thread, whether or not a loop runs there, and touch no signal handler.

    A KeyboardInterrupt calls `stop` and is raised again once the coroutine has ended.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _run_here(main, stop)
    result: Future[T] = Future()

    def elsewhere() -> None:
        try:
            result.set_result(_run_here(main, stop))
        except BaseException as error:  # noqa: BLE001  it is handed over, not swallowed
            result.set_exception(error)

    threading.Thread(target=elsewhere, name="paver-engine").start()
    return result.result()


def _run_here(main: Coroutine[Any, Any, T], stop: Callable[[], object]) -> T:
    loop = asyncio.new_event_loop()
    try:
        task = loop.create_task(main)
        try:
            return loop.run_until_complete(task)
        except KeyboardInterrupt:
            stop()
            loop.run_until_complete(asyncio.wait({task}))
            raise
    finally:
        if left := asyncio.all_tasks(loop):  # after a defect only
            for other in left:
                other.cancel()
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()
