"""One run: sessions opened, the world looked at, a plan made, and carried out under the lock."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from paver.contract.driver import Driver, Kind, Secrets, Session
from paver.contract.errors import Rejected, WrongTarget
from paver.contract.resource import STORE, Desired, Key, Observed, Phase
from paver.contract.spec import DriverSettings, EnvironmentSpec
from paver.contract.types import FrozenDict, Owner
from paver.engine import record
from paver.engine.apply import Apply
from paver.engine.caller import Caller, Keeper
from paver.engine.change import LOOK_AGAIN, Changer
from paver.engine.events import Connected, Recovered
from paver.engine.journal import History, Journal
from paver.engine.plan import Plan, Step
from paver.engine.planner import Consent, Planner, forecast_of_destroy, refuse_data, retained_ids
from paver.engine.record import Record
from paver.engine.world import Place, World, stands


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

    @property
    def owner(self) -> Owner:
        """Whose things these are."""
        return self.spec.owner


class Run:
    """One run from opening to closing. Use it once."""

    def __init__(self, subject: Subject, caller: Caller, consent: Consent) -> None:
        self.subject = subject
        self.caller = caller
        self.world = World(subject.wanted)
        self.planner = Planner(self.world, subject.keeper.has, consent)
        self.journal = Journal(subject.directory, subject.owner.id, caller.runtime.now)
        self.history = History()
        self.record = Record(owner=subject.owner.id)
        self._consent = consent

    async def look(self) -> None:
        """Open every session that can be opened, and list what is there. Raises WrongTarget."""
        subject = self.subject
        self.record = record.read(subject.directory, subject.owner.id)
        self.history = self.journal.read()
        connect = partial(subject.driver.connect, subject.settings, subject.secrets, subject.owner)
        session = await self.caller.read("connect", connect)
        store = self._observe(Place(STORE, subject.store, {}))
        # Both to their ends: what fails in one must leave nothing of the other behind.
        ends = await asyncio.gather(self._admit(None, session), store, return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    async def _admit(self, scope: Key | None, session: Session) -> Place:
        """Ask a session who it is, list what is there, and open what that opens."""
        identity = await self.caller.read("identity", session.identity)
        place = Place(scope, session, identity)
        self._guard(place)
        self.caller.tell(Connected, scope=place.name, identity=dict(identity))
        await self._observe(place)
        while left := self._lagging(place):
            await self.caller.pause(min(left, LOOK_AGAIN))
            await self._observe(place)
        for item in list(place.items.values()):
            if item.phase is Phase.READY and item.key is not None and _opens(place.kind(item.kind)):
                await self._enter(item, place)
        return place

    async def _observe(self, place: Place) -> None:
        what = f"list {place.name or 'everything'}"
        inventory = await self.caller.list(what, place.session, self.world.by_scope[place.scope])
        place.take(inventory.model_copy(update={"items": tuple(self._seen(place, item) for item in inventory.items)}))
        self.world.places[place.scope] = place

    def _seen(self, place: Place, item: Observed) -> Observed:
        """What is listed; fading where its deletion was confirmed a moment ago and the listing lags."""
        at = self.history.gone.get(item.id)
        if at is None or self._left(at, place.kind(item.kind).settle) <= 0:
            return item
        return item.model_copy(update={"phase": Phase.FADING})

    def _lagging(self, place: Place) -> float:
        """Seconds for which a listing may still lack what an earlier run has begun; 0: it lacks nothing of that."""
        begun = ((Key.parse(text), at) for text, at in self.history.begun.items())
        return max(
            (
                self._left(at, place.kind(key.kind).settle)
                for key, at in begun
                if key not in place.items and key.kind in place.session.kinds
            ),
            default=0.0,
        )

    def _left(self, at: datetime, settle: float) -> float:
        """How much is left of a settle window. A clock that jumped makes it neither endless nor negative."""
        passed = (self.caller.runtime.now() - at).total_seconds()
        return settle - min(max(passed, 0.0), settle)

    async def _enter(self, opener: Observed, place: Place) -> Place | None:
        session = await self.caller.read(f"open {opener.key}", partial(place.kind(opener.kind).opens, opener))
        return None if session is None or opener.key is None else await self._admit(opener.key, session)

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
        """What paving would do."""
        steps = self.planner.steps(self.subject.wanted, list(self.world.places.values()))
        return self._as_plan(steps)

    def plan_destroy(self) -> Plan:
        """What destroying would do. Raises DataAtRisk."""
        steps = forecast_of_destroy(self.world, retained_ids(self.world))
        refuse_data(steps, self._consent)
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
        """Carry a plan out. Returns how many of each action were done."""
        self._begin("pave")
        apply = self._apply()
        await apply.pave(self.subject.wanted, plan.steps)
        self._end(paved=True)
        return apply.counts

    async def destroy(self, plan: Plan) -> Mapping[str, int]:
        """Delete what the plan says, and list again. Raises Rejected where something is left."""
        self._begin("destroy")
        apply = self._apply()
        await apply.destroy(plan.steps)
        await self._prove_empty()
        self.subject.keeper.forget()
        self._end(paved=False)
        return apply.counts

    def _apply(self) -> Apply:
        changer = Changer(
            self.world,
            self.caller,
            self.planner,
            self._consent,
            self._doubts(),
            {item.id for place in self.world.places.values() for item in place.strays if item.phase is Phase.FADING},
        )
        return Apply(self.world, changer, self.caller, self._enter_late)

    async def _enter_late(self, scope: Key) -> list[Step]:
        want = self.world.wanted[scope]
        outer = self.world.places[want.scope]
        place = await self._enter(outer.items[scope], outer)
        if place is None:
            raise Rejected(f"{scope} is there and opens nothing")
        return self.planner.steps(self._within(scope), [place])

    def _within(self, scope: Key) -> list[Desired]:
        return [want for want in self.subject.wanted if want.scope == scope]

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
            self._remember(paved_at=self.caller.runtime.now(), paved_by=record.whoami())
        else:
            (self.subject.directory / record.FILE).unlink(missing_ok=True)
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
            settle = place.kind(want.key.kind).settle
            at = self.history.begun.get(str(want.key))
            if at is not None and (settle or str(want.key) in self.history.unanswered):
                found[want.key] = clock + self._left(at, settle)
            elif partly and settle and want.key not in place.items:
                found[want.key] = clock + settle
        return found

    async def _prove_empty(self) -> None:
        """List again: nothing of ours is left but what fades, is adopted, or was to be left."""
        kinds = [kind for place in self.world.places.values() for kind in place.session.kinds.values()]
        until = self.caller.runtime.monotonic() + max((kind.settle for kind in kinds), default=0.0)
        while left := await self._left_over():
            if self.caller.runtime.monotonic() >= until:
                raise Rejected(f"{len(left)} things are still listed: {', '.join(left[:5])}")
            await self.caller.pause(LOOK_AGAIN)

    async def _left_over(self) -> list[str]:
        for place in list(self.world.places.values()):
            await self._observe(place)
        retained = retained_ids(self.world)
        return [
            f"{item.key or item.kind} {item.id}"
            for place in self.world.places.values()
            for item in place.all()
            if stands(item) and (place.scope, item.id) not in retained
        ]

    def close(self) -> None:
        """Close sessions and journal."""
        self.world.close()
        self.journal.close()


def _opens(kind: Kind[Any]) -> bool:
    return type(kind).opens is not Kind.opens
