"""Several pavers on one environment."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from paver.conformance.child import Child
from paver.conformance.marks import long, proves
from paver.conformance.trial import Trial

SOON = 2.0
"""Seconds within which a paver that may not proceed says so, beside what a plan takes it there and then."""
LONGEST = 180.0
SLOW = 0.1
"""Seconds that each of the first paver's calls takes for each that starts beside it: it is to be at work still when the
last of them comes."""


@long
@proves(130)
@pytest.mark.parametrize("pavers", [2, 4, 8])
def test_one_proceeds_and_the_others_say_who(trial: Trial, pavers: int) -> None:
    if trial.site.line is not None:
        trial.line.reset()
        trial.line.latency(SLOW * pavers)
    plan = trial.run("plan", *elsewhere(trial, pavers)).seconds
    first = trial.start("pave")
    before = len(trial.site.census())
    wait_for(lambda: len(trial.site.census()) > before + trial.site.lease_things, first)
    began = time.monotonic()
    others = [trial.start("pave", *elsewhere(trial, number)) for number in range(pavers - 1)]
    for other in others:
        ended = other.wait(LONGEST)
        assert ended.code == 5, str(ended)
        assert time.monotonic() - began <= (SOON + plan) * pavers, str(ended)
        error = json.loads(ended.err.splitlines()[-1])
        said = " ".join(value for _, value in error["facts"])
        assert str(first.pid) in said, f"the holder is not named: {said}"
    if trial.site.line is not None:
        trial.line.reset()
    ended = first.wait()
    assert ended.code == 0, str(ended)
    trial.check_paved()


def elsewhere(trial: Trial, number: int) -> list[str]:
    """Flags of a run that shares the spec and its secrets, and no state directory; the first shares that as well."""
    return ["--state-dir", str(trial.directory / f"state-{number}")] if number else []


def wait_for(reached: Callable[[], bool], child: Child) -> None:
    """Wait until it is so, while the child runs."""
    while not reached():
        assert not child.over, str(child.wait())
        time.sleep(0.02)
