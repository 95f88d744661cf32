"""Everything that would fail later, found at once and without any change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from paver.contract.driver import Cause, Finding, Secrets
from paver.contract.findings import Check, Path, in_order, safely, side_by_side
from paver.contract.spec import EnvironmentSpec
from paver_vsphere.checks.first_host import first_host_findings
from paver_vsphere.checks.hosts import endpoints, host_findings, open_host
from paver_vsphere.checks.offline import name_findings, ova_findings, user_findings
from paver_vsphere.checks.vcenter import vcenter_findings
from paver_vsphere.host import Host
from paver_vsphere.settings import VsphereSettings

AGAIN = 7
"""How often a host that answered is asked everything again."""


def preflight(spec: EnvironmentSpec, settings: VsphereSettings, secrets: Secrets) -> Sequence[Finding]:
    """All findings, worst first. Raises nothing for what it finds."""
    checks: list[Check] = [
        ("dns", lambda: name_findings(spec, settings)),
        ("permission", lambda: user_findings(settings)),
    ]
    for index, (endpoint, path) in enumerate(endpoints(settings)):
        check = partial(_host, spec, settings, secrets, endpoint, path, first=index == 0)
        checks.append(("reach", partial(_again, check)))
    if settings.appliance is None:
        checks.append(("reach", lambda: vcenter_findings(spec, settings, secrets)))
    checks.append(("appliance", lambda: ova_findings("appliance", settings.appliance)))
    checks.append(("jumpbox", lambda: ova_findings("jumpbox", settings.jumpbox)))
    return in_order(side_by_side(checks))


def _again(check: Callable[[], list[Finding]]) -> list[Finding]:
    """A host's findings; all of it is asked again while the host's file service, say, is heard of no more."""
    for _ in range(AGAIN):
        found = check()
        if not any(finding.cause is Cause.UNREACHABLE for finding in found[1:]):
            return found
    return check()


def _host(
    spec: EnvironmentSpec, settings: VsphereSettings, secrets: Secrets, endpoint: str, path: Path, *, first: bool
) -> list[Finding]:
    connection, reached = open_host(settings, secrets, endpoint, path)
    if connection is None:
        return [reached]
    try:
        found = [reached, *safely("reach", host_findings(connection, spec, settings, path), path)]
        if first and settings.appliance is not None:
            host = Host(connection, settings, secrets, spec.owner)
            found += safely("reach", first_host_findings(host, spec), path)
        return found
    finally:
        connection.close()
