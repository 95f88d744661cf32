"""What an IaaS says no to, in the contract's words."""

from __future__ import annotations

from contextlib import suppress

import pytest

from paver.conformance.marks import long, proves
from paver.conformance.probe import Probe
from paver.conformance.trial import Trial
from paver.contract.errors import PaverError


@proves(90)
def test_refused_credentials_are_exit_3_and_nothing_is_changed(trial: Trial) -> None:
    for verb in ("preflight", "plan", "pave", "status"):
        ended = trial.run(verb, environ=trial.site.denied())
        assert ended.code == 3, str(ended)
        assert "Traceback" not in ended.out + ended.err, str(ended)
    trial.check_gone()


@long
@proves(91)
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_nothing_but_the_contracts_errors_leaves_the_driver(trial: Trial, seed: int) -> None:
    trial.line.reset()
    trial.line.faults(0.4, seed=seed)
    probe = Probe(trial)
    with suppress(PaverError):
        probe.pave()
    trial.line.reset()
    assert not probe.strangers, f"errors that are none of the contract's: {probe.strangers}"
    trial.pave()
    trial.check_paved()
