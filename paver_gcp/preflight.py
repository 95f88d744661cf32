"""Everything that would fail later, found at once and without any change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from paver.contract.asking import TRIES
from paver.contract.driver import Finding, Severity
from paver.contract.findings import in_order, safely, side_by_side
from paver.contract.spec import EnvironmentSpec
from paver_gcp.api import Api
from paver_gcp.checks import addresses, names, project, quotas, rights, shared
from paver_gcp.section import SECTION
from paver_gcp.settings import GcpSettings
from paver_gcp.wanted import resources


def preflight(spec: EnvironmentSpec, settings: GcpSettings) -> Sequence[Finding]:
    """All findings, worst first. Raises nothing for what it finds."""
    api = Api(settings, tries=TRIES)
    try:
        first: list[Finding] = []
        for name, check in (("identity", project.identity), ("services", project.services)):
            first += safely(name, check(api, settings), (*SECTION, "project"))
            if any(finding.severity is Severity.FAIL for finding in first):
                return in_order(first)  # all that follows would say the same
        wanted = resources(spec, settings)
        checks: dict[str, Callable[[], Iterable[Finding]]] = {
            "zones": lambda: project.zones(api, spec, settings),
            "capacity": lambda: project.machine(api, spec, settings),
            "names": lambda: names.taken(api, wanted, spec.owner),
            "quota": lambda: quotas.room(api, wanted, spec.owner),
            "addresses": lambda: addresses.conflicts(api, spec, settings),
            "shared network": lambda: shared.usable(api, spec, settings),
            "permission": lambda: rights.allowed(api, spec, settings),
        }
        return in_order([*first, *side_by_side(checks.items())])
    finally:
        api.close()
