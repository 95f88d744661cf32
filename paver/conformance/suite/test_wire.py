"""Calls that fail, answers that are lost, servers that are silent."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable

import pytest

from paver.conformance.marks import long, proves
from paver.conformance.plugin import PARTS, Points, some
from paver.conformance.probe import Probe
from paver.conformance.trial import Clean, Trial
from paver.contract.errors import CallError
from paver.contract.resource import Inventory

SEEDS = range(2)
LOOKS = 10
"""At what is there, each with other calls that fail."""
TIME = 8.0
"""Seconds that a run is given against a server that fails for good."""
SOME = 0.1
"""The deadline's slack, as a part of it; process start-up comes on top."""
START_UP = 2.0


@long
@proves(50)
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("rate", "times"), [(0.05, 3.0), (0.15, 3.0), (0.3, 6.0)])
def test_pave_ends_well_although_calls_fail(trial: Trial, clean: Clean, rate: float, times: float, seed: int) -> None:
    trial.line.reset()
    trial.line.faults(rate, seed=seed)
    trial.pave()
    counts = trial.line.counts()
    trial.line.reset()
    trial.check_paved()
    assert trial.plan() == []
    spent = counts.mutating + counts.reading
    assert spent <= times * clean.calls + 10, f"{spent} calls at {rate:.0%}, {clean.calls} without faults"
    trial.line.faults(rate, seed=seed + 100)
    trial.destroy()
    trial.line.reset()
    trial.check_gone()


@long
@proves(51)
@pytest.mark.parametrize("part", range(PARTS))
def test_a_lost_answer_makes_nothing_twice(trial: Trial, points: Points, clean: Clean, part: int) -> None:
    for at in some(points(clean.pave), part):
        trial.line.reset()
        trial.line.lose(at)
        trial.pave()
        trial.line.reset()
        trial.check_paved()
        assert trial.plan() == []
        trial.destroy()
        trial.check_gone()


@proves(52)
def test_where_every_call_fails_it_ends_in_time(trial: Trial) -> None:
    trial.line.reset()
    trial.line.faults(1.0, seed=0)
    began = time.monotonic()
    ended = trial.run("pave", "--timeout", f"{TIME:.0f}s", longest=60)
    assert ended.code in {4, 9}, str(ended)
    assert time.monotonic() - began <= TIME * (1 + SOME) + START_UP, str(ended)
    trial.line.reset()
    trial.check_gone()


@proves(53)
def test_a_server_that_never_answers_ends_in_time(trial: Trial) -> None:
    trial.line.reset()
    trial.line.silence()
    began = time.monotonic()
    ended = trial.run("pave", "--timeout", f"{TIME:.0f}s", longest=60)
    trial.line.reset()
    assert ended.code in {4, 9}, str(ended)
    assert time.monotonic() - began <= TIME + 2 + START_UP, str(ended)
    trial.check_gone()


@long
@proves(54)
def test_a_kind_whose_listing_broke_is_not_called_complete(trial: Trial) -> None:
    wrong: list[str] = []

    def relook(whole: Inventory, look: Callable[[], Inventory]) -> None:
        there = _ids(whole)
        for seed in range(LOOKS):
            trial.line.faults(0.3, seed=seed)
            try:
                found = look()
            except CallError:
                continue
            seen = _ids(found)
            wrong.extend(f"{kind}, seed {seed}" for kind in sorted(found.complete) if seen[kind] != there[kind])
        trial.line.reset()

    trial.pave()
    Probe(trial, relook=relook).plan()
    assert not wrong, f"complete, and yet not all of it: {wrong}"


def _ids(inventory: Inventory) -> dict[str, set[str]]:
    found = defaultdict(set)
    for item in inventory.items:
        found[item.kind].add(item.id)
    return found


@long
@proves(54)
def test_a_read_that_fails_is_no_proof_of_absence(trial: Trial) -> None:
    trial.pave()
    paved = trial.site.census()
    for seed, rate in ((1, 1.0), (2, 0.5), (3, 0.3)):
        trial.line.reset()
        trial.line.faults(rate, seed=seed, reads_only=True)
        ended = trial.run("pave", "--timeout", f"{TIME:.0f}s", longest=60)
        assert ended.code in {0, 4, 9}, str(ended)
        assert trial.line.counts().mutating == 0, f"changes were sent while reads failed\n{ended}"
    trial.line.reset()
    assert trial.site.census() == paved
