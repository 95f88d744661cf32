"""What is told of resources: one, or all of a type in one place."""

from __future__ import annotations

import copy
from typing import Any

from paver_azure.sandbox import compute, network, platform
from paver_azure.sandbox.kinds import ALL_RECORDS, ASSIGNMENTS, DEFINITIONS, EXTENSIONS, GROUPS, KINDS, LOCKS, NETWORKS
from paver_azure.sandbox.links import told_back
from paver_azure.sandbox.message import Answer, Json, Refusal, Request
from paver_azure.sandbox.paging import paged
from paver_azure.sandbox.place import Place, parent
from paver_azure.sandbox.store import Resource
from paver_azure.sandbox.world import World

_NO_STATE = frozenset({platform.RECORDS, platform.SOA, platform.IDENTITIES, DEFINITIONS, ASSIGNMENTS, LOCKS})


def tell(world: World, resource: Resource, base: str) -> Json:
    """A resource as ARM tells it."""
    found: Json = copy.deepcopy(resource.body)
    kind = resource.kind
    found |= {"id": resource.id, "name": resource.name, "type": kind.name, "etag": f'W/"{resource.etag}"'}
    properties: Json = found.setdefault("properties", {})
    if resource.type not in _NO_STATE and "/blobservices/" not in resource.type:
        properties["provisioningState"] = resource.state
    for array in kind.parts:
        for member in properties.get(array) or ():
            part = {"id": f"{resource.id}/{array}/{member['name']}", "etag": found["etag"]}
            member |= {**part, "type": f"{kind.name}/{array}"}
            member.setdefault("properties", {})["provisioningState"] = resource.state
    told_back(world.store, resource, properties)
    compute.told(world.store, resource, found)
    platform.told(resource, properties, base)
    network.told(world.store, resource, properties)
    if resource.type == NETWORKS:
        subnets = (world.store.get(key) for key in properties["subnets"])
        properties["subnets"] = [tell(world, one, base) for one in subnets if one is not None]
    return found


def one(world: World, asked: Place, request: Request) -> Answer:
    """One resource."""
    found = world.store.get(stored(asked))
    if found is None:
        raise missing(world, asked)
    told = tell(world, found, request.base)
    return Answer(200, told, {"ETag": told["etag"]})


def several(world: World, asked: Place, request: Request) -> Answer:
    """All of a type in one place, a page at a time."""
    if asked.group and asked.type != GROUPS:
        _group(world, asked)
    if asked.type in EXTENSIONS:
        found = _standing(world, asked)
    elif asked.type == GROUPS:
        found = world.store.of(GROUPS, f"/subscriptions/{asked.subscription}")
    else:
        types = {platform.RECORDS, platform.SOA} if asked.type == ALL_RECORDS else {asked.type}
        if not types & KINDS.keys():
            raise Refusal(501, "NotImplemented", f"The emulator does not know the type {asked.type}.")
        above = parent(f"{asked.id}/x")
        if above and "/blobservices" not in above.lower() and world.store.get(above) is None:
            raise Refusal(404, "ParentResourceNotFound", f"The resource '{above}' was not found.")
        below = asked.key.rpartition("/")[0] if asked.rest[1:] or asked.type == ALL_RECORDS else asked.scope.lower()
        found = [one for one in world.store if one.type in types and one.key.startswith(f"{below}/")]
    return paged(world, request, (tell(world, one, request.base) for one in found))


def stored(asked: Place) -> str:
    """Under which id it is kept: a role is its subscription's, wherever it is asked for."""
    if asked.type == DEFINITIONS and asked.whole:
        return definition_id(asked.subscription, asked.names[-1])
    return asked.id


def definition_id(subscription: str, name: str) -> str:
    """A role's id."""
    return f"/subscriptions/{subscription}/providers/{KINDS[DEFINITIONS].name}/{name}"


def missing(world: World, asked: Place) -> Refusal:
    """What is said of what is not there."""
    if asked.type == GROUPS:
        return Refusal(404, "ResourceGroupNotFound", f"Resource group '{asked.names[-1]}' could not be found.")
    if asked.group and asked.type not in EXTENSIONS:
        _group(world, asked)
    name = KINDS[asked.type].name if asked.type in KINDS else asked.type
    codes = {DEFINITIONS: "RoleDefinitionDoesNotExist", ASSIGNMENTS: "RoleAssignmentNotFound", LOCKS: "LockNotFound"}
    said = f"The Resource '{name}/{'/'.join(asked.names)}' under resource group '{asked.group}' was not found."
    return Refusal(404, codes.get(asked.type, "ResourceNotFound"), said)


def _group(world: World, asked: Place) -> None:
    if world.store.get("/".join(asked.id.split("/")[:5])) is None:
        raise Refusal(404, "ResourceGroupNotFound", f"Resource group '{asked.group}' could not be found.")


def _standing(world: World, asked: Place) -> list[Resource]:
    """What stands on a scope and on all below it; roles on those that may be given there."""
    below = asked.scope.lower()
    if asked.type == DEFINITIONS:
        return [one for one in world.store.of(DEFINITIONS) if any(_touches(s, below) for s in _scopes(one))]
    return [one for one in world.store.of(asked.type) if one.key.startswith(f"{below}/")]


def _scopes(resource: Resource) -> list[Any]:
    return list(resource.body["properties"].get("assignableScopes") or ())


def _touches(scope: object, below: str) -> bool:
    text = str(scope).lower()
    return text == below or text.startswith(f"{below}/") or below.startswith(f"{text}/")
