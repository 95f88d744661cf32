"""The rules of Microsoft.Authorization: roles, who has them, and locks."""

from __future__ import annotations

import re
import uuid

from paver_azure.sandbox.kinds import ASSIGNMENTS, DEFINITIONS, EXTENSIONS, LOCKS
from paver_azure.sandbox.message import Refusal
from paver_azure.sandbox.place import Place
from paver_azure.sandbox.platform import IDENTITIES
from paver_azure.sandbox.store import Resource, Store

_ACTION = re.compile(r"\*|[A-Za-z.*]+(/[A-Za-z0-9*]+)+")


def unlocked(store: Store, key: str, *, deleting: bool, own: Resource | None = None) -> None:
    """Raise Refusal where a lock keeps a change out. Locks themselves are changed whatever is locked."""
    if "/providers/microsoft.authorization/locks/" in key:
        return
    verb = "delete" if deleting else "write"
    for lock in store.of(LOCKS):
        scope = lock.key.rpartition("/providers/")[0]
        read_only = lock.body["properties"].get("level") == "ReadOnly"
        if not (deleting or read_only):
            continue
        # A group goes with all that is in it, locked or not: then it stays.
        inside = key == scope or key.startswith(f"{scope}/") or (deleting and scope.startswith(f"{key}/"))
        if inside and not (own is not None and own.type in EXTENSIONS and not read_only):
            said = (
                f"The scope '{own.id if own else key}' cannot perform {verb} operation because following scope(s) are "
                f"locked: '{scope}'. Please remove the lock and try again."
            )
            raise Refusal(409, "ScopeLocked", said)


def check(store: Store, asked: Place, resource: Resource, before: Resource | None) -> None:
    """Hold a body against the rules of its type. Raises Refusal."""
    scope = asked.scope.lower()
    if scope.count("/") > 3 and store.get(scope) is None and not _is_default(scope):  # noqa: PLR2004  below a group
        raise Refusal(404, "ResourceNotFound", f"The resource {asked.scope} was not found.")
    properties = resource.body["properties"]
    if asked.type == LOCKS:
        if properties.get("level") not in {"CanNotDelete", "ReadOnly"}:
            raise Refusal(400, "LockLevelInvalid", "The lock level is neither CanNotDelete nor ReadOnly.")
        return
    _guid(asked.names[-1])
    if asked.type == DEFINITIONS:
        _definition(store, resource, scope)
    else:
        _assignment(store, resource, before, scope)


def _is_default(scope: str) -> bool:
    return scope.endswith("/blobservices/default")


def _guid(name: str) -> None:
    try:
        uuid.UUID(name)
    except ValueError:
        raise Refusal(400, "InvalidRoleDefinitionId", f"The name '{name}' is not a GUID.") from None


def _definition(store: Store, resource: Resource, scope: str) -> None:
    properties = resource.body["properties"]
    scopes = [str(one).lower() for one in properties.get("assignableScopes") or ()]
    if scope not in scopes:
        raise Refusal(400, "LinkedInvalidPropertyId", "The scope of the request is none of the assignable scopes.")
    for one in scopes:
        if one.count("/") > 2 and store.get(one) is None:  # noqa: PLR2004  a group, not the subscription
            raise Refusal(404, "ResourceGroupNotFound", f"Assignable scope {one} was not found.")
    for allowed in properties.get("permissions") or ():
        for action in (*(allowed.get("actions") or ()), *(allowed.get("dataActions") or ())):
            if not _ACTION.fullmatch(str(action)):
                said = f"'{action}' does not match any of the actions supported by the providers."
                raise Refusal(400, "InvalidActionOrNotAction", said)
    for other in store.of(DEFINITIONS):
        same = other.body["properties"].get("roleName") == properties.get("roleName")
        if same and other.key != resource.key:
            said = f"Custom role with name {properties.get('roleName')} already exists."
            raise Refusal(409, "RoleDefinitionWithSameNameExists", said)


def _assignment(store: Store, resource: Resource, before: Resource | None, scope: str) -> None:
    properties = resource.body["properties"]
    role = str(properties.get("roleDefinitionId", "")).lower().rpartition("/")[2]
    if not any(one.name.lower() == role for one in store.of(DEFINITIONS)):
        raise Refusal(
            404, "RoleDefinitionDoesNotExist", f"The specified role definition with ID '{role}' does not exist."
        )
    principal = properties.get("principalId")
    known = {one.body["properties"].get("principalId") for one in store.of(IDENTITIES)}
    if principal not in known and not properties.get("principalType"):
        said = f"Principal {principal} does not exist in the directory."
        raise Refusal(400, "PrincipalNotFound", said)
    properties["scope"] = scope
    # Whatever the scope of a role, an assignment tells it below the subscription.
    root = "/".join(resource.id.split("/")[:3])
    properties["roleDefinitionId"] = f"{root}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    if before is not None:
        fixed = ("principalId", "roleDefinitionId")
        if any(str(before.body["properties"].get(name)).lower() != str(properties.get(name)).lower() for name in fixed):
            said = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated."
            raise Refusal(409, "RoleAssignmentUpdateNotPermitted", said)
        return
    for other in store.of(ASSIGNMENTS):
        there = other.body["properties"]
        same = str(there.get("roleDefinitionId")).lower().rpartition("/")[2] == role
        if same and there.get("principalId") == principal and other.key.rpartition("/providers/")[0] == scope:
            raise Refusal(409, "RoleAssignmentExists", "The role assignment already exists.")


def unassigned(store: Store, definition: Resource) -> None:
    """Raise Refusal where somebody still has a role."""
    role = definition.name.lower()
    for one in store.of(ASSIGNMENTS):
        if str(one.body["properties"].get("roleDefinitionId")).lower().rpartition("/")[2] == role:
            said = f"There are existing role assignments referencing role {definition.id}: {one.id}"
            raise Refusal(400, "RoleDefinitionHasAssignments", said)
