"""What a driver that looks nothing up for BOSH says: not that all is well."""

from __future__ import annotations

from pathlib import Path

from paver.contract import driver, findings
from paver.contract.bosh import Bosh
from paver.contract.environment import PavedEnvironment
from paver.contract.findings import Severity
from paver.contract.spec import DriverSettings
from paver.memory.bosh import MemoryBosh

GOLDEN = Path(__file__).parents[1] / "golden" / "environment.json"


def test_a_driver_without_look_ups_says_so_and_does_not_say_that_all_is_well() -> None:
    environment = PavedEnvironment.model_validate_json(GOLDEN.read_text())
    [found] = Bosh.checks(MemoryBosh(), environment, DriverSettings(), lambda _: 1 / 0)
    assert found.severity is Severity.WARN
    assert "nothing was checked" in found.what


def test_a_driver_finds_findings_where_it_found_them_before() -> None:
    assert (driver.Finding, driver.Cause, driver.Severity) == (findings.Finding, findings.Cause, findings.Severity)
