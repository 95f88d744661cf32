"""One call to a driver, retried by what its error means. A change is noted in the journal before it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar
from uuid import UUID

from paver.contract.driver import Session
from paver.contract.errors import (
    Busy,
    CallError,
    DeadlineExceeded,
    OutcomeUnknown,
    PaverError,
    Stopped,
    Throttled,
    Transient,
)
from paver.contract.resource import Answer, Attempt, Desired, Done, Inventory, Key, Secret
from paver.contract.types import Owner
from paver.engine.cancel import Cancel
from paver.engine.errors import Defect
from paver.engine.events import StepRetried
from paver.engine.journal import Journal
from paver.engine.runtime import Runtime
from paver.engine.slots import Slots
from paver.engine.teller import Teller

T = TypeVar("T")

GRACE = 8.0
"""Seconds for calls in flight once a run is to stop. Pipelines kill ten seconds after they ask."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How often, and how long between. Full jitter: each pause is anything up to the exponential bound."""

    tries: int = 10
    first: float = 0.25
    longest: float = 15.0

    def pause(self, attempt: int, draw: float) -> float:
        """Seconds after the `attempt`-th failure; `draw` is in [0, 1)."""
        return draw * min(self.longest, self.first * 2.0**attempt)


class Keeper(Protocol):
    """Where secrets go that a create call showed once."""

    def keep(self, secrets: Sequence[Secret]) -> None:
        """Store them, on the disk when it returns."""

    def has(self, name: str, public_id: str) -> bool:
        """Whether the secret of that credential with that public id is stored."""

    def forget(self) -> None:
        """Delete them all: their environment is gone."""


class Caller:
    """Makes all calls of one run.

    Args:
        runtime: Time and threads.
        cancel: The caller's wish to stop.
        ends: When the run's time is over, by the runtime's monotonic clock; None: never.
        owner: Whose changes these are.
        tell: Where events go.
        policy: How failures are retried.
    """

    def __init__(
        self,
        runtime: Runtime,
        cancel: Cancel,
        *,
        ends: float | None,
        owner: Owner,
        tell: Teller,
        policy: Policy = Policy(),
    ) -> None:
        self.runtime = runtime
        self.owner = owner
        self.tell = tell
        self.calls = 0
        self.in_flight = 0
        self.journal: Journal | None = None
        self.keeper: Keeper | None = None
        self.guard: Callable[[], None] | None = None
        """Called before each change, on the thread that sends it; what it raises, the change ends with."""
        self.tokens: dict[tuple[str, str], UUID] = {}
        """Key and action to the token of a call whose outcome is unknown: it is sent again with the same one."""
        self.behind: dict[str, int] = {}
        """By key how many steps, one after the other, wait for it: the longest chain goes on first."""
        self._policy = policy
        self._cancel = cancel
        self._ends = ends
        self._stop = asyncio.Event()
        # Who waits here waits for nothing else: thousands of calls at one time would each watch the stop.
        self._slots = Slots(runtime.parallelism)

    def stop(self) -> None:
        """Begin nothing new. Called in the loop's own thread."""
        self._stop.set()

    @property
    def over(self) -> bool:
        """Whether nothing new may begin."""
        return self._cancel.is_set or (self._ends is not None and self.runtime.monotonic() >= self._ends)

    def check(self) -> None:
        """Raise Stopped or DeadlineExceeded where nothing new may begin."""
        if self._cancel.is_set:
            raise Stopped("stopped", exit_code=self._cancel.exit_code)
        if self._ends is not None and self.runtime.monotonic() >= self._ends:
            raise DeadlineExceeded("the time given to this run is over", hint="run the same command to go on from here")

    async def pause(self, seconds: float) -> None:
        """Let time pass, unless the run is to stop. Raises Stopped, DeadlineExceeded."""
        self.check()
        if self._ends is not None:
            seconds = min(seconds, max(0.0, self._ends - self.runtime.monotonic()))
        sleeper = asyncio.ensure_future(self.runtime.sleep(seconds))
        stopper = asyncio.ensure_future(self._stop.wait())
        await asyncio.wait({sleeper, stopper}, return_when=asyncio.FIRST_COMPLETED)
        sleeper.cancel()
        stopper.cancel()
        self.check()

    async def call(self, what: str, function: Callable[[], T]) -> T:
        """One call, not retried. What is no contract error becomes a Defect.

        It is waited for as long as the run may last, and at most eight seconds longer once that is to stop.
        """
        self.calls += 1
        return await self._sent(what, function)

    async def aside(self, what: str, function: Callable[[], T]) -> T:
        """A call of the engine's own bookkeeping: retried as a read is, and not counted among the run's calls."""
        tries = 0
        while True:
            try:
                return await self._sent(what, function)
            except (Transient, OutcomeUnknown) as error:
                tries += 1
                await self._again(what, error, tries)

    async def ending(self, function: Callable[[], object]) -> None:
        """A last piece of bookkeeping, made whether or not the run was told to stop; given up after eight seconds."""
        call = asyncio.ensure_future(self.runtime.call(function))
        done, _ = await asyncio.wait({call}, timeout=GRACE)
        call.add_done_callback(lambda late: late.cancelled() or late.exception())
        if done:
            call.result()

    async def _sent(self, what: str, function: Callable[[], T]) -> T:
        await self._slots.take(self.behind.get(what, 0))
        try:
            self.check()
            self.in_flight += 1
            try:
                return await self._bounded(what, asyncio.ensure_future(self.runtime.call(function)))
            except PaverError:
                raise
            except Exception as error:
                raise Defect(what, error) from error
            finally:
                self.in_flight -= 1
        finally:
            self._slots.give()

    async def read(self, what: str, function: Callable[[], T]) -> T:
        """A call that changes nothing, retried while that can help."""
        tries = 0
        while True:
            try:
                return await self.call(what, function)
            except (Transient, OutcomeUnknown) as error:
                tries += 1
                await self._again(what, error, tries)

    async def list(self, what: str, session: Session, wanted: Sequence[Desired]) -> Inventory:
        """Everything in a session, looked at again for the kinds that could not be listed to the end.

        Raises:
            Transient: Some still cannot be: what is there is not known.
        """
        everything = frozenset(session.kinds)
        found = await self.read(what, lambda: session.observe(self.owner, wanted, None))
        tries = 0
        while missing := everything - found.complete:
            tries += 1
            error = Transient(f"{what}: {', '.join(sorted(missing))} could not be listed to the end")
            await self._again(what, error, tries)
            more = await self.read(what, partial(session.observe, self.owner, wanted, missing))
            kept = [item for item in found.items if item.kind not in missing]
            found = Inventory(
                items=(*kept, *more.items),
                complete=found.complete | more.complete,
                foreign=found.foreign + more.foreign,
            )
        return found

    async def change(self, key: Key, action: str, function: Callable[[Attempt], Answer], name: str) -> Answer:
        """A call that may change something. Retried where nothing happened, or where something of ours holds it.

        Raises:
            OutcomeUnknown: It was sent, and nobody knows; a defect counts as that.
            CallError: It failed for good.
        """
        token = self.tokens.setdefault((str(key), action), self._token())
        attempt = Attempt(owner=self.owner, name=name, token=token, key=key)
        tries = 0
        while True:
            try:
                answer = await self.call(str(key), lambda: self._journalled(action, attempt, function))
                self.tokens.pop((str(key), action), None)
                return answer  # noqa: TRY300  the handlers below go round again
            except Busy as error:
                tries += 1
                if error.foreign:
                    raise
                await self._again(str(key), error, tries)
            except Transient as error:
                tries += 1
                await self._again(str(key), error, tries)

    def _token(self) -> UUID:
        return UUID(int=self.runtime.rng.getrandbits(128), version=4)

    def _journalled(self, action: str, attempt: Attempt, function: Callable[[Attempt], Answer]) -> Answer:
        """Runs on a worker thread: intent, call, secrets, outcome, each on the disk before the next."""
        if self.journal is None:
            raise TypeError("a change needs a journal")
        if self.guard is not None:
            self.guard()
        self.journal.attempt(action, attempt)
        try:
            answer = function(attempt)
        except OutcomeUnknown:
            raise
        except PaverError as error:
            self.journal.outcome(attempt, type(error).__name__)
            raise
        if isinstance(answer, Done):
            if answer.secrets and self.keeper is not None:
                self.keeper.keep(answer.secrets)
            self.journal.outcome(attempt, answer.have.id if answer.have else "gone")
        else:
            self.journal.waiting(attempt, answer.ticket)
        return answer

    async def _again(self, what: str, error: CallError, tries: int) -> None:
        if tries >= self._policy.tries:
            raise error
        delay = self._policy.pause(tries, self.runtime.rng.random())
        if isinstance(error, Throttled) and error.retry_after is not None:
            delay += error.retry_after
        self.tell(StepRetried, key=what, error=error.message, delay=delay)
        await self.pause(delay)

    async def _bounded(self, what: str, future: asyncio.Future[T]) -> T:
        stopper: asyncio.Future[Any] = asyncio.ensure_future(self._stop.wait())
        waiting: set[asyncio.Future[Any]] = {future, stopper}
        try:
            left = None if self._ends is None else max(0.0, self._ends - self.runtime.monotonic())
            await asyncio.wait(waiting, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if not future.done():
                await asyncio.wait({future}, timeout=GRACE if self._cancel.is_set else 1.0)
            if future.done():
                return future.result()
        finally:
            stopper.cancel()
        future.add_done_callback(lambda late: late.cancelled() or late.exception())
        self.check()
        raise OutcomeUnknown(f"{what}: the call did not come back in time")
