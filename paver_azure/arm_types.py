"""Every type of resource that this driver knows: its pinned api version, and who calls it what in the SDK."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Type(NamedTuple):
    """One type of resource."""

    version: str
    """The api version, of which the types that its bodies are checked against are known."""
    service: str
    """The SDK's client, by its name in `paver_azure.sdk`."""
    operations: str
    """The client's member that has the operations."""
    create: str
    delete: str
    listed: str = ""
    """What the path of a list ends with, where that is not the type's last word."""
    update: str = "begin_update"
    """The operation that sends a PATCH, where the driver sends any."""


NETWORK = "2025-07-01"
COMPUTE = "2025-04-01"
STORAGE = "2025-06-01"
PRIVATE_DNS = "2024-06-01"
ROLES = "2022-04-01"
RESOURCES = "2025-04-01"
SUBSCRIPTIONS = "2022-12-01"
PERMISSIONS = "2022-04-01"
USAGES = COMPUTE
SKUS = "2021-07-01"

_PUT, _DELETE = "begin_create_or_update", "begin_delete"


def _network(operations: str) -> Type:
    return Type(NETWORK, "network", operations, _PUT, _DELETE)


TYPES: Mapping[str, Type] = {
    "Microsoft.Resources/resourceGroups": Type(RESOURCES, "resources", "resource_groups", "create_or_update", _DELETE),
    "Microsoft.Network/virtualNetworks": _network("virtual_networks"),
    "Microsoft.Network/virtualNetworks/subnets": _network("subnets"),
    "Microsoft.Network/networkSecurityGroups": _network("network_security_groups"),
    "Microsoft.Network/applicationSecurityGroups": _network("application_security_groups"),
    "Microsoft.Network/publicIPAddresses": _network("public_ip_addresses"),
    "Microsoft.Network/natGateways": _network("nat_gateways"),
    "Microsoft.Network/routeTables": _network("route_tables"),
    "Microsoft.Network/loadBalancers": _network("load_balancers"),
    "Microsoft.Network/networkInterfaces": _network("network_interfaces"),
    "Microsoft.Network/privateDnsZones": Type(PRIVATE_DNS, "privatedns", "private_zones", _PUT, _DELETE),
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks": Type(
        PRIVATE_DNS, "privatedns", "virtual_network_links", _PUT, _DELETE
    ),
    "Microsoft.Network/privateDnsZones/A": Type(
        PRIVATE_DNS, "privatedns", "record_sets", "create_or_update", "delete", listed="ALL"
    ),
    "Microsoft.Storage/storageAccounts": Type(STORAGE, "storage", "storage_accounts", "begin_create", "delete"),
    "Microsoft.Storage/storageAccounts/blobServices/containers": Type(
        STORAGE, "storage", "blob_containers", "create", "delete", listed="blobServices/default/containers"
    ),
    "Microsoft.ManagedIdentity/userAssignedIdentities": Type(
        "2024-11-30", "msi", "user_assigned_identities", "create_or_update", "delete"
    ),
    "Microsoft.Authorization/roleDefinitions": Type(
        ROLES, "authorization", "role_definitions", "create_or_update", "delete"
    ),
    "Microsoft.Authorization/roleAssignments": Type(ROLES, "authorization", "role_assignments", "create", "delete"),
    "Microsoft.Authorization/locks": Type(
        "2020-05-01",
        "locks",
        "management_locks",
        "create_or_update_by_scope",
        "delete_by_scope",
    ),
    "Microsoft.Compute/sshPublicKeys": Type(COMPUTE, "compute", "ssh_public_keys", "create", "delete"),
    "Microsoft.Compute/availabilitySets": Type(COMPUTE, "compute", "availability_sets", "create_or_update", "delete"),
    "Microsoft.Compute/disks": Type("2025-01-02", "compute", "disks", _PUT, _DELETE),
    "Microsoft.Compute/virtualMachines": Type(COMPUTE, "compute", "virtual_machines", _PUT, _DELETE),
}
SCOPED = frozenset(
    {
        "Microsoft.Authorization/roleDefinitions",
        "Microsoft.Authorization/roleAssignments",
        "Microsoft.Authorization/locks",
    }
)
"""Types that stand on whatever their scope is: the SDK wants the scope whole, then the name."""
