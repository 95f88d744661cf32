"""The rules of Microsoft.Network that no schema has."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from paver_azure.sandbox.addresses import apart, assign, network, within
from paver_azure.sandbox.kinds import NETWORKS, SUBNETS
from paver_azure.sandbox.links import links
from paver_azure.sandbox.message import Json, Refusal
from paver_azure.sandbox.place import parent
from paver_azure.sandbox.store import SUCCEEDED, UPDATING, Resource, Store

LOWEST, HIGHEST = 100, 4096
PUBLIC = "203.0.113."


def check(store: Store, resource: Resource, before: Resource | None) -> None:
    """Hold a body against the rules of its type. Raises Refusal."""
    properties = resource.body.setdefault("properties", {})
    match resource.type.partition("/")[2]:
        case "virtualnetworks":
            _alone(store, resource.key)
            _space(store, resource, properties)
        case "virtualnetworks/subnets":
            _alone(store, parent(resource.key))
            _subnet(store, resource, properties)
        case "networksecuritygroups":
            _priorities(properties.get("securityRules") or ())
        case "networkinterfaces":
            assign(store, resource.id, properties.get("ipConfigurations") or [])
        case "loadbalancers":
            assign(store, resource.id, properties.get("frontendIPConfigurations") or [])
            _unique(properties.get("loadBalancingRules") or ())
        case "publicipaddresses":
            _address(store, properties, before)


def deletable(store: Store, resource: Resource) -> None:
    """What else keeps a network or a subnet. Raises Refusal."""
    if resource.type in {NETWORKS, SUBNETS}:
        _alone(store, resource.key if resource.type == NETWORKS else parent(resource.key))


def _alone(store: Store, key: str) -> None:
    """ARM takes one change to a network, its subnets included, at a time."""
    there = store.get(key)
    if there is None:
        return
    if any(one.state != SUCCEEDED for one in (there, *store.of(SUBNETS, key)) if one.until > store.clock()):
        said = f"Another operation on this or dependent resource is in progress: {there.id}"
        raise Refusal(429, "AnotherOperationInProgress", said, {"Retry-After": "1"})


def _space(store: Store, resource: Resource, properties: Json) -> None:
    space = (properties.get("addressSpace") or {}).get("addressPrefixes") or ()
    if not space:
        raise Refusal(400, "InvalidRequestFormat", "The address space of a virtual network has no prefix.")
    for text in space:
        network(text, resource.name)
    if "subnets" not in properties:
        for one in store.of(SUBNETS, resource.key):
            within(one.name, one.body["properties"], space)


def replace_subnets(store: Store, resource: Resource, asked: Iterable[Mapping[str, Any]]) -> None:
    """A network's array of subnets is the whole truth about them: one that is left out is deleted."""
    there = {one.key: one for one in store.of(SUBNETS, resource.key)}
    space = resource.body["properties"]["addressSpace"]["addressPrefixes"]
    made: list[Resource] = []
    for told in asked:
        body = {"properties": copy.deepcopy(dict(told.get("properties") or {}))}
        one = Resource(f"{resource.id}/subnets/{told['name']}", SUBNETS, body)
        before = there.pop(one.key, None)
        one.links = links(one.id, SUBNETS, body)
        within(one.name, body["properties"], space)
        apart(one.name, body["properties"], made)
        if before is not None and before.body == body:
            one = before
        made.append(one)
    for gone in there.values():
        if users := store.users(gone.key):
            raise in_use(gone, [link.part for link in users])
    for gone in there.values():
        store.drop(gone)
    for one in made:
        store.add(one)


def _subnet(store: Store, resource: Resource, properties: Json) -> None:
    up = store.get(parent(resource.id))
    if up is None:
        raise Refusal(404, "ParentResourceNotFound", f"The resource {parent(resource.id).upper()} is not found.")
    within(resource.name, properties, up.body["properties"]["addressSpace"]["addressPrefixes"])
    others = [one for one in store.of(SUBNETS, up.key) if one.key != resource.key]
    apart(resource.name, properties, others)


def _priorities(rules: Iterable[Mapping[str, Any]]) -> None:
    seen: Counter[tuple[object, object]] = Counter()
    names: Counter[str] = Counter()
    for rule in rules:
        told = rule.get("properties") or {}
        priority = told.get("priority")
        if not isinstance(priority, int) or not LOWEST <= priority <= HIGHEST:
            said = f"Security rule has invalid Priority. Value provided: {priority} Allowed range {LOWEST}-{HIGHEST}."
            raise Refusal(400, "SecurityRuleInvalidPriority", said)
        seen[told.get("direction"), priority] += 1
        names[str(rule.get("name")).lower()] += 1
    if any(count > 1 for count in seen.values()):
        said = "Security rules conflict: rules cannot have the same Priority and Direction."
        raise Refusal(400, "SecurityRuleConflict", said)
    _once(names)


def _unique(rules: Iterable[Mapping[str, Any]]) -> None:
    seen: Counter[tuple[object, ...]] = Counter()
    for rule in rules:
        told = rule.get("properties") or {}
        frontend = str((told.get("frontendIPConfiguration") or {}).get("id")).lower()
        seen[frontend, told.get("protocol"), told.get("frontendPort")] += 1
    if any(count > 1 for count in seen.values()):
        said = (
            "Load balancing rules with the same frontend port and protocol on one frontend IP configuration conflict."
        )
        raise Refusal(400, "RulesUseSameFrontendPortProtocolAndIPConfig", said)
    _once(Counter(str(rule.get("name")).lower() for rule in rules))


def _once(names: Counter[str]) -> None:
    if twice := [name for name, count in names.items() if count > 1]:
        raise Refusal(400, "InvalidRequestFormat", f"Cannot parse the request: duplicate resource name {twice[0]}.")


def _address(store: Store, properties: Json, before: Resource | None) -> None:
    if properties.get("publicIPAllocationMethod") != "Static":
        said = "Standard sku publicIp must have AllocationMethod set to Static."
        raise Refusal(400, "PublicIPAddressStandardSkuMustBeStatic", said)
    old = ((before.body.get("properties") or {}) if before is not None else {}).get("ipAddress")
    taken = {(one.body.get("properties") or {}).get("ipAddress") for one in store}
    free = (f"{PUBLIC}{number}" for number in range(1, 255))
    properties["ipAddress"] = old or next(one for one in free if one not in taken)


def in_use(resource: Resource, users: Iterable[str]) -> Refusal:
    """A deletion is refused: the thing itself is named first, then who uses it."""
    status, code = resource.kind.in_use or (400, "InUse")
    word = resource.kind.name.rpartition("/")[2]
    said = f"{word} {resource.id} is in use by {', '.join(users)} and cannot be deleted."
    return Refusal(status, code, said)


def told(store: Store, resource: Resource, properties: Json) -> None:
    """What only a reader sees."""
    if resource.type == NETWORKS:
        properties["subnets"] = [one.key for one in store.of(SUBNETS, resource.key)]
    if resource.type.endswith("/publicipaddresses") and resource.state == UPDATING:
        properties.pop("ipAddress", None)
