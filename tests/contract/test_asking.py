"""A question that a driver asks again by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from paver.contract import asking
from paver.contract.errors import Throttled, Transient


class Server:
    """Fails in these ways, then answers."""

    def __init__(self, *errors: Transient) -> None:
        self.errors: Iterator[Transient] = iter(errors)
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        for error in self.errors:
            raise error
        return "yes"


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    seconds: list[float] = []
    monkeypatch.setattr(asking.time, "sleep", seconds.append)
    return seconds


def test_it_is_asked_again_after_pauses_that_grow_and_are_bounded(slept: list[float]) -> None:
    server = Server(*(Transient("busy") for _ in range(9)))
    assert asking.asked(server, 10) == "yes"
    assert server.asked == 10
    bounds = [min(asking.LONGEST, asking.FIRST * 2.0**number) for number in range(9)]
    assert all(pause <= bound for pause, bound in zip(slept, bounds, strict=True))


def test_it_is_asked_so_often_and_no_oftener(slept: list[float]) -> None:
    server = Server(*(Transient("busy") for _ in range(9)))
    with pytest.raises(Transient, match="busy"):
        asking.asked(server, 3)
    assert (server.asked, len(slept)) == (3, 2)


def test_who_asks_for_a_little_patience_gets_it(slept: list[float]) -> None:
    assert asking.asked(Server(Throttled("slowly", retry_after=asking.LONGEST)), 2) == "yes"
    assert slept == [asking.LONGEST]


def test_who_asks_for_more_is_left_to_whoever_asked(slept: list[float]) -> None:
    server = Server(Throttled("slowly", retry_after=30.0))
    with pytest.raises(Throttled):
        asking.asked(server, 10)
    assert (server.asked, slept) == (1, [])
