"""How far a listing may lag: what its kind says, or the spec where it knows better."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from paver.engine.world import Place


def place(lag: float | None) -> Place:
    kinds = {
        "machine": SimpleNamespace(settle=5.0),
        "role": SimpleNamespace(settle=10.0),
        "file": SimpleNamespace(settle=0.0),
    }
    session: Any = SimpleNamespace(kinds=kinds)
    return Place(None, session, {}, lag=lag)


def test_a_kind_says_how_far_its_listing_lags() -> None:
    assert [place(None).settle(kind) for kind in ("machine", "role", "file")] == [5.0, 10.0, 0.0]
    assert place(None).longest_settle == 10.0


def test_a_spec_that_knows_better_says_so_of_all_that_lag_and_of_no_others() -> None:
    for lag in (0.0, 1.0, 60.0):
        assert [place(lag).settle(kind) for kind in ("machine", "role", "file")] == [lag, lag, 0.0]
        assert place(lag).longest_settle == lag
