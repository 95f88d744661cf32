"""One resource brought to what is wanted: created, updated, replaced, waited for, deleted.

Nothing is created again before a listing has shown that it is not there: an answer that was lost says nothing, nor does
a listing that lags behind a write or that failed.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from paver.contract.driver import Kind
from paver.contract.errors import (
    AlreadyExists,
    DataAtRisk,
    DeadlineExceeded,
    NotFound,
    NotOurs,
    OutcomeUnknown,
    Rejected,
)
from paver.contract.resource import Answer, Attempt, Desired, Key, Observed, Phase, Proof, Waiting
from paver.engine.caller import Caller
from paver.engine.diff import Decision, decide, resolved
from paver.engine.events import StepWaiting
from paver.engine.plan import Action
from paver.engine.planner import Consent, Planner, refuse_own_machine
from paver.engine.world import Place, World, key_of

ROUNDS = 8
"""How often one resource may be changed, and answer, in one run: what takes more does not converge."""
LOST = 30
"""How often an answer about one resource may be lost in one run. A machine is made in a dozen calls, and an import that
died begins anew: over a line that loses every tenth answer eight are soon lost."""
LOOK_AGAIN = 1.0
"""Seconds between two looks at a listing that may lag."""


@dataclass(slots=True)
class _Tries:
    """Of one resource in one run."""

    answered: int = 0
    lost: int = 0


@dataclass(slots=True)
class Changer:
    """Carries out the changes of one run."""

    world: World
    caller: Caller
    planner: Planner
    consent: Consent
    doubts: dict[Key, float]
    """Key to the moment (monotonic) before which its absence from a listing proves nothing."""
    gone: dict[tuple[str, str], float]
    """Kind and native id of what is known to be gone to the moment (monotonic) since when.

    A listing may show it still for as long as its kind's settle window. After that it is something new: where a
    thing's id is its name, what is made anew has the id of what went.
    """

    async def bring(self, want: Desired, place: Place) -> tuple[Action, Observed]:
        """Make it as wanted, and return what was done first and what is there now."""
        kind, key = place.kind(want.key.kind), want.key
        want = resolved(want, self.world.resolve)
        ends = self.caller.runtime.monotonic() + kind.deadline
        done: Action | None = None
        tries = _Tries()
        while tries.answered < ROUNDS:
            have = place.items.get(key)
            decision = self._decide(want, have, kind)
            if decision.action is Action.CREATE and key in self.doubts:
                have = await self._look(place, key, self.doubts.pop(key))
                if have is not None:
                    place.items[key] = have
                    continue
            if decision.action in {Action.KEEP, Action.ADOPT}:
                if have is None:  # a decision to keep is made of something that is there
                    raise Rejected(f"{key} is not there")
                return done or decision.action, have
            done = done or decision.action
            self._watch(key, ends)
            found = await self._told(self._act(want, have, place, decision, ends), key, place, tries)
            if found is None:
                place.items.pop(key, None)
            else:
                place.items[key] = found
                # A look after an answer that was lost may show a thing that is there and half of what is wanted.
                if decision.action is Action.CREATE and self._is_done(want, found, kind):
                    return done, found
        raise Rejected(f"{key} does not become what is wanted, however often it is changed")

    def _is_done(self, want: Desired, found: Observed, kind: Kind[Any]) -> bool:
        ready = found.phase is Phase.READY and _settled(found)
        return ready and self._decide(want, found, kind).action in {Action.KEEP, Action.ADOPT}

    async def remove(self, have: Observed, place: Place) -> None:
        """Delete it; when this returns it is gone, or fading."""
        kind = place.kind(have.kind)
        key = key_of(have)
        ends = self.caller.runtime.monotonic() + kind.deadline
        refuse_own_machine(have)
        if have.holds and not self.consent.delete_data:
            raise DataAtRisk(f"{key} holds {have.holds}", hint="save it, or consent with --delete-data")
        at: Observed | None = have
        tries = _Tries()
        while at is not None and at.phase is not Phase.FADING:
            if tries.answered == ROUNDS:
                raise Rejected(f"{key} is still there, however often it is deleted")
            self._watch(key, ends)
            at = await self._told(self._delete(at, key, kind, ends), key, place, tries)
        if have.key is not None:
            place.items.pop(have.key, None)
        self.gone[have.kind, have.id] = self.caller.runtime.monotonic()
        if self.caller.journal is not None:
            self.caller.journal.gone(key, have.id)

    async def _told(self, change: Awaitable[Observed | None], key: Key, place: Place, tries: _Tries) -> Observed | None:
        """What a change is answered with; where the answer is lost, what a listing shows.

        What was made a moment ago may not be to be seen yet by whoever asks after it: a listing tells that from one
        that is gone. That one is not made again: it would go the same way.
        """
        try:
            found = await change
            tries.answered += 1
        except OutcomeUnknown:
            tries.lost += 1
            if tries.lost > LOST:
                raise
            found = await self._look(place, key)
        except NotFound:
            tries.answered += 1
            found = await self._look(place, key)
            if found is None:
                raise
        return found

    def _decide(self, want: Desired, have: Observed | None, kind: Kind[Any]) -> Decision:
        return decide(want, have, kind, self.world.resolve, kept=self.planner.kept(have))

    async def _act(
        self, want: Desired, have: Observed | None, place: Place, decision: Decision, ends: float
    ) -> Observed | None:
        kind, key = place.kind(want.key.kind), want.key
        match decision.action:
            case Action.CREATE:
                return await self._create(want, kind, place, ends)
            case Action.RESUME if have is not None:
                # The listing's ticket and no other: the journal's may be from before a call that was carried out.
                first = Waiting(ticket=have.ticket, again=0.0, said="begun by an earlier run")
                return await self._finish(want, first, key, kind, ends)
            case Action.UPDATE if have is not None:
                fields = frozenset(change.field for change in decision.changes)
                send = partial(kind.update, have, want, fields)
                return await self._send(want, key, "update", send, want.name, kind, ends)
            case Action.CONFIRM if have is not None:
                send = partial(kind.confirm, have)
                return await self._send(want, key, "confirm", send, want.name, kind, ends)
            case _ if have is not None:
                await self.remove(have, place)
                return None
            case _:
                raise Rejected(f"{key} is not there")

    async def _create(self, want: Desired, kind: Kind[Any], place: Place, ends: float) -> Observed | None:
        send = partial(kind.create, want)
        try:
            return await self._send(want, want.key, "create", send, want.name, kind, ends)
        except AlreadyExists as error:
            found = await self._look(place, want.key)
            if found is None:
                raise NotOurs(
                    f"{want.key}: {error.message}",
                    facts=[("name", want.name)],
                    hint="it is not this environment's: see whose it is, or choose another name",
                ) from error
            return found

    async def _delete(self, have: Observed, key: Key, kind: Kind[Any], ends: float) -> Observed | None:
        send = partial(kind.delete, have)
        try:
            return await self._send(None, key, "delete", send, have.id, kind, ends)
        except NotFound:
            return None

    async def _send(
        self,
        want: Desired | None,
        key: Key,
        action: str,
        function: Callable[[Attempt], Answer],
        name: str,
        kind: Kind[Any],
        ends: float,
    ) -> Observed | None:
        answer = await self.caller.change(key, action, function, name)
        return await self._finish(want, answer, key, kind, ends)

    async def _finish(
        self, want: Desired | None, answer: Answer, key: Key, kind: Kind[Any], ends: float
    ) -> Observed | None:
        """Come back to a change until it is done."""
        began = self.caller.runtime.monotonic()
        while isinstance(answer, Waiting):
            self._watch(key, ends)
            if answer.again:
                waited = self.caller.runtime.monotonic() - began
                self.caller.tell(StepWaiting, key=str(key), said=answer.said, seconds=waited)
                await self.caller.pause(answer.again)
            send = partial(kind.advance, want, answer.ticket)
            answer = await self.caller.change(key, "advance", send, want.name if want else str(key))
        return answer.have

    async def _look(self, place: Place, key: Key, until: float | None = None) -> Observed | None:
        """What the listing shows under that key. None only once a whole listing, after `until`, has not shown it.

        Without `until` the kind's settle window begins now.
        """
        owner, wanted = self.caller.owner, self.world.by_scope[place.scope]
        settle = place.settle(key.kind)
        until = self.caller.runtime.monotonic() + settle if until is None else until
        while True:
            look = partial(place.session.observe, owner, wanted, frozenset({key.kind}))
            inventory = await self.caller.read(f"look for {key}", look)
            now = self.caller.runtime.monotonic()
            found = [item for item in inventory.items if item.key == key and item.phase is not Phase.FADING]
            if alive := [item for item in found if now - self.gone.get((item.kind, item.id), -math.inf) >= settle]:
                return alive[0]
            left = until - now
            if key.kind in inventory.complete and left <= 0:
                return None
            await self.caller.pause(min(LOOK_AGAIN, left) if left > 0 else LOOK_AGAIN)

    def _watch(self, key: Key, ends: float) -> None:
        if self.caller.runtime.monotonic() >= ends:
            raise DeadlineExceeded(f"{key} was not done within its time")


def _settled(found: Observed) -> bool:
    return found.proof is Proof.ADOPTED or found.secret is None or found.secret.confirmed
