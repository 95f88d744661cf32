"""Every noun of this driver, in the order in which a plan shows what does not depend on each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paver_azure.api import Api
from paver_azure.resources import (
    application_group,
    availability_set,
    container,
    disk,
    group,
    identity,
    load_balancer,
    lock,
    machine,
    nat_gateway,
    network_interface,
    private_zone,
    public_address,
    record,
    role_assignment,
    role_definition,
    route_table,
    security_group,
    ssh_key,
    storage_account,
    subnet,
    virtual_network,
    zone_link,
)
from paver_azure.resources.noun import AzureKind

NOUNS = (
    group,
    virtual_network,
    application_group,
    security_group,
    route_table,
    public_address,
    nat_gateway,
    subnet,
    load_balancer,
    storage_account,
    container,
    identity,
    role_definition,
    role_assignment,
    private_zone,
    zone_link,
    record,
    ssh_key,
    availability_set,
    network_interface,
    disk,
    machine,
    lock,
)

KINDS: tuple[type[AzureKind[Any]], ...] = (
    group.GroupKind,
    virtual_network.VirtualNetworkKind,
    application_group.ApplicationGroupKind,
    security_group.SecurityGroupKind,
    route_table.RouteTableKind,
    public_address.PublicAddressKind,
    nat_gateway.NatGatewayKind,
    subnet.SubnetKind,
    load_balancer.LoadBalancerKind,
    storage_account.StorageAccountKind,
    container.ContainerKind,
    identity.IdentityKind,
    role_definition.RoleDefinitionKind,
    role_assignment.RoleAssignmentKind,
    private_zone.PrivateZoneKind,
    zone_link.ZoneLinkKind,
    record.RecordKind,
    ssh_key.SshKeyKind,
    availability_set.AvailabilitySetKind,
    network_interface.NetworkInterfaceKind,
    disk.DiskKind,
    machine.MachineKind,
    lock.LockKind,
)


def kinds(api: Api) -> Mapping[str, AzureKind[Any]]:
    """All kinds, by name."""
    return {kind.noun: kind(api) for kind in KINDS}
