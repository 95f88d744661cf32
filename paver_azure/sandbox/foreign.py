"""Things of others that look like an environment's own: the same names, the same ranges, the same tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from paver.contract import names
from paver.contract.resource import Key
from paver.contract.types import Owner
from paver_azure.sandbox.example import LOCATION
from paver_azure.sandbox.hand import Hand

THEIRS = Owner(id=UUID("3f0c7d0e-8a54-4a53-9d1b-0c6a2d9f4e17"), name="sandbox")
STANDARD = {"name": "Standard", "tier": "Regional"}


def plant(hand: Hand, root: str) -> None:
    """Two groups of ten: one is another owner's of the same environment name, one bears marks without an owner."""
    for owner, name in ((THEIRS, "theirs"), (None, "nobodys")):
        group = f"{root}/resourceGroups/{name}"
        hand.put(group, _tagged("group/sandbox", owner))
        network = f"{group}/providers/Microsoft.Network"
        guard = f"{network}/networkSecurityGroups/sandbox-subnet-management"
        hand.put(guard, {**_tagged("security-group/subnet/management", owner), "properties": {"securityRules": []}})
        space = {"addressSpace": {"addressPrefixes": ["10.20.0.0/16"]}}
        subnet = {"addressPrefix": "10.20.0.0/22", "networkSecurityGroup": {"id": guard}}
        subnets = [{"name": "sandbox-management", "properties": subnet}]
        vnet = f"{network}/virtualNetworks/sandbox"
        hand.put(vnet, {**_tagged("virtual-network/sandbox", owner), "properties": {**space, "subnets": subnets}})
        hand.put(
            f"{network}/applicationSecurityGroups/sandbox-internal",
            {**_tagged("application-group/internal", owner), "properties": {}},
        )
        hand.put(f"{network}/publicIPAddresses/sandbox-nat", _address("public-address/nat", owner))
        zone = {**_tagged("private-zone/sandbox.example.com", owner), "location": "global", "properties": {}}
        hand.put(f"{network}/privateDnsZones/sandbox.example.com", zone)
        hand.put(
            f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/sandbox-director",
            _tagged("identity/director", owner),
        )
        disk = {"creationData": {"createOption": "Empty"}, "diskSizeGB": 8}
        hand.put(
            f"{group}/providers/Microsoft.Compute/disks/sandbox-jumpbox",
            {**_tagged("disk/jumpbox", owner), "properties": disk},
        )
    _role(hand, f"{root}/resourceGroups/theirs")
    lock = {"level": "CanNotDelete", "notes": names.marker(THEIRS, Key.parse("lock/virtual-network"))}
    hand.put(f"{vnet}/providers/Microsoft.Authorization/locks/sandbox-virtual-network", {"properties": lock})


def restore(hand: Hand, root: str, owner: Owner) -> None:
    """Copies with an owner's very marks under other names, as whoever restores a backup makes them."""
    group = f"{root}/resourceGroups/sandbox-restored"
    hand.put(group, _tagged("group/sandbox", owner))
    network = f"{group}/providers/Microsoft.Network"
    space = {"addressSpace": {"addressPrefixes": ["10.20.0.0/16"]}}
    subnets = [{"name": "sandbox-management", "properties": {"addressPrefix": "10.20.0.0/22"}}]
    hand.put(
        f"{network}/virtualNetworks/sandbox-restored",
        {**_tagged("virtual-network/sandbox", owner), "properties": {**space, "subnets": subnets}},
    )
    hand.put(f"{network}/publicIPAddresses/sandbox-nat-restored", _address("public-address/nat", owner))
    disk = {"creationData": {"createOption": "Empty"}, "diskSizeGB": 8}
    hand.put(
        f"{group}/providers/Microsoft.Compute/disks/sandbox-jumpbox-restored",
        {**_tagged("disk/jumpbox", owner), "properties": disk},
    )


def _role(hand: Hand, group: str) -> None:
    definition = {
        "roleName": names.global_name(THEIRS.name, THEIRS.id, "cpi"),
        "description": names.marker(THEIRS, Key.parse("role-definition/cpi")),
        "type": "CustomRole",
        "permissions": [{"actions": ["Microsoft.Compute/disks/read"]}],
        "assignableScopes": [group],
    }
    hand.put(f"{group}/providers/Microsoft.Authorization/roleDefinitions/{uuid4()}", {"properties": definition})


def _address(key: str, owner: Owner | None) -> Mapping[str, Any]:
    return {**_tagged(key, owner), "sku": STANDARD, "properties": {"publicIPAllocationMethod": "Static"}}


def _tagged(key: str, owner: Owner | None) -> dict[str, Any]:
    marks = names.marks(owner or THEIRS, Key.parse(key))
    if owner is None:
        del marks[names.OWNER]
    return {"location": LOCATION, "tags": marks}
