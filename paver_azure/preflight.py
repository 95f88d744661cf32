"""Everything that would fail later, found at once and without any change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from paver.contract.asking import asked
from paver.contract.driver import Cause, Finding, Severity
from paver.contract.errors import PaverError
from paver.contract.findings import from_error, in_order, safely, side_by_side
from paver.contract.resource import Desired, Inventory
from paver.contract.spec import EnvironmentSpec
from paver_azure.api import Api
from paver_azure.checks import access, names, room
from paver_azure.listing import Look
from paver_azure.nouns import kinds
from paver_azure.wanted import resources


def preflight(api: Api, spec: EnvironmentSpec) -> Sequence[Finding]:
    """All findings, worst first. Raises nothing for what it finds."""
    first = safely("reach", access.identity(api))
    if any(one.severity is Severity.FAIL for one in first):
        return in_order(first)
    api.sdk.warm()
    wanted = resources(spec, api.settings)
    try:
        seen = asked(lambda: Look(api, kinds(api), spec.owner, wanted, whole=False).inventory(kinds(api)))
    except PaverError as error:
        return in_order([from_error("reach", error), *first])
    missing = _missing(wanted, seen)
    subnets = frozenset(item.id for item in seen.of("subnet"))
    checks: list[tuple[str, Callable[[], Iterable[Finding]]]] = [
        ("location", lambda: access.location(api)),
        *(("registration", partial(access.registration, api, namespace)) for namespace in access.PROVIDERS),
        ("permission", lambda: access.permissions(api, spec)),
        *(("quota", partial(room.quotas, api, namespace, missing)) for namespace in room.COUNTED),
        ("capacity", lambda: room.offers(api, missing)),
        ("names", lambda: names.group(api, spec)),
        ("account", lambda: names.account(api, missing)),
        ("addresses", lambda: names.addresses(api, spec, subnets)),
    ]
    found = [*first, *side_by_side(checks)]
    if any(one.check == "location" and one.cause is not Cause.UNREACHABLE for one in found):
        # What else would be asked about a location that is none answers in many words that it is none.
        found = [one for one in found if one.check not in {"quota", "capacity"}]
    return in_order(found)


def _missing(wanted: Iterable[Desired], seen: Inventory) -> list[Desired]:
    there = {item.key for item in seen.items}
    return [want for want in wanted if want.key not in there]
