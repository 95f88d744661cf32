"""Again, with nothing to do."""

from __future__ import annotations

from paver.conformance.marks import proves
from paver.conformance.trial import Trial


@proves(20)
def test_a_plan_right_after_pave_is_empty(trial: Trial) -> None:
    trial.pave()
    assert trial.plan() == []
    ended = trial.run("plan", "--detailed-exitcode")
    assert ended.code == 0, str(ended)


@proves(21)
def test_a_second_pave_sends_no_change(trial: Trial) -> None:
    first = trial.pave()
    paved = trial.site.census()
    holders = noted_holders(trial)
    trial.line.reset()
    second = trial.pave()
    changes = trial.line.counts().mutating
    assert changes == 0, f"{changes} changes with nothing to do"
    assert noted_holders(trial) == holders, "a lease was taken with nothing to do"
    assert trial.site.census() == paved
    assert {**first, "paved_at": None} == {**second, "paved_at": None}


def noted_holders(trial: Trial) -> list[str]:
    """Who took the lease last, as the state directory notes it before it is taken."""
    return [path.read_text() for path in sorted(trial.state.rglob("lease"))]


@proves(22)
def test_a_second_destroy_sends_no_change(trial: Trial) -> None:
    trial.pave()
    trial.destroy()
    assert trial.counts("destroy").mutating == 0
    trial.check_gone()
