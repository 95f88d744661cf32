"""Killed at its k-th change, before the IaaS acted and after: the next run converges, without a human step."""

from __future__ import annotations

import os
import signal
import time

import pytest

from paver.conformance.child import Child
from paver.conformance.marks import long, proves
from paver.conformance.plugin import PARTS, Points, some
from paver.conformance.trial import Clean, Trial
from paver.conformance.wire.behaviour import When

KILLED = -signal.SIGKILL
GRACE = 8.0
"""Seconds from a signal to the end of the run."""
SLOW = 0.2
"""Seconds that each call takes of a run that is to be at work still when its signal comes."""


def killed_and_paved(trial: Trial, at: int, when: When) -> None:
    """Kill a pave, run it again, and look whether everything is there once."""
    ended = trial.killed("pave", at, when)
    assert ended.code == KILLED, str(ended)
    trial.pave()
    trial.check_paved()
    assert trial.plan() == []


@proves(40)
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_before_the_call(trial: Trial, points: Points, clean: Clean, part: int) -> None:
    for at in some(points(clean.pave), part):
        killed_and_paved(trial, at, "before")
        trial.destroy()
        trial.check_gone()


@proves(41)
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_after_the_iaas_acted(trial: Trial, points: Points, clean: Clean, part: int) -> None:
    for at in some(points(clean.pave), part):
        killed_and_paved(trial, at, "after")
        trial.destroy()
        trial.check_gone()


@proves(42)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_while_it_destroys(trial: Trial, points: Points, clean: Clean, part: int, when: When) -> None:
    for at in some(points(clean.destroy), part):
        trial.pave()
        ended = trial.killed("destroy", at, when)
        # What was left without that point (a register's last line) may be gone in fewer calls.
        assert ended.code in {KILLED, 0}, str(ended)
        trial.destroy()
        trial.check_gone()


@long
@proves(43)
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_again_while_it_recovers(trial: Trial, few_points: Points, clean: Clean, when: When) -> None:
    for at in few_points(clean.pave):
        assert trial.killed("pave", at, "after").code == KILLED
        for again in (1, max(1, (clean.pave - at) // 2)):
            trial.killed("pave", again, when)
        trial.pave()
        trial.check_paved()
        trial.destroy()
        trial.check_gone()


@long
@proves(44)
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_and_the_state_directory_lost(trial: Trial, few_points: Points, clean: Clean, when: When) -> None:
    for at in few_points(clean.pave):
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
        trial.line.latency(SLOW)
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
