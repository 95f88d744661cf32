"""Everything that would fail later, found at once and without any change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from paver.contract.driver import Finding, Severity
from paver.contract.findings import in_order, safely, side_by_side
from paver.contract.spec import EnvironmentSpec
from paver_aws.api import StillApi
from paver_aws.checks import account, addresses, names, quotas, rights
from paver_aws.settings import AwsSettings
from paver_aws.wanted import resources


def preflight(spec: EnvironmentSpec, settings: AwsSettings) -> Sequence[Finding]:
    """All findings, worst first. Raises nothing for what it finds."""
    api = StillApi(settings)
    try:
        first: list[Finding] = []
        for name, check in (("region", account.region), ("identity", account.identity)):
            first += safely(name, check(api, settings))
            if any(finding.severity is Severity.FAIL for finding in first):
                return in_order(first)  # all that follows would say the same
        wanted = resources(spec, settings)
        checks: dict[str, Callable[[], Iterable[Finding]]] = {
            "zones": lambda: account.zones(api, spec, settings),
            "capacity": lambda: account.machine(api, spec, settings),
            "names": lambda: names.taken(api, wanted, spec.owner),
            "quota": lambda: quotas.room(api, wanted, spec.owner),
            "addresses": lambda: addresses.conflicts(api, spec, settings),
            "permission": lambda: rights.allowed(api, spec, settings),
        }
        return in_order([*first, *side_by_side(checks.items())])
    finally:
        api.close()
