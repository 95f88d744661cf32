"""One run: sessions opened, the world looked at, a plan made, and carried out under the lock."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from paver.contract.driver import Driver, Kind, Secrets, Session
from paver.contract.errors import CallError, Refused, Rejected, WrongTarget
from paver.contract.lease import LeasePlace
from paver.contract.resource import STORE, Desired, Key, Observed, Phase
from paver.contract.spec import DriverSettings, EnvironmentSpec
from paver.contract.types import FrozenDict, Owner
from paver.engine import lease, plan_document, record, saved_plan
from paver.engine.apply import Apply
from paver.engine.caller import Caller, Keeper
from paver.engine.change import LOOK_AGAIN, Changer
from paver.engine.events import Connected, Recovered
from paver.engine.journal import History, Journal
from paver.engine.lease import Holding, Lease
from paver.engine.plan import Plan, Step
from paver.engine.plan_document import PlanDocument
from paver.engine.planner import Consent, Planner, forecast_of_destroy, refuse_losses, retained_ids
from paver.engine.record import Record
from paver.engine.world import Place, World


@dataclass(frozen=True, slots=True)
class Subject:
    """What a run is about."""

    driver: Driver[Any]
    spec: EnvironmentSpec
    settings: DriverSettings
    secrets: Secrets
    store: Session
    """What lives in the secret store, served like an IaaS."""
    keeper: Keeper
    wanted: tuple[Desired, ...]
    """Everything wanted, the store's things included, each after what it needs."""
    directory: Path
    """This environment's state directory on this IaaS."""
    lease: LeasePlace | None = None
    """Where the secret store has a lease; the IaaS's own, where it has one, comes first."""

    @property
    def owner(self) -> Owner:
        """Whose things these are."""
        return self.spec.owner


class Run:
    """One run from opening to closing. Use it once.

    Args:
        subject: What it is about.
        caller: Its calls.
        consent: What is agreed to.
        verb: What it is going to change; empty: nothing.
        lock_timeout: Seconds to wait for another holder of the lease.
        exactly: The only plan that may be carried out; None: whichever is made.
    """

    def __init__(
        self,
        subject: Subject,
        caller: Caller,
        consent: Consent,
        *,
        verb: str = "",
        lock_timeout: float = 0.0,
        exactly: PlanDocument | None = None,
    ) -> None:
        self.subject = subject
        self.caller = caller
        self.world = World(subject.wanted)
        self.planner = Planner(self.world, subject.keeper.has, consent)
        self.journal = Journal(subject.directory, subject.owner.id, caller.runtime.now)
        self.history = History()
        self.record = Record(owner=subject.owner.id)
        self._consent = consent
        self._verb = verb
        self._lock_timeout = lock_timeout
        self._exactly = exactly
        self._session: Session | None = None
        self._lease: Lease | None = None
        self._gone = False

    async def look(self) -> None:
        """Open every session that can be opened, and list what is there. Raises WrongTarget, Locked."""
        subject = self.subject
        self.record = record.read(subject.directory, subject.owner.id)
        self.history = self.journal.read()
        session = await self._connected()
        place = await self._met(None, session)
        await self._approach(session)
        store = self._observe(Place(STORE, subject.store, {}))
        # Both to their ends: what fails in one must leave nothing of the other behind.
        ends = await asyncio.gather(self._admit(place), store, return_exceptions=True)
        if failed := [end for end in ends if isinstance(end, BaseException)]:
            raise failed[0]

    async def approach(self) -> None:
        """See whether this is the right target and nobody else at work, before anything else is asked.

        Where no session opens yet, preflight has more to say, and `look` the last word. Raises WrongTarget, Locked.
        """
        self.record = record.read(self.subject.directory, self.subject.owner.id)
        try:
            session = await self._connected()
            place = Place(None, session, await self.caller.call("identity", session.identity))
        except (CallError, Refused):
            return
        self._guard(place)  # before the lease: where that is not to be read, it may be another target's
        with contextlib.suppress(CallError, Refused):
            await self._approach(session)

    async def _connected(self) -> Session:
        if self._session is None:
            subject = self.subject
            connect = partial(subject.driver.connect, subject.settings, subject.secrets, subject.owner)
            self._session = await self.caller.read("connect", connect)
        return self._session

    async def _approach(self, session: Session) -> None:
        place = self._place_of_lease(session)
        if place is None or not self._verb or self._lease is not None:
            return
        found = Lease(place, self.caller, verb=self._verb, earlier=lease.noted(self.subject.directory))
        await found.approach(self._lock_timeout)
        self._lease = found

    async def _met(self, scope: Key | None, session: Session) -> Place:
        """Ask a session who it is."""
        identity = await self.caller.read("identity", session.identity)
        place = Place(scope, session, identity, lag=self.subject.settings.settle)
        self._guard(place)
        return place

    async def _admit(self, place: Place) -> Place:
        """List what is there, and open what that opens."""
        self.caller.tell(Connected, scope=place.name, identity=dict(place.identity))
        if (at := self._lease.others_at() if self._lease else None) is not None:
            await self.caller.pause(self._left(at, place.longest_settle))
        await self._observe(place)
        while left := self._lagging(place):
            await self.caller.pause(min(left, LOOK_AGAIN))
            await self._observe(place)
        for item in list(place.items.values()):
            if item.phase is Phase.READY and item.key is not None and _opens(place.kind(item.kind)):
                await self._enter(item, place)
        return place

    async def _observe(self, place: Place) -> None:
        what, place.asked = f"list {place.name or 'everything'}", self.caller.runtime.now()
        inventory = await self.caller.list(what, place.session, self.world.by_scope[place.scope])
        place.take(inventory.model_copy(update={"items": tuple(self._seen(place, item) for item in inventory.items)}))
        self.world.places[place.scope] = place

    def _seen(self, place: Place, item: Observed) -> Observed:
        """What is listed; fading where its deletion was confirmed a moment ago and the listing lags."""
        at = self.history.gone.get((item.kind, item.id))
        if at is None or self._left(at, place.settle(item.kind), place.asked) <= 0:
            return item
        return item.model_copy(update={"phase": Phase.FADING})

    def _lagging(self, place: Place) -> float:
        """Seconds for which a listing may still lack what an earlier run has begun; 0: it lacks nothing of that."""
        begun = ((Key.parse(text), at) for text, at in self.history.begun.items())
        return max(
            (
                self._left(at, place.settle(key.kind), place.asked)
                for key, at in begun
                if key not in place.items and key.kind in place.session.kinds
            ),
            default=0.0,
        )

    def _left(self, at: datetime, settle: float, when: datetime | None = None) -> float:
        """How much was left of a settle window. A clock that jumped makes it neither endless nor negative."""
        return max(0.0, settle - self._passed(at, when))

    def _passed(self, at: datetime, when: datetime | None = None) -> float:
        return max(0.0, ((when or self.caller.runtime.now()) - at).total_seconds())

    async def _enter(self, opener: Observed, place: Place) -> Place | None:
        session = await self.caller.read(f"open {opener.key}", partial(place.kind(opener.kind).opens, opener))
        if session is None or opener.key is None:
            return None
        with self.world.closing_unlisted(opener.key, session):
            return await self._admit(await self._met(opener.key, session))

    def _guard(self, place: Place) -> None:
        """Compare who answered with who should: the spec's word first, else what is on record."""
        if place.scope is None:
            for name, wanted in self.subject.driver.target(self.subject.settings).items():
                if place.identity.get(name) != wanted:
                    raise WrongTarget(
                        f"this is {name} {place.identity.get(name)}; {self.subject.spec.name} belongs to {wanted}",
                        facts=[("said by", f"iaas.{self.subject.driver.name}.{name}")],
                        hint="choose other credentials. Nothing was changed",
                    )
        on_record = self.record.identities.get(place.name, {}).get("id")
        if on_record is not None and on_record != place.identity.get("id"):
            raise WrongTarget(
                f"this is not where {self.subject.spec.name} was paved",
                facts=[("on record", on_record), ("found", str(place.identity.get("id")))],
                hint="nothing was changed; if the target was rightly exchanged, move "
                f"{self.subject.directory / record.FILE} away",
            )

    def plan(self) -> Plan:
        """What paving would do. Raises Refused where that is not the only plan that may be carried out."""
        plan = self._as_plan(self.planner.steps(self.subject.wanted, list(self.world.places.values())))
        if self._exactly is not None:
            saved_plan.refuse_difference(self._exactly, plan)
        return plan

    def forecast(self) -> Plan:
        """The same where nobody means to pave: nothing is refused."""
        return self._as_plan(self.planner.forecast(self.subject.wanted, list(self.world.places.values())))

    def plan_destroy(self) -> Plan:
        """What destroying would do. Raises DataAtRisk, Refused."""
        steps = forecast_of_destroy(self.world, retained_ids(self.world))
        refuse_losses(steps, self._consent)
        return self._as_plan(steps)

    def _as_plan(self, steps: Sequence[Step]) -> Plan:
        return Plan(
            iaas=self.subject.driver.name,
            environment=self.subject.spec.name,
            target=self.subject.driver.location(self.subject.settings),
            identities=self.world.identities(),
            steps=tuple(steps),
        )

    async def pave(self, plan: Plan) -> Mapping[str, int]:
        """Carry a plan out. Returns how many of each action were done. Raises Locked, StepFailed and others."""
        async with self._holding():
            self._begin("pave")
            apply = self._apply()
            await apply.pave(self.subject.wanted, plan.steps)
            self._end(paved=True)
        return apply.counts

    async def destroy(self, plan: Plan) -> Mapping[str, int]:
        """Delete what the plan says, and list again. Raises Rejected where something is left."""
        async with self._holding():
            self._begin("destroy")
            apply = self._apply()
            await apply.destroy(plan.steps)
            await self._prove_empty()
            self.subject.keeper.forget()
            self._end(paved=False)
        return apply.counts

    def _place_of_lease(self, session: Session) -> LeasePlace | None:
        return session.lease(self.subject.owner) or self.subject.lease

    async def holder(self) -> str:
        """Who holds the shared lease, for people; empty: nobody, or there is none."""
        place = self._place_of_lease(self.world.places[None].session)
        if place is None:
            return ""
        holding = lease.held(await self.caller.aside("read the lease", place.read), place)
        return "" if holding.holder is None else dict(holding.facts)["holder"]

    async def unlock(self, agreed: Callable[[Holding], None]) -> Holding | None:
        """Free a lease that stayed behind; see `paver.engine.lease.unlock`. It opens the first session, no more."""
        session = await self._connected()
        await self._met(None, session)
        place = self._place_of_lease(session)
        return None if place is None else await lease.unlock(place, self.caller, agreed=agreed)

    @contextlib.asynccontextmanager
    async def _holding(self) -> AsyncIterator[None]:
        """Hold the shared lease, where there is a place for one, and look at it before each change."""
        held = self._lease
        if held is None:
            yield
            return
        record.make_private(self.subject.directory)
        lease.note(self.subject.directory, held.holder)
        await held.take()
        self.caller.guard = held.keep
        renewing = asyncio.ensure_future(held.renewing())
        try:
            yield
        finally:
            renewing.cancel()
            await held.give_back(gone=self._gone)

    def _apply(self) -> Apply:
        changer = Changer(self.world, self.caller, self.planner, self._consent, self._doubts(), self._mourned())
        return Apply(self.world, changer, self.caller, self._enter_late)

    def _mourned(self) -> dict[tuple[str, str], float]:
        """What an earlier run deleted, or what fades: a later listing may show again what the first one did not."""
        clock = self.caller.runtime.monotonic()
        strays = (item for place in self.world.places.values() for item in place.strays)
        fading = {(item.kind, item.id): clock for item in strays if item.phase is Phase.FADING}
        return {**fading, **{ident: clock - self._passed(at) for ident, at in self.history.gone.items()}}

    async def _enter_late(self, scope: Key) -> list[Step]:
        want = self.world.wanted[scope]
        outer = self.world.places[want.scope]
        place = await self._enter(outer.items[scope], outer)
        if place is None:
            raise Rejected(f"{scope} is there and opens nothing")
        steps = self.planner.steps(self.world.by_scope[scope], [place])
        if self._exactly is not None:
            saved_plan.refuse_late(self._exactly, scope, steps)
        return steps

    def _begin(self, verb: str) -> None:
        record.make_private(self.subject.directory)
        self.caller.journal, self.caller.keeper = self.journal, self.subject.keeper
        for lost in self.history.unanswered.values():
            self.caller.tokens[lost.key, lost.action] = lost.token
        if self.history.unanswered or self.history.tickets:
            there = [key for key in self.history.unanswered if self.world.find(Key.parse(key)) is not None]
            self.caller.tell(
                Recovered,
                stopped_at=self.history.last or self.caller.runtime.now(),
                unanswered=tuple(self.history.unanswered),
                there=len(there),
                pending=len(self.history.tickets),
            )
        self.journal.begin(verb)
        # Who answered is on record before the first change, so that the next run cannot change somebody else.
        self._remember()

    def _remember(self, **more: datetime | str) -> None:
        identities = {**self.record.identities, **self.world.identities()}
        frozen = FrozenDict({scope: FrozenDict(identity) for scope, identity in identities.items()})
        self.record = self.record.model_copy(update={"identities": frozen, **more})
        record.write(self.subject.directory, self.record)

    def _end(self, *, paved: bool) -> None:
        if paved:
            wanted = plan_document.digest(self.subject.wanted)
            self._remember(paved_at=self.caller.runtime.now(), paved_by=record.whoami(), wanted=wanted)
        else:
            (self.subject.directory / record.FILE).unlink(missing_ok=True)
            self._gone = True
        self.journal.end()

    def _doubts(self) -> dict[Key, float]:
        """Keys whose absence proves nothing yet: begun a moment ago, or the journal that would say so is lost.

        Where there is no journal and something of ours is there, an earlier run may have ended a moment ago.
        """
        clock = self.caller.runtime.monotonic()
        found = {}
        lost = not self.history.existed and self.record.paved_at is None
        partly = lost and any(place.items for scope, place in self.world.places.items() if scope != STORE)
        for want in self.subject.wanted:
            place = self.world.places.get(want.scope)
            if place is None:
                continue
            settle = place.settle(want.key.kind)
            at = self.history.begun.get(str(want.key))
            if at is not None and (settle or str(want.key) in self.history.unanswered):
                found[want.key] = clock + self._left(at, settle)
            elif partly and settle and want.key not in place.items:
                found[want.key] = clock + settle
        return found

    async def _prove_empty(self) -> None:
        """List again: nothing of ours is left but what fades, is adopted, or was to be left."""
        settle = max((place.longest_settle for place in self.world.places.values()), default=0.0)
        until = self.caller.runtime.monotonic() + settle
        while left := await self._left_over():
            if self.caller.runtime.monotonic() >= until:
                raise Rejected(f"{len(left)} things are still listed: {', '.join(left[:5])}")
            await self.caller.pause(LOOK_AGAIN)

    async def _left_over(self) -> list[str]:
        for place in list(self.world.places.values()):
            await self._observe(place)
        return self.world.standing(retained_ids(self.world))

    def close(self) -> None:
        """Close sessions and journal."""
        if self._session is not None and None not in self.world.places:
            self._session.close()
        self.world.close()
        self.journal.close()


def _opens(kind: Kind[Any]) -> bool:
    return type(kind).opens is not Kind.opens
