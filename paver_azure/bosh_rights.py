"""What a principal of BOSH's CPI may do in Azure: as Azure lists it to whoever is logged in, else by role assignments.

A managed identity logs in from a machine of Azure's that bears it, and from nowhere else. What it may do is then what
the roles say that are assigned to it, at a scope or above it; deny assignments are not seen so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from typing import Any, NamedTuple

from paver.contract.asking import asked
from paver.contract.findings import Cause, Finding, bad, good
from paver_azure import ids, roles
from paver_azure.api import Api, Record
from paver_azure.arm_types import PERMISSIONS
from paver_azure.checks.access import allows
from paver_azure.resources.noun import inside

ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"
DEFINITIONS = "Microsoft.Authorization/roleDefinitions"
LISTED = "/providers/Microsoft.Authorization/permissions"


class Need(NamedTuple):
    """What is needed at a scope."""

    label: str
    scope: str
    permissions: roles.Permissions


def needs(group: str, account: str, network: str) -> Iterator[Need]:
    """What paver grants, where: by the ids of the group, the storage account and the virtual network."""
    yield Need(f"resource group {ids.last(group)}", group, roles.ROLES[roles.CPI])
    yield Need(f"storage account {ids.last(account)}", account, roles.ROLES[roles.BLOBS])
    if not network.startswith(f"{group}/"):
        yield Need(f"virtual network {ids.last(network)}", network, roles.ROLES[roles.NETWORK])


def listed(api: Api, who: str, wanted: Iterable[Need]) -> Iterator[Finding]:
    """Of whoever is logged in, as Azure itself tells it."""
    for need in wanted:
        found = asked(partial(api.ask_all, need.scope + LISTED, PERMISSIONS))
        yield _judged(who, need, found, "")


def assigned(api: Api, who: str, principal: str, wanted: Iterable[Need]) -> Iterator[Finding]:
    """Of a principal that does not log in from here, by the roles that are assigned to it.

    Args:
        api: As whoever runs paver.
        who: What the principal is called.
        principal: Its id in the directory.
        wanted: What it is to be allowed.
    """

    @cache
    def told(top: str) -> tuple[list[Record], dict[str, Record]]:
        given = asked(partial(api.all_of, ASSIGNMENTS, top, filter=f"principalId eq '{principal}'"))
        return given, {ids.last(str(one["id"])).lower(): one for one in asked(partial(api.all_of, DEFINITIONS, top))}

    for need in wanted:
        given, definitions = told("/".join(need.scope.split("/")[:5]))
        held: list[Mapping[str, Any]] = []
        for one in given:
            definition = definitions.get(ids.last(str(inside(one, "properties", "roleDefinitionId"))).lower())
            if definition is not None and _reaches(one, principal, need.scope):
                held += inside(definition, "properties", "permissions") or ()
        yield _judged(who, need, held, ", by its role assignments")


def _reaches(assignment: Record, principal: str, scope: str) -> bool:
    at = str(assignment["id"]).lower().rpartition("/providers/microsoft.authorization/")[0]
    theirs = str(inside(assignment, "properties", "principalId")).lower() == principal.lower()
    return theirs and f"{scope.lower()}/".startswith(f"{at}/")


def _judged(who: str, need: Need, held: list[Mapping[str, Any]], how: str) -> Finding:
    actions, blobs = need.permissions
    missing = [one for one in actions if not allows(held, "actions", "notActions", one)]
    missing += [one for one in blobs if not allows(held, "dataActions", "notDataActions", one)]
    if missing:
        what = f"{who} lacks {', '.join(missing)} on {need.label}{how}"
        return bad("permission", what, "paver pave grants it", cause=Cause.DENIED)
    return good("permission", f"{who} has all {len(actions) + len(blobs)} actions on {need.label}{how}")
