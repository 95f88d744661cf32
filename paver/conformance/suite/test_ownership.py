"""Whose things are whose: look-alikes, clones, the same name under another owner, a lost state directory."""

from __future__ import annotations

import json
from collections.abc import Callable

from paver.conformance.marks import proves
from paver.conformance.trial import Trial, check_same


@proves(30, 31)
def test_look_alikes_are_neither_adopted_nor_changed(trial: Trial) -> None:
    trial.site.plant(trial.owner)
    trial.before = trial.site.census()
    assert trial.before, "nothing was planted"
    trial.pave()
    trial.check_paved()
    assert trial.plan() == []
    for verb in ("status", "outputs", "verify", "preflight"):
        ended = trial.run(verb)
        assert ended.code == 0, str(ended)
    trial.check_others()
    trial.destroy()
    trial.check_gone()


@proves(35, 31)
def test_clones_that_bear_our_marks_under_other_names_are_others(trial: Trial) -> None:
    trial.pave()
    paved = trial.site.census()
    trial.site.clone()
    clones = {id_: thing for id_, thing in trial.site.census().items() if id_ not in paved}
    assert clones, "nothing was cloned"
    assert trial.plan() == []
    trial.before = {**trial.before, **clones}
    trial.pave()
    trial.check_paved()
    trial.destroy()
    trial.check_gone()


@proves(32)
def test_the_same_name_under_another_owner_is_another_environment(trial_of: Callable[[str], Trial]) -> None:
    ours, theirs = trial_of("ours"), trial_of("theirs")
    ours.pave()
    before = ours.site.census()
    ended = theirs.run("pave")
    # A name that can be there only once is theirs no less: then preflight refuses, and nothing is done.
    assert ended.code in {0, 7}, str(ended)
    check_same(before, ours.site.census())
    if ended.code == 0:
        assert ours.plan() == []
    theirs.destroy()
    check_same(before, ours.site.census())
    assert ours.site.census().keys() == before.keys(), "something of theirs is left, or something of ours is gone"


@proves(33)
def test_everything_is_found_without_a_state_directory(trial: Trial) -> None:
    trial.pave()
    trial.lose_state()
    assert trial.plan() == []
    trial.pave()
    trial.check_paved()


@proves(34)
def test_another_target_than_the_one_on_record_is_refused(trial: Trial) -> None:
    trial.pave()
    paved = trial.site.census()
    for verb in ("pave", "destroy"):
        ended = trial.run(verb, environ=trial.site.elsewhere())
        assert ended.code == 6, str(ended)
        assert json.loads(ended.err.splitlines()[-1])["type"] == "WrongTarget", str(ended)
    assert trial.site.census() == paved
