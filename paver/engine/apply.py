"""A plan carried out: a step starts the moment what it needs is ready, and a failed one stops its dependents only."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any

from paver.contract.errors import Busy, DeadlineExceeded, Locked, PaverError, StepFailed, Stopped
from paver.contract.resource import STORE, Desired, Key, Observed
from paver.engine.caller import Caller
from paver.engine.change import LOOK_AGAIN, Changer
from paver.engine.diff import Unknown
from paver.engine.events import StepDone, StepFailedEvent, StepStarted
from paver.engine.order import chains, needs, standing_on
from paver.engine.plan import Action, Step
from paver.engine.saved_plan import NotAsPlanned
from paver.engine.world import Place, Scope, World, stands

Enter = Callable[[Key], Awaitable[list[Step]]]
"""Opens the session that a ready resource serves, and plans what lives in it."""
Ident = tuple[Scope, str]


class Apply:
    """One run's changes.

    Args:
        world: What was found; it is kept up to date.
        changer: How one resource is changed.
        caller: Time and calls.
        enter: How a scope is opened that was not at the start.
    """

    def __init__(self, world: World, changer: Changer, caller: Caller, enter: Enter) -> None:
        self.counts: Counter[str] = Counter()
        self._world = world
        self._changer = changer
        self._caller = caller
        self._enter = enter
        self._needs: Mapping[Key, frozenset[Key]] = {}
        self._ready: dict[Key, asyncio.Future[bool]] = {}
        self._entered: dict[Key, asyncio.Future[bool]] = {}
        self._gone: dict[Ident, asyncio.Future[bool]] = {}
        self._serial: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._steps: dict[Key, Step] = {}
        self._tasks: deque[asyncio.Task[None]] = deque()
        self._failures: list[tuple[str, PaverError]] = []
        self._blocked: list[str] = []
        self._stopped: PaverError | None = None
        self._of = 0

    async def pave(self, wanted: Sequence[Desired], steps: Sequence[Step]) -> None:
        """Carry out the steps for `wanted` (ordered) and the deletions among them. Raises StepFailed, Stopped."""
        loop = asyncio.get_running_loop()
        for want in wanted:
            self._ready[want.key] = loop.create_future()
        for scope in {want.scope for want in wanted}:
            if scope is not None and scope not in self._world.places:
                self._entered[scope] = loop.create_future()
        self._needs = {want.key: needs(want) for want in wanted}
        self._caller.behind |= {str(key): behind for key, behind in chains(self._needs).items()}
        self._plan(steps)
        for want in wanted:
            self._spawn(self._bring(want))
        for scope in self._entered:
            self._spawn(self._open(scope))
        await self._drain("paved")

    async def destroy(self, steps: Sequence[Step]) -> None:
        """Carry out deletions only, the secret store's last. Raises StepFailed, Stopped."""
        self._plan(steps)
        await self._drain("destroyed")

    def _plan(self, steps: Iterable[Step]) -> None:
        """Take steps over, and begin the deletions among them."""
        loop = asyncio.get_running_loop()
        dropped = []
        for step in steps:
            known = self._steps.get(step.key) if step.want is not None else None
            self._of += step.mutates - (known.mutates if known else 0)
            if step.want is not None:
                self._steps[step.key] = step
            if step.action in {Action.DELETE, Action.REPLACE} and step.have is not None:
                self._gone[step.scope, step.have.id] = loop.create_future()
                dropped.append((step, step.have))
        above = {scope: standing_on(place.all()) for scope, place in self._world.places.items()}
        for step, have in dropped:
            self._spawn(self._drop(step, have, above.get(step.scope, {})))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.get_running_loop().create_task(work))

    async def _drain(self, done: str) -> None:
        while self._tasks:
            # Each is waited for once, in the order of its beginning: others that begin meanwhile come behind.
            await self._tasks.popleft()  # a task lets nothing out but defects of the engine
        if self._stopped is not None:
            raise self._stopped
        if self._failures:
            made = sum(self.counts.values())
            what = f"{made} of {self._of} {done}, {len(self._failures)} failed"
            what += f", {len(self._blocked)} were waiting for it" if self._blocked else ""
            raise StepFailed(what, failures=self._failures, waiting=self._blocked)

    async def _bring(self, want: Desired) -> None:
        key, ok = want.key, False
        try:
            if not await self._all(self._ready[need] for need in self._needs[key]):
                return
            if want.scope in self._entered and not await self._entered[want.scope]:
                return
            step = self._steps[key]
            if step.have is not None and not await self._all(self._drops(step)):
                return
            async with self._serially(want, None):
                ok = await self._attempt(key, step.action, lambda: self._changed(want))
        finally:
            self._settle(self._ready[key], str(key), ok=ok)

    async def _changed(self, want: Desired) -> tuple[Action, str]:
        place = self._world.places[want.scope]
        planned = self._steps[want.key].action
        action, have = await self._changer.bring(want, place)
        # A replacement is a deletion and a creation by the time it is carried out.
        return Action.REPLACE if planned is Action.REPLACE else action, have.id

    async def _drop(self, step: Step, have: Observed, above: Mapping[str, tuple[Observed, ...]]) -> None:
        place, ok = self._world.places[step.scope], False
        gone = self._gone[step.scope, have.id]
        try:
            if not await self._all(self._before(step, have, above)):
                return

            async def remove() -> tuple[Action, str]:
                if have.held_by:
                    raise Busy(f"held by {', '.join(have.held_by)}, not ours", blockers=have.held_by, foreign=True)
                if step.key in self._world.places:
                    await self._leave(step.key)
                await self._changer.remove(have, place)
                return Action.DELETE, have.id

            async with self._serially(step.want, have):
                ok = await self._attempt(step.key, Action.DELETE, remove, quiet=step.action is Action.REPLACE)
        finally:
            self._settle(gone, str(step.key), ok=ok)

    def _before(
        self, step: Step, have: Observed, above: Mapping[str, tuple[Observed, ...]]
    ) -> Iterable[asyncio.Future[bool]]:
        """What goes, or lets go, before this is deleted."""
        for item in above.get(have.id, ()):
            gone = self._gone.get((step.scope, item.id))
            if gone is not None:
                yield gone
            elif item.key in self._ready and self._steps[item.key].action is Action.UPDATE:
                yield self._ready[item.key]
        opens, last = step.key in self._world.places, step.scope == STORE
        if opens or last:  # else there is no need to go through all of them
            for (scope, _), gone in list(self._gone.items()):
                if (opens and scope == step.key) or (last and scope != STORE):
                    yield gone

    def _drops(self, step: Step) -> Iterable[asyncio.Future[bool]]:
        gone = self._gone.get((step.scope, step.have.id)) if step.have is not None else None
        return () if gone is None else (gone,)

    async def _open(self, scope: Key) -> None:
        ok = False
        try:
            if await self._ready[scope]:

                async def enter() -> tuple[Action, str]:
                    self._plan(await self._enter(scope))
                    return Action.KEEP, str(scope)

                ok = await self._attempt(scope, Action.KEEP, enter)
        finally:
            self._settle(self._entered[scope], str(scope), ok=ok)

    async def _leave(self, scope: Key) -> None:
        """Close an inner session, once a last listing has shown that nothing of ours is left in it."""
        place, clock = self._world.places[scope], self._caller.runtime.monotonic
        # What was deleted a moment ago may be listed still.
        until = clock() + place.longest_settle
        while left := await self._left(place):
            if clock() >= until:
                raise Busy(f"{len(left)} things are still in it", blockers=[str(item.key or item.id) for item in left])
            await self._caller.pause(LOOK_AGAIN)
        place.session.close()
        del self._world.places[scope]

    async def _left(self, place: Place) -> list[Observed]:
        """What of ours a listing shows in an inner session."""
        inventory = await self._caller.list(
            f"list {place.name} again", place.session, self._world.by_scope[place.scope]
        )
        return [item for item in inventory.items if stands(item)]

    async def _attempt(
        self, key: Key, action: Action, work: Callable[[], Awaitable[tuple[Action, str]]], *, quiet: bool = False
    ) -> bool:
        """Do it and tell of it. False: it failed, and why is noted."""
        clock, began = self._caller.runtime.monotonic, self._caller.runtime.monotonic()
        loud = action not in {Action.KEEP, Action.ADOPT} and not quiet
        try:
            self._caller.check()
            if self._stopped is not None:  # nothing more is begun
                return False
            if loud:
                self._caller.tell(StepStarted, key=str(key), action=action.value)
            done, id_ = await work()
        except PaverError as error:
            if isinstance(error, Locked | NotAsPlanned) or (
                self._caller.over and isinstance(error, Stopped | DeadlineExceeded)
            ):
                self._stopped = self._stopped or error
                return False
            self._failures.append((str(key), error))
            behind = tuple(str(want.key) for want in self._world.wanted.values() if key in needs(want))
            seconds = clock() - began
            self._caller.tell(
                StepFailedEvent, key=str(key), action=action.value, error=error.message, seconds=seconds, blocked=behind
            )
            return False
        if done not in {Action.KEEP, Action.ADOPT} and not quiet:
            self.counts[done.value] += 1
            n = sum(self.counts.values())
            self._caller.tell(
                StepDone, key=str(key), action=done.value, id=id_, seconds=clock() - began, n=n, of=max(n, self._of)
            )
        return True

    async def _all(self, futures: Iterable[asyncio.Future[bool]]) -> bool:
        """Whether all of them ended well."""
        return all([await future for future in futures])

    def _settle(self, future: asyncio.Future[bool], key: str, *, ok: bool) -> None:
        failed = {name for name, _ in self._failures}
        if not ok and key not in failed and self._stopped is None and key not in self._blocked:
            self._blocked.append(key)
        if not future.done():
            future.set_result(ok)

    def _serially(self, want: Desired | None, have: Observed | None) -> asyncio.Lock | _Free:
        """What keeps things of one serial apart. What nobody wants any longer may bear its own."""
        if want is None:
            return self._serial[have.serial] if have is not None and have.serial else _Free()
        if want.serial is None:
            return _Free()
        try:
            serial = want.serial if isinstance(want.serial, str) else self._world.resolve(want.serial)
        except Unknown:  # what it refers to is gone, and with it whoever else would wait
            return _Free()
        return self._serial[str(serial)]


class _Free:
    """The lock of what may change at any time."""

    async def __aenter__(self) -> None:
        """Nothing to wait for."""

    async def __aexit__(self, *_: object) -> None:
        """Nothing to give back."""
