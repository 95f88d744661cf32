"""Who may do what where: roles, as Microsoft Learn's "Understand Azure role definitions" has them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from paver_azure.sandbox.authority import Caller
from paver_azure.sandbox.kinds import ASSIGNMENTS, DEFINITIONS, action_name
from paver_azure.sandbox.links import identities
from paver_azure.sandbox.message import Refusal
from paver_azure.sandbox.store import Resource, Store

OWNER: Mapping[str, Any] = {"actions": ["*"], "notActions": [], "dataActions": ["*"], "notDataActions": []}
_NETWORK = "microsoft.network"
_JOIN = "join/action"
JOINS = {
    f"{_NETWORK}/virtualnetworks": _JOIN,
    f"{_NETWORK}/virtualnetworks/subnets": _JOIN,
    f"{_NETWORK}/networksecuritygroups": _JOIN,
    f"{_NETWORK}/publicipaddresses": _JOIN,
    f"{_NETWORK}/natgateways": _JOIN,
    f"{_NETWORK}/routetables": _JOIN,
    f"{_NETWORK}/networkinterfaces": _JOIN,
    f"{_NETWORK}/applicationsecuritygroups": "joinIpConfiguration/action",
}
"""What referring to a resource takes (Microsoft Learn, "Azure permissions for Networking": the `join` actions)."""
_ASSIGN = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"


def permissions(store: Store, owners: Iterable[str], caller: Caller, scope: str) -> Iterator[Mapping[str, Any]]:
    """Everything that somebody may do at a scope."""
    if caller.principal in owners:
        yield OWNER
    at = scope.lower()
    for one in store.of(ASSIGNMENTS):
        where = one.key.rpartition("/providers/")[0]
        if one.body["properties"].get("principalId") != caller.principal:
            continue
        if at == where or at.startswith(f"{where}/"):
            role = str(one.body["properties"]["roleDefinitionId"]).lower().rpartition("/")[2]
            for definition in store.of(DEFINITIONS):
                if definition.name.lower() == role:
                    yield from definition.body["properties"]["permissions"]


def may(found: Iterable[Mapping[str, Any]], action: str, *, data: bool = False) -> bool:
    """Whether any of the permissions allows an action."""
    given, taken = ("dataActions", "notDataActions") if data else ("actions", "notActions")
    return any(
        any(_fits(pattern, action) for pattern in one.get(given) or ())
        and not any(_fits(pattern, action) for pattern in one.get(taken) or ())
        for one in found
    )


def refuse(caller: Caller, action: str, scope: str) -> Refusal:
    """The answer to whoever may not."""
    said = (
        f"The client '{caller.client}' with object id '{caller.principal}' does not have authorization to perform "
        f"action '{action}' over scope '{scope}' or the scope is invalid."
    )
    return Refusal(403, "AuthorizationFailed", said)


def linked(store: Store, resource: Resource) -> Iterator[tuple[str, str]]:
    """What else a change takes: the actions that referring to others needs, and on what."""
    for link in resource.links:
        found = store.get(link.to) or store.get(link.to.rsplit("/", 2)[0])
        if found is None or found.type not in JOINS:
            continue
        by_rule = resource.type.endswith("/networksecuritygroups") and found.type.endswith("/applicationsecuritygroups")
        verb = "joinNetworkSecurityRule/action" if by_rule else JOINS[found.type]
        yield f"{action_name(found.type)}/{verb}", found.id
    for id_ in identities(resource.body):
        yield _ASSIGN, id_


def refuse_linked(caller: Caller, action: str, scope: str, other: str, on: str) -> Refusal:
    """The answer to whoever may change a thing, and not tie it to another one."""
    said = (
        f"The client '{caller.client}' with object id '{caller.principal}' has permission to perform action "
        f"'{action}' on scope '{scope}'; however, it does not have permission to perform action(s) '{other}' on the "
        f"linked scope(s) '{on}' (respectively) or the linked scope(s) are invalid."
    )
    return Refusal(403, "LinkedAuthorizationFailed", said)


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text).replace(r"\*", ".*"), re.IGNORECASE)


def _fits(pattern: str, action: str) -> bool:
    return _pattern(pattern).fullmatch(action) is not None
