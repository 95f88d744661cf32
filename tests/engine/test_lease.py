# ruff: noqa: ANN401  arguments passed through
"""T6, T10: one run at a time, whatever dies, stops, resumes, answers late or has a wrong clock."""

import asyncio
import itertools
import os
import random
import subprocess
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest

from paver.contract.errors import Locked, OutcomeUnknown, Refused, Transient
from paver.contract.lease import LeasePlace, Slip
from paver.contract.types import Owner
from paver.engine import machine
from paver.engine.caller import Caller
from paver.engine.cancel import Cancel
from paver.engine.events import silent
from paver.engine.lease import TTL, Holding, Lease, held, note, noted, unlock
from paver.engine.teller import Teller
from paver.secrets.directory_lease import DirectoryLease

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


def test_what_is_taken_says_who_and_since_when() -> None:
    shelf, clock = Shelf(), Clock()
    run(taken(shelf, clock))
    found = shelf.holding
    assert (found.pid, found.verb, found.serial) == (os.getpid(), "pave", 1)
    assert found.since == clock.now()
    assert found.expires == clock.now() + timedelta(seconds=TTL)


def test_one_that_is_held_is_refused_at_once_and_names_the_holder() -> None:
    shelf, clock = Shelf(), Clock()
    shelf.write(somebody_elses(clock), None)
    with pytest.raises(Locked) as refused:
        run(lease(shelf, clock).approach(0.0))
    assert clock.time == 1000.0
    assert "ci on worker-3, pid 77, destroy since 2026-11-25" in dict(refused.value.facts)["holder"]
    assert refused.value.exit_code == 5


def test_it_is_waited_for_as_long_as_one_may() -> None:
    shelf, clock = Shelf(), Clock()
    shelf.write(somebody_elses(clock, left=3600), None)
    with pytest.raises(Locked):
        run(lease(shelf, clock).approach(30.0))
    assert 30 <= clock.time - 1000 < 35

    def end() -> None:
        shelf.slip = Slip(Holding(serial=9).model_dump_json(), "free")

    clock.sleeping.append(end)
    run(taken(shelf, clock, 30.0))
    assert shelf.holding.serial == 10


@pytest.mark.parametrize("hours", [-720, -1, 1, 720])
def test_no_clock_steals_a_lease_that_is_renewed(hours: int) -> None:
    shelf, holder, thief = Shelf(), Clock(), Clock(timedelta(hours=hours))
    shelf.write(somebody_elses(holder), None)
    renewals = [thief.time]

    def renew() -> None:
        if thief.time - renewals[-1] > TTL / 4 and shelf.slip is not None:
            renewals.append(thief.time)
            shelf.write(shelf.slip.text, shelf.slip.version)

    thief.sleeping.append(renew)
    with pytest.raises(Locked) as refused:
        run(lease(shelf, thief).approach(0.0))
    assert "ci on worker-3" in dict(refused.value.facts)["holder"]
    assert thief.time - 1000 <= TTL / 2


def test_one_that_ran_out_and_is_not_renewed_is_taken_over() -> None:
    shelf, clock = Shelf(), Clock()
    shelf.write(somebody_elses(clock, left=-5), None)
    run(taken(shelf, clock))
    assert shelf.holding.serial == 5
    assert TTL / 4 < clock.time - 1000 < TTL / 2


def test_the_dead_of_this_machine_hold_nothing() -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    born = machine.birth(child.pid)
    child.wait()
    shelf, clock = Shelf(), Clock()
    slip = held(Slip(somebody_elses(clock), ""), shelf)
    dead = slip.model_copy(update={"machine": machine.identity(), "pid": child.pid, "born": born})
    shelf.write(dead.model_dump_json(), None)
    run(taken(shelf, clock))
    assert clock.time == 1000.0


def test_the_living_of_this_machine_hold_it_even_with_a_process_id_that_was_used_before() -> None:
    shelf, clock = Shelf(), Clock()
    run(taken(shelf, clock))
    with pytest.raises(Locked):
        run(lease(shelf, clock).approach(0.0))
    other = shelf.holding.model_copy(update={"born": 1})
    shelf.slip = Slip(other.model_dump_json(), "other")
    run(taken(shelf, clock))


def test_an_earlier_holder_of_the_same_state_directory_is_dead(tmp_path: Path) -> None:
    shelf, clock = Shelf(), Clock()
    slip = somebody_elses(clock)
    shelf.write(slip, None)
    earlier = held(shelf.slip, shelf).holder
    assert earlier is not None
    note(tmp_path, earlier)
    run(taken(shelf, clock, earlier=noted(tmp_path)))
    assert clock.time == 1000.0
    assert noted(tmp_path / "none") is None


def test_somebody_who_came_between_look_and_taking_is_noticed() -> None:
    async def main() -> None:
        shelf, clock = Shelf(), Clock()
        late = lease(shelf, clock)
        await late.approach(0.0)
        quick = await taken(shelf, clock)
        await quick.give_back(gone=False)
        with pytest.raises(Locked, match="someone else"):
            await late.take()

    run(main())


def test_it_is_renewed_before_it_runs_out_and_not_at_every_change() -> None:
    async def main() -> None:
        shelf, clock = Shelf(), Clock()
        mine = await taken(shelf, clock)
        for _ in range(50):
            mine.keep()
        assert shelf.writes == 1
        clock.time += TTL / 4 + 1
        for _ in range(50):
            mine.keep()
        assert shelf.writes == 2
        assert shelf.holding.serial == 1

    run(main())


def test_a_run_that_was_stopped_past_its_lease_sends_nothing_after_its_next_look() -> None:
    async def main() -> None:
        shelf, clock = Shelf(), Clock()
        mine = await taken(shelf, clock)
        clock.time += TTL * 3
        thief = Clock()
        thief.time = clock.time
        slip = held(shelf.slip, shelf).model_copy(update={"machine": "another"})
        shelf.slip = Slip(slip.model_dump_json(), shelf.slip.version if shelf.slip else "")
        await taken(shelf, thief)
        for _ in range(2):
            with pytest.raises(Locked):
                mine.keep()
        before = shelf.slip
        await mine.give_back(gone=True)
        assert shelf.slip == before, "it gave back what is not its own"

    run(main())


def test_a_stopped_run_whose_lease_nobody_took_goes_on() -> None:
    async def main() -> None:
        shelf, clock = Shelf(), Clock()
        mine = await taken(shelf, clock)
        clock.time += TTL * 3
        mine.keep()
        assert shelf.holding.expires == clock.now() + timedelta(seconds=TTL)

    run(main())


def test_a_place_that_fails_for_a_while_stops_nothing_before_the_lease_runs_out() -> None:
    async def main() -> None:
        shelf, clock = Shelf(), Clock()
        mine = await taken(shelf, clock)
        clock.time += TTL / 3
        shelf.fail = 1
        mine.keep()
        clock.time += TTL * 0.6
        shelf.fail = 1
        with pytest.raises(Transient):
            mine.keep()

    run(main())


def test_a_lost_answer_is_looked_up() -> None:
    async def main() -> None:
        shelf, clock = Shelf(), Clock()
        shelf.lose = 1
        mine = await taken(shelf, clock)
        clock.time += TTL / 3
        shelf.lose = 1
        mine.keep()
        assert shelf.holding.holder == mine.holder
        clock.time += TTL / 3
        mine.keep()

    run(main())


def test_a_lost_answer_that_could_not_be_looked_up_is_found_later_to_be_ours() -> None:
    async def main() -> None:
        shelf, clock = Shelf(), Clock()
        shelf.lose, shelf.blind = 1, 1
        mine = await taken(shelf, clock)
        assert (shelf.holding.holder, shelf.holding.serial) == (mine.holder, 1)
        clock.time += TTL / 3
        shelf.lose, shelf.blind = 1, 1
        mine.keep()
        behind = shelf.holding.expires
        clock.time += 1
        mine.keep()
        assert behind is not None
        assert shelf.holding.expires == behind + timedelta(seconds=1)
        assert shelf.holding.holder == mine.holder

    run(main())


@pytest.mark.parametrize("gone", [False, True])
def test_one_whose_last_renewal_was_lost_is_given_back(gone: bool) -> None:
    async def main() -> None:
        shelf, clock = Shelf(), Clock()
        mine = await taken(shelf, clock)
        clock.time += TTL / 3
        shelf.lose, shelf.blind = 1, 1
        mine.keep()
        await mine.give_back(gone=gone)
        assert shelf.slip is None if gone else shelf.holding.holder is None

    run(main())


def test_a_lost_renewal_does_not_hide_that_somebody_else_came() -> None:
    async def main() -> None:
        shelf, clock = Shelf(), Clock()
        mine = await taken(shelf, clock)
        clock.time += TTL / 3
        shelf.lose, shelf.blind = 1, 1
        mine.keep()
        assert shelf.slip is not None
        shelf.slip = Slip(somebody_elses(clock), "theirs")
        with pytest.raises(Locked):
            mine.keep()
        await mine.give_back(gone=True)
        assert shelf.slip.version == "theirs"

    run(main())


def test_given_back_it_keeps_its_serial_and_at_the_end_it_goes() -> None:
    async def main() -> None:
        shelf, clock = Shelf(), Clock()
        await (await taken(shelf, clock)).give_back(gone=False)
        assert (shelf.holding.serial, shelf.holding.holder) == (1, None)
        await (await taken(shelf, clock)).give_back(gone=True)
        assert shelf.slip is None

    run(main())


def test_what_is_no_lease_is_refused() -> None:
    shelf, clock = Shelf(), Clock()
    shelf.write("<html>", None)
    with pytest.raises(Refused, match="no lease"):
        run(lease(shelf, clock).approach(0.0))


def test_unlock_frees_with_a_higher_serial_and_never_from_a_living_run() -> None:
    async def main() -> None:
        shelf, clock = Shelf(), Clock()
        asked: list[Holding] = []
        assert await unlock(shelf, caller(clock), agreed=asked.append) is None
        mine = await taken(shelf, clock)
        with pytest.raises(Refused) as alive:
            await unlock(shelf, caller(clock), agreed=asked.append)
        assert f"kill {os.getpid()}" in alive.value.hint
        assert asked == []
        away = shelf.holding.model_copy(update={"machine": "another"})
        shelf.slip = Slip(away.model_dump_json(), shelf.slip.version if shelf.slip else "")
        assert await unlock(shelf, caller(clock), agreed=asked.append) == away
        assert (shelf.holding.serial, shelf.holding.holder) == (2, None)
        clock.time += TTL
        with pytest.raises(Locked):
            mine.keep()

    run(main())


def test_a_directory_compares_before_it_writes(tmp_path: Path) -> None:
    one, other = (DirectoryLease(tmp_path / "s" / ".leases", "x", "file:s") for _ in range(2))
    assert one.read() is None
    assert not one.clear("none")
    first = one.write("a", None)
    assert first is not None
    assert other.write("b", None) is None
    assert other.read() == Slip("a", first)
    second = other.write("a", first)
    assert second not in {None, first}, "the same text is another version"
    assert one.write("c", first) is None
    assert not one.clear(first)
    assert second is not None
    assert one.clear(second)
    assert other.read() is None
    assert [path.stat().st_mode & 0o077 for path in (tmp_path / "s").rglob("*")] == [0, 0]


def test_a_directory_that_cannot_be_used_is_a_passing_failure(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("a file")
    place = DirectoryLease(tmp_path / "s" / ".leases", "x", "file:s")
    with pytest.raises(Transient, match="file:s"):
        place.write("a", None)


def test_of_many_writers_one_wins(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  one use

    places = [DirectoryLease(tmp_path / "s" / ".leases", "x", "file:s") for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda place: place.write("mine", None), places))
    assert sum(version is not None for version in won) == 1
