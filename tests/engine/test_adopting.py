"""What the spec adopts is there when the plan is made, or comes with something that the plan makes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from paver.contract.errors import PreflightFailed
from paver.contract.resource import Desired, Inventory, Key
from paver.engine.plan import Action
from paver.engine.planner import Consent, Planner
from paver.engine.world import Place, World

HOST, STORE = Key(kind="host", name="one"), Key(kind="store", name="disks")


class Thing(Desired):
    """Anything."""


def planner(*wanted: Desired) -> Planner:
    """One that sees an empty place."""
    world = World(wanted)
    session: Any = SimpleNamespace(kinds={"host": SimpleNamespace(), "store": SimpleNamespace()})
    place = Place(None, session, {})
    place.take(Inventory(complete=frozenset({"host", "store"})))
    world.places[None] = place
    return Planner(world, lambda name, public_id: True, Consent())


def test_what_is_adopted_may_come_with_what_is_made_before_it() -> None:
    host, store = Thing(key=HOST, name="one"), Thing(key=STORE, name="local", adopt="local", after=(HOST,))
    steps = planner(host, store).steps([host, store], ())
    assert [(step.key, step.action) for step in steps] == [(HOST, Action.CREATE), (STORE, Action.CREATE)]


def test_what_comes_with_nothing_is_refused_where_it_is_not_there() -> None:
    store = Thing(key=STORE, name="local", adopt="local")
    with pytest.raises(PreflightFailed) as refused:
        planner(store).steps([store], ())
    assert (str(STORE), "is not there") in refused.value.facts
