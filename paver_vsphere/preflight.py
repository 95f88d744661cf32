"""Everything that would fail later, found at once and without any change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from paver.contract.driver import Finding, Secrets, Severity
from paver.contract.errors import PaverError
from paver.contract.spec import EnvironmentSpec
from paver_vsphere.checks.findings import Path, bad, from_error
from paver_vsphere.checks.first_host import first_host_findings
from paver_vsphere.checks.hosts import endpoints, host_findings, open_host
from paver_vsphere.checks.offline import name_findings, ova_findings, user_findings
from paver_vsphere.checks.vcenter import vcenter_findings
from paver_vsphere.host import Host
from paver_vsphere.settings import VsphereSettings

AT_ONCE = 8


def preflight(spec: EnvironmentSpec, settings: VsphereSettings, secrets: Secrets) -> Sequence[Finding]:
    """All findings, worst first. Raises nothing for what it finds."""
    checks: list[Callable[[], list[Finding]]] = [
        lambda: _safe("dns", name_findings(spec, settings)),
        lambda: _safe("permission", user_findings(settings)),
    ]
    for index, (endpoint, path) in enumerate(endpoints(settings)):
        checks.append(lambda e=endpoint, p=path, first=index == 0: _host(spec, settings, secrets, e, p, first=first))  # type: ignore[misc]  # mypy types no defaults of a lambda
    if settings.appliance is None:
        checks.append(lambda: _safe("reach", vcenter_findings(settings, secrets)))
    else:
        checks.append(lambda: _safe("appliance", ova_findings(settings)))
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="preflight") as pool:
        found = [finding for answer in pool.map(lambda check: check(), checks) for finding in answer]
    order = [Severity.FAIL, Severity.WARN, Severity.OK]
    return sorted(dict.fromkeys(found), key=lambda finding: order.index(finding.severity))


def _host(
    spec: EnvironmentSpec, settings: VsphereSettings, secrets: Secrets, endpoint: str, path: Path, *, first: bool
) -> list[Finding]:
    connection, reached = open_host(settings, secrets, endpoint, path)
    if connection is None:
        return [reached]
    try:
        found = [reached, *_safe("reach", host_findings(connection, spec, settings, path), path)]
        if first and settings.appliance is not None:
            host = Host(connection, settings, secrets, spec.owner)
            found += _safe("reach", first_host_findings(host, spec), path)
        return found
    finally:
        connection.close()


def _safe(check: str, findings: Iterable[Finding], path: Path = ()) -> list[Finding]:
    """What a check found until it could go no further, and why it could not."""
    found: list[Finding] = []
    try:
        for finding in findings:
            found.append(finding)  # noqa: PERF402  what came before an error is kept
    except PaverError as error:
        found.append(from_error(check, error, path))
    except (LookupError, AttributeError) as error:
        found.append(bad(check, f"the answer lacks something that every vSphere has ({error})", path=path))
    return found
