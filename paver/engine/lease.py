"""The shared lease: one run at a time per environment, wherever the runs are.

The slip at the place (`paver.contract.lease`) says who holds it, since when and until when. It is renewed while a run
lasts and looked at before each change, so that a run that was stopped for longer than its lease changes nothing after
that look. Its serial grows with every taking, and tells a run whether somebody changed the environment after it looked.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from pydantic import ValidationError

from paver.contract.errors import Locked, OutcomeUnknown, Refused, Transient
from paver.contract.lease import LeasePlace, Slip
from paver.contract.types import Frozen
from paver.engine import machine
from paver.engine.caller import Caller
from paver.engine.events import Warned
from paver.engine.record import private_file, whoami

TTL = 60.0
"""Seconds for which a lease holds without being renewed."""
RENEW = 4
"""How often it is renewed within that time."""
MARGIN = 6
"""The part of that time at whose end nothing is sent any more unless it could be renewed."""
LOOK_AGAIN = 1.0


class Holding(Frozen):
    """What a slip says."""

    version: int = 1
    serial: int
    """Grows by one with every taking; kept when the lease is given back."""
    holder: UUID | None = None
    """None: nobody holds it."""
    by: str = ""
    machine: str = ""
    pid: int = 0
    born: int = 0
    """When that process began, as its machine counts."""
    verb: str = ""
    since: datetime | None = None
    expires: datetime | None = None
    last: UUID | None = None
    """Where nobody holds it: who did last."""
    at: datetime | None = None
    """Until when."""

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Who holds it, for people."""
        since = self.since.isoformat(timespec="seconds") if self.since else "?"
        expires = self.expires.isoformat(timespec="seconds") if self.expires else "?"
        return [
            ("holder", f"{self.by}, pid {self.pid}, {self.verb} since {since}"),
            ("expires", f"{expires}, unless it is renewed"),
        ]


NOTE = "lease"
"""The file in the state directory that names this directory's last holder."""


def noted(directory: Path) -> UUID | None:
    """The holder that an earlier run of this state directory was. Its lock is free, so it is dead."""
    try:
        return UUID((directory / NOTE).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def note(directory: Path, holder: UUID) -> None:
    """Remember who is about to take the lease from this state directory."""
    private_file(directory, NOTE, str(holder).encode())


def held(slip: Slip | None, place: LeasePlace) -> Holding:
    """What a slip says; serial 0 where there is none. Raises Refused where it is none of ours."""
    if slip is None:
        return Holding(serial=0)
    try:
        return Holding.model_validate_json(slip.text)
    except ValidationError:
        raise Refused(
            f"what lies at {place.place} is no lease of this paver",
            hint="a newer paver may have written it; else see what it is, and move it away",
        ) from None


@dataclass(frozen=True, slots=True)
class Seen:
    """The lease as a run met it."""

    version: str | None
    holding: Holding


class Lease:
    """One run's way to the lease.

    Args:
        place: Where the slip is.
        caller: Time and calls; the lease's own are not counted.
        verb: What the run does, for whoever meets the lease.
        earlier: The holder that an earlier run of this state directory was: it is dead, for its lock was free.
        ttl: Seconds for which it holds without being renewed.
    """

    def __init__(
        self, place: LeasePlace, caller: Caller, *, verb: str, earlier: UUID | None = None, ttl: float = TTL
    ) -> None:
        self.place = place
        self.holder = uuid4()
        self._caller = caller
        self._verb = verb
        self._earlier = earlier
        self._ttl = ttl
        self._lock = threading.Lock()
        self._seen: Seen | None = None
        self._mine: Slip | None = None
        self._renewed = 0.0
        self._since: datetime | None = None
        self._lost: Locked | None = None

    async def approach(self, patience: float) -> None:
        """Wait until nobody holds it, before the world is looked at.

        Args:
            patience: Seconds to wait for a holder that may be alive.

        Raises:
            Locked: Somebody holds it; the facts name them.
        """
        clock = self._caller.runtime.monotonic
        began = watched = clock()
        version: str | None = None
        lives = False
        while True:
            slip = await self._caller.aside("read the lease", self.place.read)
            holding = held(slip, self.place)
            if slip is None or self._free(holding):
                break
            if slip.version != version:
                lives = version is not None
                version, watched = slip.version, clock()
            if self._overdue(holding) and not lives:
                # The clocks of two machines may differ by hours: who lives renews it while it is watched.
                if clock() - watched > self._ttl / RENEW * 1.5:
                    break
            elif clock() - began >= patience:
                raise self._taken(holding)
            await self._caller.pause(min(LOOK_AGAIN, self._ttl / RENEW / 2))
        self._seen = Seen(slip.version if slip else None, holding)

    def others_at(self) -> datetime | None:
        """Until when another state directory's run may have changed something; None: the last one was this one's.

        What it did is in no journal here, so that only time tells what a listing does not show yet.
        """
        if self._seen is None or self._seen.holding.serial == 0:
            return None
        before = self._seen.holding
        last = before.last if before.holder is None else before.holder
        if last == self._earlier:
            return None
        return before.at or self._caller.runtime.now()

    async def take(self) -> None:
        """Take what `approach` saw free. Raises Locked where somebody was faster: what was seen may have changed."""
        if self._seen is None:
            raise TypeError("a lease is approached before it is taken")
        before = self._seen.holding
        self._since = self._caller.runtime.now()
        if not await self._caller.aside("take the lease", lambda: self._put(before.serial + 1, self._version)):
            slip = await self._caller.aside("read the lease", self.place.read)
            raise self._taken(held(slip, self.place))
        if before.holder is not None:
            self._caller.tell(Warned, what="took over the lease of a run that is dead", facts=dict(before.facts[:1]))

    async def renewing(self) -> None:
        """Renew it for as long as the run lasts; run as a task beside it, and cancelled at its end."""
        while True:
            await self._caller.runtime.sleep(self._ttl / RENEW)
            try:
                await self._caller.aside("renew the lease", self.keep)
            except (Locked, Transient, OutcomeUnknown):
                continue  # the look before the next change says so

    def keep(self) -> None:
        """Look, before a change: it is ours still, or nothing is sent. Called on the threads that send.

        Raises:
            Locked: Another run has it now.
            Transient: It could not be renewed, and is about to run out.
        """
        with self._lock:
            if self._lost is not None:
                raise self._lost
            if self._mine is None:
                raise TypeError("a lease is taken before it is kept")
            age = self._caller.runtime.monotonic() - self._renewed
            if age < self._ttl / RENEW:
                return
            try:
                kept = self._put(held(self._mine, self.place).serial, self._mine.version)
            except (Transient, OutcomeUnknown):
                if age < self._ttl * (1 - 1 / MARGIN):
                    return
                raise
            if not kept:
                self._lost = self._taken(held(self.place.read(), self.place))
                raise self._lost

    async def give_back(self, *, gone: bool) -> None:
        """Let others have it; the environment gone, its place goes too. What fails here, time mends."""
        with self._lock:
            mine = self._mine
        if mine is None or self._lost is not None:
            return
        serial, now = held(mine, self.place).serial, self._caller.runtime.now()
        free = Holding(serial=serial, last=self.holder, at=now).model_dump_json()

        def given(version: str) -> bool:
            return self.place.clear(version) if gone else self.place.write(free, version) is not None

        def ended() -> None:
            if not given(mine.version) and (later := self._later(self.place.read(), mine.version)):
                given(later.version)

        with contextlib.suppress(Transient, OutcomeUnknown, Refused):
            await self._caller.ending(ended)

    @property
    def _version(self) -> str | None:
        return self._seen.version if self._seen else None

    def _put(self, serial: int, over: str | None) -> bool:
        """Write a slip of ours over that version. False: somebody else was faster."""
        now = self._caller.runtime.now()
        began = self._caller.runtime.monotonic()
        text = Holding(
            serial=serial,
            holder=self.holder,
            by=whoami(),
            machine=machine.identity(),
            pid=os.getpid(),
            born=machine.birth(os.getpid()),
            verb=self._verb,
            since=self._since,
            expires=now + timedelta(seconds=self._ttl),
        ).model_dump_json()
        version = self._written(text, over)
        if version is None:
            return False
        self._mine, self._renewed = Slip(text, version), began
        return True

    def _written(self, text: str, over: str | None) -> str | None:
        """The version under which it lies there; None: somebody else was faster.

        A lost answer is looked up. Where that failed too, an earlier slip of ours lies over the version that we know:
        it is written over, for nobody came between.
        """
        lost = None
        try:
            version = self.place.write(text, over)
        except OutcomeUnknown as error:
            version, lost = None, error
        if version is not None:
            return version
        slip = self.place.read()
        if slip is not None and slip.text == text:
            return slip.version
        if lost is not None and (slip.version if slip else None) == over:
            raise lost  # nothing was written, and nobody else was faster: it may be tried again
        later = self._later(slip, over)
        return None if later is None else self._written(text, later.version)

    def _later(self, slip: Slip | None, than: str | None) -> Slip | None:
        """That slip, if it is a later one of ours: the answer to its writing was lost."""
        ours = slip is not None and slip.version != than and held(slip, self.place).holder == self.holder
        return slip if ours else None

    def _free(self, holding: Holding) -> bool:
        """Whether nobody holds it, or somebody who is known to be dead."""
        if holding.holder is None or holding.holder == self._earlier:
            return True
        return holding.machine == machine.identity() and not machine.alive(holding.pid, holding.born)

    def _overdue(self, holding: Holding) -> bool:
        return holding.expires is None or holding.expires < self._caller.runtime.now()

    def _taken(self, holding: Holding) -> Locked:
        facts = (
            holding.facts if holding.holder else [("serial", f"{holding.serial}: somebody was here since we looked")]
        )
        return Locked(
            "this environment is being worked on by someone else",
            facts=[*facts, ("lease", self.place.place)],
            hint="wait: --lock-timeout 10m. If that run is dead, paver unlock",
        )


async def unlock(place: LeasePlace, caller: Caller, *, agreed: Callable[[Holding], None]) -> Holding | None:
    """Free a lease that stayed behind: a serial higher, so that its holder sends nothing should it resume.

    `agreed` is asked before anything is written, and raises to refuse. Returns who held it; None: nobody did.

    Raises:
        Refused: The holder runs on this very machine.
        Locked: It changed hands meanwhile.
    """
    slip = await caller.aside("read the lease", place.read)
    holding = held(slip, place)
    if slip is None or holding.holder is None:
        return None
    if holding.machine == machine.identity() and machine.alive(holding.pid, holding.born):
        raise Refused(
            "the run that holds the lease is alive",
            facts=holding.facts,
            hint=f"stop it first: kill {holding.pid}",
        )
    agreed(holding)
    free = Holding(serial=holding.serial + 1, last=holding.holder, at=caller.runtime.now()).model_dump_json()
    if await caller.aside("free the lease", lambda: place.write(free, slip.version)) is None:
        raise Locked("the lease changed hands meanwhile", hint="somebody is at work: look again")
    return holding
