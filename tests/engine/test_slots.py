"""Where more calls are ready than an IaaS is sent at one time, the longest chain goes on first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from memory_lives import Life

from paver.contract.resource import Answer, Attempt
from paver.engine.caller import Caller
from paver.engine.slots import Slots


async def held(slots: Slots, name: str, behind: int, went: list[str], until: asyncio.Event) -> None:
    await slots.take(behind)
    went.append(name)
    await until.wait()
    slots.give()


async def begun(slots: Slots, went: list[str], until: asyncio.Event, **behind: int) -> list[asyncio.Task[None]]:
    tasks = [asyncio.ensure_future(held(slots, name, number, went, until)) for name, number in behind.items()]
    await asyncio.sleep(0)
    return tasks


def test_no_more_are_held_than_there_are_and_who_comes_to_a_free_one_has_it() -> None:
    async def main() -> None:
        went: list[str] = []
        slots, until = Slots(2), asyncio.Event()
        tasks = await begun(slots, went, until, a=0, b=0, c=9)
        assert went == ["a", "b"]
        until.set()
        await asyncio.gather(*tasks)
        assert went == ["a", "b", "c"]

    asyncio.run(main())


def test_of_those_that_wait_the_longest_chain_goes_first_and_then_who_came_first() -> None:
    async def main() -> None:
        went: list[str] = []
        slots, until = Slots(1), asyncio.Event()
        tasks = await begun(slots, went, until, first=0, short=0, long=3, middle=1, other=3)
        until.set()
        await asyncio.gather(*tasks)
        assert went == ["first", "long", "other", "middle", "short"]

    asyncio.run(main())


@pytest.mark.parametrize("given", [False, True], ids=["while it waits", "as its turn comes"])
def test_who_gives_up_takes_none_along(given: bool) -> None:
    async def main() -> None:
        went: list[str] = []
        slots, until = Slots(1), asyncio.Event()
        first, second = await begun(slots, went, until, first=0, second=0)
        if given:
            until.set()
            await asyncio.sleep(0)
        second.cancel()
        until.set()
        await asyncio.gather(first, second, return_exceptions=True)
        assert second.cancelled()
        assert went == ["first"]
        await asyncio.wait_for(held(slots, "third", 0, went, until), 5)

    asyncio.run(main())


def test_a_pave_with_one_call_at_a_time_follows_the_longest_chains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, int]] = []
    right = Caller._journalled

    def noted(caller: Caller, action: str, attempt: Attempt, function: Callable[[Attempt], Answer]) -> Answer:
        sent.append((str(attempt.key), caller.behind[str(attempt.key)]))
        return right(caller, action, attempt, function)

    monkeypatch.setattr(Caller, "_journalled", noted)
    life = Life(tmp_path)
    life.write()
    life.pave(parallelism=1)
    keys = [key for key, _ in sent]
    # What comes first has a slot before anybody waits.
    assert keys[1:4] == ["network/management", "network/lb", "subnet/management/z1"]
    assert dict(sent)["network/management"] == 3
    assert max(behind for _, behind in sent[12:]) <= 1
