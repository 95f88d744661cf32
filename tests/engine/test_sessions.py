"""Who closes a session that a resource has opened."""

from __future__ import annotations

from typing import Any, cast

import pytest

from paver.contract.driver import Session
from paver.contract.errors import NotOurs
from paver.contract.resource import Key
from paver.engine.world import Place, World

SCOPE = Key(kind="control-plane", name="first")


class Opened:
    """A session that counts how often it is closed."""

    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


def test_an_inner_session_that_is_refused_before_it_was_listed_is_closed_at_once() -> None:
    world, session = World(()), Opened()
    with pytest.raises(NotOurs), world.closing_unlisted(SCOPE, cast("Session", session)):
        raise NotOurs("something else stands there")
    assert session.closed == 1


def test_one_that_was_listed_is_closed_with_its_place_and_not_before() -> None:
    world, session = World(()), Opened()
    place: Any = Place(SCOPE, cast("Session", session), {})
    world.places[SCOPE] = place
    with pytest.raises(NotOurs), world.closing_unlisted(SCOPE, cast("Session", session)):
        raise NotOurs("something in it is not ours")
    assert session.closed == 0
    world.close()
    assert session.closed == 1
