"""One answer for all who wait for things of a kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from paver.contract import asking
from paver.contract.answers import FIRST, LONGEST, fresh, later
from paver.contract.asking import Once, Shared
from paver.contract.errors import NotFound, Transient


class World:
    """What is there, and which questions were put."""

    def __init__(self) -> None:
        self.there = {"a": "pending", "b": "pending"}
        self.asked: list[list[str]] = []
        self.now = 100.0

    def tell(self, ids: Sequence[str]) -> Mapping[str, str]:
        self.asked.append(list(ids))
        return {id_: self.there[id_] for id_ in ids if id_ in self.there}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(asking.time, "monotonic", lambda: world.now)
    return world


def test_who_looks_soon_after_another_takes_the_same_answer(world: World) -> None:
    shared = Shared(world.tell)
    assert shared.look("a") == "pending"
    assert shared.look("b") == "pending"
    world.there["a"] = "ready"
    assert shared.look("a", fresh=1.0) == "pending"
    world.now += 1.5
    assert shared.look("a", fresh=1.0) == "ready"
    assert shared.look("b", fresh=1.0) == "pending"
    assert world.asked == [["a"], ["a", "b"], ["a", "b"]]


def test_a_thing_that_was_not_asked_about_is_asked_about_however_fresh_the_answer(world: World) -> None:
    shared = Shared(world.tell)
    assert shared.look("a", fresh=60.0) == "pending"
    assert shared.look("b", fresh=60.0) == "pending"
    assert shared.look("c", fresh=60.0) is None
    assert len(world.asked) == 3


def test_what_nobody_looks_at_any_more_is_not_asked_about(world: World) -> None:
    shared = Shared(world.tell)
    shared.look("a")
    world.now += asking.WATCHED
    shared.look("b")
    assert world.asked == [["a"], ["b"]]


def test_where_one_that_is_gone_hides_the_others_each_is_asked_about_by_itself(world: World) -> None:
    def strict(ids: Sequence[str]) -> Mapping[str, str]:
        found = world.tell(ids)
        if missing := set(ids) - set(found):
            raise NotFound(f"{missing} is not there")
        return found

    shared = Shared(strict)
    assert shared.look("a") == "pending"
    assert shared.look("c") is None
    assert shared.look("a", fresh=60.0) == "pending"
    assert world.asked == [["a"], ["a", "c"], ["a"], ["c"]]


def test_an_error_is_not_kept_for_the_next_look(world: World) -> None:
    def fail(ids: Sequence[str]) -> Mapping[str, str]:
        if not world.asked:
            world.asked.append(list(ids))
            raise Transient("busy")
        return world.tell(ids)

    shared = Shared(fail)
    with pytest.raises(Transient):
        shared.look("a", fresh=60.0)
    assert shared.look("a", fresh=60.0) == "pending"


def test_an_answer_may_be_half_as_old_as_the_pause_was_long() -> None:
    assert fresh(None) == 0.0
    ticket = later("under way").ticket
    assert fresh(ticket) == FIRST / 2
    for _ in range(20):
        ticket = later("under way", ticket).ticket
    assert fresh(ticket) == LONGEST / 2


def test_what_is_asked_once_is_answered_to_all_its_error_as_well() -> None:
    once, asked = Once(), list[str]()

    def ask() -> int:
        asked.append("asked")
        return len(asked)

    def fail() -> int:
        asked.append("failed")
        raise Transient("busy")

    assert [once("one", ask), once("one", ask)] == [1, 1]
    for _ in range(2):
        with pytest.raises(Transient):
            once("two", fail)
    assert asked == ["asked", "failed"]
