"""Checks of a preflight that need no server: versions, and room."""

from __future__ import annotations

import pytest

from paver.contract.driver import Severity
from paver_vsphere.checks.capacity import GIB, room_findings
from paver_vsphere.checks.versions import KNOWN, version_finding


@pytest.mark.parametrize(
    ("version", "severity"),
    [
        ("6.5.0", Severity.FAIL),
        ("6.7.0", Severity.FAIL),
        *((f"{major}.{minor}.3", Severity.OK) for major, minor in KNOWN),
        ("8.1.0", Severity.WARN),
        ("10.0.0", Severity.WARN),
        ("newest", Severity.FAIL),  # no version at all is none that is new enough
    ],
)
def test_an_old_version_fails_and_an_unknown_one_is_worth_a_word(version: str, severity: Severity) -> None:
    found = version_finding("esxi-1", "ESXi", version, ())
    assert found.severity is severity
    assert f"esxi-1 runs ESXi {version}" in found.what
    if severity is Severity.WARN:
        assert "7.0, 8.0" in found.hint


@pytest.mark.parametrize(
    ("size", "free", "wanted", "severity", "said"),
    [
        (500, 500, 501, Severity.FAIL, "vms has 500 GiB in all; the spec asks for 501"),
        (500, 200, 400, Severity.WARN, "vms has 200 of 500 GiB free; the spec asks for 400"),
        (500, 400, 400, Severity.OK, "vms has 400 GiB free of the 400 that the spec asks for"),
    ],
)
def test_a_datastore_that_is_too_small_fails_and_a_full_one_is_worth_a_word(
    size: int, free: int, wanted: int, severity: Severity, said: str
) -> None:
    props = {"summary.capacity": size * GIB, "summary.freeSpace": free * GIB}
    [found] = room_findings("vms", props, wanted, ("datastores", "vms"))
    assert (found.severity, found.what) == (severity, said)
    if severity is not Severity.OK:
        assert found.path == ("datastores", "vms", "capacity_gib")


def test_a_datastore_of_which_nothing_is_asked_or_known_is_not_judged() -> None:
    props = {"summary.capacity": 1 * GIB, "summary.freeSpace": 1 * GIB}
    assert list(room_findings("vms", props, None, ())) == []
    assert list(room_findings("vms", {}, 100, ())) == []
