"""Listings that lag behind what was done."""

from __future__ import annotations

import pytest

from paver.conformance.marks import long, proves
from paver.conformance.trial import Trial

LAGS = (1.0, 2.0)


@proves(60)
@pytest.mark.parametrize("lag", LAGS)
def test_nothing_is_made_twice_while_listings_lag(trial: Trial, lag: float) -> None:
    trial.stale(lag)
    trial.pave()
    trial.check_paved()
    trial.pave()
    trial.check_paved()
    trial.destroy()
    trial.check_gone()


@long
@proves(60)
@pytest.mark.parametrize("at", [2, 5, 9])
@pytest.mark.parametrize("lag", LAGS)
def test_killed_while_listings_lag_it_converges(trial: Trial, lag: float, at: int) -> None:
    if trial.site.line is None:
        pytest.skip("this target has no line")
    trial.line.reset()
    trial.stale(lag)
    trial.killed("pave", at, "after")
    trial.pave()
    trial.check_paved()
    trial.destroy()
    trial.check_gone()


@proves(60, 74)
def test_what_is_gone_and_still_listed_is_no_error(trial: Trial) -> None:
    if trial.site.line is None:
        pytest.skip("this target has no line")
    trial.stale(LAGS[-1])
    for at in (1, 3):
        trial.pave()
        trial.killed("destroy", at, "after")
        trial.destroy()
        trial.check_gone()
