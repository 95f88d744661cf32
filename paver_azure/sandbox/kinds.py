"""Every type of resource that the emulator keeps: the versions it knows, how Azure answers, what it is counted as.

Success codes are those that Azure's own SDK accepts, and that the public recordings show; a test holds this table
against the lists inside the installed packages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Kind(NamedTuple):
    """One type."""

    name: str
    """As Azure spells it."""
    version: str
    created: int = 201
    updated: int = 200
    deleted: int = 200
    slow: bool = False
    """Whether it is provisioned over time, and deleted so."""
    parts: tuple[str, ...] = ()
    """Arrays of its properties whose members have names and ids of their own."""
    usage: tuple[str, ...] = ()
    """What it is counted as in the location's quotas."""
    told: str = ""
    """How an answer to a change says where to look: `async`, `location`, or both; empty: nothing to look for."""
    patched: tuple[str, ...] = ()
    """What a PATCH may name, beside which all stays; empty: the type has none."""
    in_use: tuple[int, str] | None = None
    """Status and code with which a deletion is refused while something refers to it; None: it may go."""


NETWORK, COMPUTE, STORAGE, DNS, ROLES = "2025-07-01", "2025-04-01", "2025-06-01", "2024-06-01", "2022-04-01"
_BAD, _CONFLICT = 400, 409
_OWN = ("tags", "properties")
_TRACKED = (*_OWN, "location")
_ADDRESSES = ("StandardSkuPublicIpAddresses", "StaticPublicIPAddresses", "PublicIPAddresses")


def _network(name: str, code: str = "", **more: object) -> Kind:
    in_use = (_BAD, code) if code else None
    kind = Kind(
        f"Microsoft.Network/{name}", NETWORK, deleted=202, slow=True, told="async", patched=("tags",), in_use=in_use
    )
    return kind._replace(**more)  # type: ignore[arg-type]  # each name is a field's, by the table below


_KINDS = (
    Kind(
        "Microsoft.Resources/resourceGroups",
        "2025-04-01",
        deleted=202,
        told="location",
        patched=("tags", "properties", "managedBy"),
    ),
    _network("virtualNetworks", "InUseSubnetCannotBeDeleted", usage=("VirtualNetworks",)),
    _network("virtualNetworks/subnets", "InUseSubnetCannotBeDeleted", patched=()),
    _network(
        "networkSecurityGroups",
        "InUseNetworkSecurityGroupCannotBeDeleted",
        parts=("securityRules",),
        usage=("NetworkSecurityGroups",),
    ),
    _network(
        "applicationSecurityGroups",
        "InUseApplicationSecurityGroupCannotBeDeleted",
        usage=("ApplicationSecurityGroups",),
    ),
    _network("publicIPAddresses", "PublicIPAddressCannotBeDeleted", usage=_ADDRESSES),
    _network("natGateways", "InUseNatGatewayCannotBeDeleted", usage=("NatGateways",)),
    _network("routeTables", "InUseRouteTableCannotBeDeleted", parts=("routes",), usage=("RouteTables",)),
    _network(
        "loadBalancers",
        "InUseLoadBalancerCannotBeDeleted",
        parts=("frontendIPConfigurations", "backendAddressPools", "probes", "loadBalancingRules"),
        usage=("StandardSkuLoadBalancers", "LoadBalancers"),
    ),
    _network("networkInterfaces", "NicInUse", parts=("ipConfigurations",), usage=("NetworkInterfaces",)),
    Kind("Microsoft.Network/privateDnsZones", DNS, deleted=202, slow=True, told="async", patched=_TRACKED),
    Kind(
        "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
        DNS,
        deleted=202,
        slow=True,
        told="async",
        patched=_TRACKED,
    ),
    Kind("Microsoft.Network/privateDnsZones/A", DNS, patched=("properties",)),
    Kind("Microsoft.Network/privateDnsZones/SOA", DNS, patched=("properties",)),
    Kind(
        "Microsoft.Storage/storageAccounts",
        STORAGE,
        created=202,
        told="location",
        usage=("StorageAccounts",),
        patched=(*_OWN, "sku", "kind", "identity"),
    ),
    Kind("Microsoft.Storage/storageAccounts/blobServices/containers", STORAGE, patched=("properties",)),
    Kind("Microsoft.ManagedIdentity/userAssignedIdentities", "2024-11-30", patched=_TRACKED),
    Kind("Microsoft.Authorization/roleDefinitions", ROLES, updated=201),
    Kind("Microsoft.Authorization/roleAssignments", ROLES),
    Kind("Microsoft.Authorization/locks", "2020-05-01"),
    Kind("Microsoft.Compute/sshPublicKeys", COMPUTE, patched=_OWN),
    Kind(
        "Microsoft.Compute/availabilitySets",
        COMPUTE,
        created=200,
        usage=("availabilitySets",),
        patched=(*_OWN, "sku"),
        in_use=(_CONFLICT, "OperationNotAllowed"),
    ),
    Kind(
        "Microsoft.Compute/disks",
        "2025-01-02",
        created=202,
        updated=202,
        deleted=202,
        slow=True,
        told="async location",
        patched=(*_OWN, "sku"),
        in_use=(_CONFLICT, "OperationNotAllowed"),
    ),
    Kind(
        "Microsoft.Compute/virtualMachines",
        COMPUTE,
        deleted=202,
        slow=True,
        told="async",
        usage=("virtualMachines",),
        patched=(*_OWN, "plan", "identity", "zones"),
    ),
)
KINDS: Mapping[str, Kind] = {kind.name.lower(): kind for kind in _KINDS}
"""By lower-case name: case does not count in ids."""
ALL_RECORDS = "microsoft.network/privatednszones/all"
"""No type that is kept: every record of a zone is listed so."""
_UNKEPT = {ALL_RECORDS: "Microsoft.Network/privateDnsZones/ALL"}
ACCOUNTS = "microsoft.storage/storageaccounts"
CONTAINERS = f"{ACCOUNTS}/blobservices/containers"
GROUPS = "microsoft.resources/resourcegroups"
NETWORKS = "microsoft.network/virtualnetworks"
SUBNETS = f"{NETWORKS}/subnets"
DEFINITIONS, ASSIGNMENTS, LOCKS = (
    f"microsoft.authorization/{word}" for word in ("roledefinitions", "roleassignments", "locks")
)
EXTENSIONS = frozenset({DEFINITIONS, ASSIGNMENTS, LOCKS})
"""Types that stand on whatever their scope is."""


def action_name(type_: str) -> str:
    """A type as the actions of roles spell it."""
    name = KINDS[type_].name if type_ in KINDS else _UNKEPT.get(type_, type_)
    return name.replace("Microsoft.Resources/resourceGroups", "Microsoft.Resources/subscriptions/resourceGroups")
