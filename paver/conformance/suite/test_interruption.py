"""Killed at its k-th change, before the IaaS acted and after: the next run converges, without a human step."""

from __future__ import annotations

import os
import signal
import time

import pytest

from paver.conformance.child import Child
from paver.conformance.marks import long, proves
from paver.conformance.plugin import Points
from paver.conformance.trial import Trial
from paver.conformance.wire.behaviour import When

PARTS = 4
"""Each test of all kill points is cut into so many, for workers to share."""
KILLED = -signal.SIGKILL
GRACE = 8.0
"""Seconds from a signal to the end of the run."""


def some(points: range, part: int) -> list[int]:
    """One part's share of the points."""
    return [point for index, point in enumerate(points) if index % PARTS == part]


def changes(trial: Trial, verb: str, counted: dict[str, int]) -> int:
    """How many changes a clean pave, or destroy, sends; nothing is there before and afterwards."""
    if not counted:
        counted |= {each: trial.changes(each) for each in ("pave", "destroy")}
        assert counted["pave"], "a pave that changes nothing proves nothing"
        trial.check_gone()
    return counted[verb]


def killed_and_paved(trial: Trial, at: int, when: When) -> None:
    """Kill a pave, run it again, and look whether everything is there once."""
    ended = trial.killed("pave", at, when)
    assert ended.code == KILLED, str(ended)
    trial.pave()
    trial.check_paved()
    assert trial.plan() == []


@proves(40)
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_before_the_call(trial: Trial, points: Points, counted: dict[str, int], part: int) -> None:
    for at in some(points(changes(trial, "pave", counted)), part):
        killed_and_paved(trial, at, "before")
        trial.destroy()
        trial.check_gone()


@proves(41)
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_after_the_iaas_acted(trial: Trial, points: Points, counted: dict[str, int], part: int) -> None:
    for at in some(points(changes(trial, "pave", counted)), part):
        killed_and_paved(trial, at, "after")
        trial.destroy()
        trial.check_gone()


@proves(42)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_while_it_destroys(trial: Trial, points: Points, counted: dict[str, int], part: int, when: When) -> None:
    for at in some(points(changes(trial, "destroy", counted)), part):
        trial.pave()
        ended = trial.killed("destroy", at, when)
        # What was left without that point (a register's last line) may be gone in fewer calls.
        assert ended.code in {KILLED, 0}, str(ended)
        trial.destroy()
        trial.check_gone()


@long
@proves(43)
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_again_while_it_recovers(trial: Trial, few_points: Points, counted: dict[str, int], when: When) -> None:
    of_all = changes(trial, "pave", counted)
    for at in few_points(of_all):
        assert trial.killed("pave", at, "after").code == KILLED
        for again in (1, max(1, (of_all - at) // 2)):
            trial.killed("pave", again, when)
        trial.pave()
        trial.check_paved()
        trial.destroy()
        trial.check_gone()


@long
@proves(44)
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_and_the_state_directory_lost(
    trial: Trial, few_points: Points, counted: dict[str, int], when: When
) -> None:
    for at in few_points(changes(trial, "pave", counted)):
        assert trial.killed("pave", at, when).code == KILLED
        trial.lose_state()
        trial.pave()
        trial.check_paved()
        trial.destroy()
        trial.check_gone()


def underway(child: Child, trial: Trial) -> None:
    """Wait until something was made."""
    before = len(trial.site.census())
    while len(trial.site.census()) == before:
        assert not child.over, str(child.wait())
        time.sleep(0.02)


@proves(45)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_in_time_and_the_next_run_converges(trial: Trial, number: int, code: int) -> None:
    if trial.site.line is not None:
        trial.line.reset()
        trial.line.latency(0.05)
    child = trial.start("pave")
    underway(child, trial)
    began = time.monotonic()
    os.kill(child.pid, number)
    ended = child.wait(60)
    assert time.monotonic() - began <= GRACE + 1, str(ended)
    assert ended.code == code, str(ended)
    left = trial.site.census()
    time.sleep(0.5)
    assert trial.site.census().keys() == left.keys(), "something was made after the end"
    if trial.site.line is not None:
        trial.line.reset()
    trial.pave()
    trial.check_paved()
