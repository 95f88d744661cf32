"""References between resources: found in a body, held against what there is, and told from the other end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from paver_azure.sandbox.kinds import KINDS
from paver_azure.sandbox.message import Json, Refusal
from paver_azure.sandbox.store import DELETING, SUCCEEDED, Link, Resource, Store

_ID = re.compile(r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/.+", re.IGNORECASE)
SINGLE, MANY = False, True
_NETWORK, _COMPUTE = "microsoft.network", "microsoft.compute"
BACK = {
    (f"{_NETWORK}/publicipaddresses", f"{_NETWORK}/networkinterfaces"): ("ipConfiguration", SINGLE),
    (f"{_NETWORK}/publicipaddresses", f"{_NETWORK}/loadbalancers"): ("ipConfiguration", SINGLE),
    (f"{_NETWORK}/publicipaddresses", f"{_NETWORK}/natgateways"): ("natGateway", SINGLE),
    (f"{_NETWORK}/natgateways", f"{_NETWORK}/virtualnetworks/subnets"): ("subnets", MANY),
    (f"{_NETWORK}/networksecuritygroups", f"{_NETWORK}/virtualnetworks/subnets"): ("subnets", MANY),
    (f"{_NETWORK}/networksecuritygroups", f"{_NETWORK}/networkinterfaces"): ("networkInterfaces", MANY),
    (f"{_NETWORK}/routetables", f"{_NETWORK}/virtualnetworks/subnets"): ("subnets", MANY),
    (f"{_NETWORK}/virtualnetworks/subnets", f"{_NETWORK}/networkinterfaces"): ("ipConfigurations", MANY),
    (f"{_NETWORK}/virtualnetworks/subnets", f"{_NETWORK}/loadbalancers"): ("ipConfigurations", MANY),
    (f"{_NETWORK}/networkinterfaces", f"{_COMPUTE}/virtualmachines"): ("virtualMachine", SINGLE),
    (f"{_COMPUTE}/availabilitysets", f"{_COMPUTE}/virtualmachines"): ("virtualMachines", MANY),
}
"""By the types of what is referred to and what refers: the property in which the former tells the latter."""


def links(id_: str, type_: str, body: Json) -> tuple[Link, ...]:
    """Everything that a body refers to."""
    return tuple(dict.fromkeys(_walk(id_, type_, body.get("properties") or {}, id_)))


def identities(body: Json) -> Iterator[str]:
    """The ids of identities that a machine has: they are names of fields."""
    yield from ((body.get("identity") or {}).get("userAssignedIdentities") or {}).keys()


def _walk(id_: str, type_: str, found: Any, part: str) -> Iterator[Link]:
    if isinstance(found, dict):
        target = found.get("id")
        target = target if isinstance(target, str) and _ID.fullmatch(target) else ""
        if target and not f"{target.lower()}/".startswith(f"{id_.lower()}/"):
            yield Link(part, target.lower())
        for name, value in found.items():
            if name in KINDS[type_].parts and isinstance(value, list):
                for member in value:
                    yield from _walk(id_, type_, member, f"{id_}/{name}/{member.get('name')}")
            else:
                yield from _walk(id_, type_, value, part)
    elif isinstance(found, list):
        for value in found:
            yield from _walk(id_, type_, value, part)


def check(store: Store, found: tuple[Link, ...]) -> None:
    """Everything that is referred to is there, and ready. A missing one is named in capitals, as Azure does."""
    for link in found:
        resource, part = _resolved(store, link.to)
        if resource is None or resource.state == DELETING:
            raise Refusal(404, "NotFound", f"Resource {link.to.upper()} not found.")
        if part and not _has_part(resource, part):
            said = f"Resource {link.to} referenced by resource {link.part} was not found."
            raise Refusal(400, "InvalidResourceReference", said)
        if resource.state != SUCCEEDED:
            said = f"Cannot proceed with operation because resource {resource.id} is not in Succeeded state."
            raise Refusal(409, "ReferencedResourceNotProvisioned", said)


def check_own(id_: str, body: Json) -> None:
    """What a body refers to in itself is in it."""
    text = _own(id_.lower(), body.get("properties") or {})
    for part in text:
        collection, _, name = part.partition("/")
        members: list[Json] = next((v for k, v in body["properties"].items() if k.lower() == collection), [])
        if name not in {str(member.get("name")).lower() for member in members}:
            said = f"Resource {id_}/{part} referenced by resource {id_} was not found."
            raise Refusal(400, "InvalidResourceReference", said)


def _own(id_: str, found: Any) -> Iterator[str]:
    if isinstance(found, dict):
        target = str(found.get("id", "")).lower()
        if target.startswith(f"{id_}/") and set(found) == {"id"}:
            yield target.removeprefix(f"{id_}/")
        for value in found.values():
            yield from _own(id_, value)
    elif isinstance(found, list):
        for value in found:
            yield from _own(id_, value)


def _resolved(store: Store, key: str) -> tuple[Resource | None, str]:
    resource = store.get(key)
    if resource is not None:
        return resource, ""
    head, collection, name = (*key.rsplit("/", 2), "", "")[:3]
    return store.get(head), f"{collection}/{name}"


def _has_part(resource: Resource, part: str) -> bool:
    collection, _, name = part.partition("/")
    for field, members in (resource.body.get("properties") or {}).items():
        if field.lower() == collection and isinstance(members, list):
            return any(str(member.get("name")).lower() == name for member in members)
    return False


def told_back(store: Store, resource: Resource, properties: Json) -> None:
    """Put into what is told of a resource whatever refers to it."""
    for user, link in store.links_to(resource.key):
        back = BACK.get((resource.type, user.type))
        if back is None:
            continue
        name, many = back
        if many:
            properties.setdefault(name, []).append({"id": link.part})
        else:
            properties[name] = {"id": link.part}
    for pool in properties.get("backendAddressPools") or ():
        members = [{"id": link.part} for _, link in store.links_to(str(pool["id"]).lower())]
        if members:
            pool["properties"]["backendIPConfigurations"] = members
