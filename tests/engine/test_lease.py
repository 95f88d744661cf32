"""T6, T10: one run at a time, whatever dies, stops, resumes, answers late or has a wrong clock."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from leasing import Clock, Shelf, caller, lease, run, somebody_elses, taken

from paver.contract.errors import Locked, Refused, Transient
from paver.contract.lease import Slip
from paver.engine import machine
from paver.engine.lease import TTL, Holding, held, note, noted, unlock
from paver.secrets.directory_lease import DirectoryLease


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
