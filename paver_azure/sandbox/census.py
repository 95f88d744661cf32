"""Everything in a subscription, whoever's it is, read by a raw client: the driver's own code does not prove the driver.

What Azure makes by itself is left out: the first record of a zone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from paver_azure.sandbox.hand import Hand
from paver_azure.sandbox.store import DELETING

PASSING = frozenset({"etag", "provisioningState", "resourceGuid"})
"""What of a thing changes by itself."""
TOLD_BACK = {
    "virtualNetworks": {"subnets"},
    "networkSecurityGroups": {"subnets", "networkInterfaces"},
    "natGateways": {"subnets"},
    "routeTables": {"subnets"},
    "subnets": {"ipConfigurations"},
    "publicIPAddresses": {"ipConfiguration", "natGateway"},
    "networkInterfaces": {"virtualMachine"},
    "availabilitySets": {"virtualMachines"},
    "disks": {"diskState"},
}
"""By noun: properties that tell what is in a thing or refers to it, and not what it is."""
TYPES = {
    "virtualNetworks": "Microsoft.Network",
    "networkSecurityGroups": "Microsoft.Network",
    "applicationSecurityGroups": "Microsoft.Network",
    "publicIPAddresses": "Microsoft.Network",
    "natGateways": "Microsoft.Network",
    "routeTables": "Microsoft.Network",
    "loadBalancers": "Microsoft.Network",
    "networkInterfaces": "Microsoft.Network",
    "privateDnsZones": "Microsoft.Network",
    "storageAccounts": "Microsoft.Storage",
    "userAssignedIdentities": "Microsoft.ManagedIdentity",
    "sshPublicKeys": "Microsoft.Compute",
    "availabilitySets": "Microsoft.Compute",
    "disks": "Microsoft.Compute",
    "virtualMachines": "Microsoft.Compute",
}
LEASE = "lease"
LEASES = "paver-lease-"
Record = Mapping[str, Any]


class Found(NamedTuple):
    """One thing."""

    id: str
    """In lower case."""
    noun: str
    """Its type's last word."""
    name: str
    state: Any


def census(hand: Hand, subscription: str) -> Iterator[Found]:
    """All of it."""
    root = f"/subscriptions/{subscription}"
    roles: dict[str, str] = {}
    for role in hand.all(f"{root}/providers/Microsoft.Authorization/roleDefinitions"):
        roles[role["id"].lower()] = role["properties"]["roleName"]
        yield _found(role, "roleDefinitions", role["properties"]["roleName"])
    for group in hand.all(f"{root}/resourcegroups"):
        if group["name"].startswith(LEASES) and group["properties"]["provisioningState"] == DELETING:
            continue  # an environment's last call, for whose end nobody waits
        yield _found(group, "resourceGroups")
        for type_, namespace in TYPES.items():
            for record in hand.all(f"{group['id']}/providers/{namespace}/{type_}"):
                yield _found(record, type_)
                yield from _inside(hand, record, type_)
        for lock in hand.all(f"{group['id']}/providers/Microsoft.Authorization/locks"):
            yield _found(lock, "locks")
        for one in hand.all(f"{group['id']}/providers/Microsoft.Authorization/roleAssignments"):
            role_name = roles.get(one["properties"]["roleDefinitionId"].lower(), "?")
            scope = one["properties"]["scope"].rpartition("/")[2]
            yield _found(one, "roleAssignments", f"{role_name} on {scope}")


def _inside(hand: Hand, record: Record, type_: str) -> Iterator[Found]:
    if type_ == "virtualNetworks":
        for subnet in record["properties"]["subnets"]:
            yield _found(subnet, "subnets")
    if type_ == "privateDnsZones":
        for link in hand.all(f"{record['id']}/virtualNetworkLinks"):
            yield _found(link, "virtualNetworkLinks")
        for one in hand.all(f"{record['id']}/ALL"):
            if one["type"].endswith("/A"):
                yield _found(one, "A")
    if type_ == "storageAccounts":
        for container in hand.all(f"{record['id']}/blobServices/default/containers"):
            yield _found(container, "containers")
            if container["name"] != LEASE:
                yield from _blobs(hand, str(record["name"]), container)


def _blobs(hand: Hand, account: str, container: Record) -> Iterator[Found]:
    for name in hand.blobs(f"{account}/{container['name']}"):
        yield Found(f"{container['id']}/{name}".lower(), "blobs", f"{container['name']}/{name}", {})


def _found(record: Record, noun: str, name: str = "") -> Found:
    back = TOLD_BACK.get(noun, set())
    told = {field: value for field, value in (record.get("properties") or {}).items() if field not in back}
    state = _lasting({**{field: value for field, value in record.items() if field != "managedBy"}, "properties": told})
    return Found(str(record["id"]).lower(), noun, name or str(record["name"]), state)


def _lasting(found: Any) -> Any:
    if isinstance(found, dict):
        return {name: _lasting(value) for name, value in found.items() if name not in PASSING}
    return [_lasting(one) for one in found] if isinstance(found, list) else found
