"""Gone, and nothing else with it."""

from __future__ import annotations

from paver.conformance.marks import proves
from paver.conformance.trial import Trial


@proves(70)
def test_after_destroy_the_account_is_as_it_was(trial: Trial) -> None:
    trial.pave()
    trial.destroy()
    trial.check_gone()


@proves(71)
def test_destroy_needs_no_state_directory(trial: Trial) -> None:
    trial.pave()
    trial.lose_state()
    trial.destroy()
    trial.check_gone()


@proves(72)
def test_users_data_stops_it_before_the_first_delete(trial: Trial) -> None:
    trial.pave()
    trial.site.fill()
    full = trial.site.census()
    ended = trial.run("destroy")
    assert ended.code == 6, str(ended)
    assert trial.site.census() == full, "something was deleted before it stopped"
    trial.destroy("--delete-data")
    trial.check_gone()


@proves(73)
def test_what_others_put_on_ours_stays_and_the_rest_goes(trial: Trial) -> None:
    trial.pave()
    left = trial.site.squat()
    ended = trial.run("destroy")
    assert ended.code == 4, str(ended)
    assert trial.made() == left, str(ended)
    trial.check_others()
    trial.site.evict()
    trial.destroy()
    trial.check_gone()


@proves(74)
def test_what_is_gone_already_is_no_error(trial: Trial) -> None:
    trial.destroy()
    trial.pave()
    trial.destroy()
    trial.destroy()
    trial.check_gone()
