"""What the environment's principals may do in Azure: custom roles, pure, with no wildcard among their actions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from paver.contract.resource import Key, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Name
from paver_azure import ids, places
from paver_azure.resources.noun import group_of
from paver_azure.settings import AzureSettings

JUMPBOX, DIRECTOR = "jumpbox", "director"
CPI, BLOBS, DNS, NETWORK = "cpi", "blobs", "dns", "network"

# bosh.io, "Azure CPI", and the operations of each resource provider (Microsoft Learn, "Azure permissions").
_CPI = (
    "Microsoft.Compute/availabilitySets/delete",
    "Microsoft.Compute/availabilitySets/read",
    "Microsoft.Compute/availabilitySets/write",
    "Microsoft.Compute/disks/beginGetAccess/action",
    "Microsoft.Compute/disks/delete",
    "Microsoft.Compute/disks/endGetAccess/action",
    "Microsoft.Compute/disks/read",
    "Microsoft.Compute/disks/write",
    "Microsoft.Compute/images/delete",
    "Microsoft.Compute/images/read",
    "Microsoft.Compute/images/write",
    "Microsoft.Compute/locations/operations/read",
    "Microsoft.Compute/snapshots/delete",
    "Microsoft.Compute/snapshots/read",
    "Microsoft.Compute/snapshots/write",
    "Microsoft.Compute/sshPublicKeys/read",
    "Microsoft.Compute/virtualMachines/deallocate/action",
    "Microsoft.Compute/virtualMachines/delete",
    "Microsoft.Compute/virtualMachines/powerOff/action",
    "Microsoft.Compute/virtualMachines/read",
    "Microsoft.Compute/virtualMachines/restart/action",
    "Microsoft.Compute/virtualMachines/start/action",
    "Microsoft.Compute/virtualMachines/write",
    "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
    "Microsoft.ManagedIdentity/userAssignedIdentities/read",
    "Microsoft.Network/applicationSecurityGroups/joinIpConfiguration/action",
    "Microsoft.Network/applicationSecurityGroups/read",
    "Microsoft.Network/loadBalancers/backendAddressPools/join/action",
    "Microsoft.Network/loadBalancers/read",
    "Microsoft.Network/locations/operations/read",
    "Microsoft.Network/networkInterfaces/delete",
    "Microsoft.Network/networkInterfaces/join/action",
    "Microsoft.Network/networkInterfaces/read",
    "Microsoft.Network/networkInterfaces/write",
    "Microsoft.Network/networkSecurityGroups/join/action",
    "Microsoft.Network/networkSecurityGroups/read",
    "Microsoft.Network/publicIPAddresses/delete",
    "Microsoft.Network/publicIPAddresses/join/action",
    "Microsoft.Network/publicIPAddresses/read",
    "Microsoft.Network/publicIPAddresses/write",
    "Microsoft.Network/virtualNetworks/read",
    "Microsoft.Network/virtualNetworks/subnets/join/action",
    "Microsoft.Network/virtualNetworks/subnets/read",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
    "Microsoft.Storage/storageAccounts/blobServices/containers/read",
    "Microsoft.Storage/storageAccounts/listKeys/action",
    "Microsoft.Storage/storageAccounts/read",
)
_BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers"
_RECORDS = "Microsoft.Network/privateDnsZones"
_JOIN = "Microsoft.Network/virtualNetworks"


class Permissions(NamedTuple):
    """What a role allows."""

    actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()


ROLES = {
    CPI: Permissions(_CPI),
    BLOBS: Permissions(
        (f"{_BLOBS}/read",),
        tuple(f"{_BLOBS}/blobs/{verb}" for verb in ("add/action", "delete", "move/action", "read", "write")),
    ),
    DNS: Permissions((f"{_RECORDS}/A/delete", f"{_RECORDS}/A/read", f"{_RECORDS}/A/write", f"{_RECORDS}/read")),
    NETWORK: Permissions((f"{_JOIN}/read", f"{_JOIN}/subnets/join/action", f"{_JOIN}/subnets/read")),
}


class Grant(NamedTuple):
    """A role for somebody, somewhere."""

    who: Name
    """An identity of paver's, or a credential."""
    role: str
    scope: Value
    """A group's, account's, container's or zone's id."""
    where: str = ""
    """What tells several scopes of one role apart."""

    @property
    def key(self) -> Key:
        """Its assignment's key."""
        return places.key("role-assignment", self.who, self.role, *([self.where] if self.where else []))


def credentials(spec: EnvironmentSpec) -> tuple[Name, ...]:
    """The credentials that are Azure's to grant; a registry's or the site's own are not."""
    return tuple(name for name, found in spec.credentials.items() if found.allows in {"bosh-cpi", "blobstore", "dns"})


def identities(spec: EnvironmentSpec, settings: AzureSettings) -> tuple[Name, ...]:
    """The managed identities: machines' and those credentials' for which no application is given."""
    own = tuple(name for name in credentials(spec) if name not in settings.service_principals)
    return (JUMPBOX, DIRECTOR, *own)


def grants(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[Grant]:
    """Everything that is granted."""
    for who in (JUMPBOX, DIRECTOR):
        yield from _cpi(spec, settings, who)
    for name in credentials(spec):
        credential = spec.credentials[name]
        match credential.allows:
            case "bosh-cpi":
                yield from _cpi(spec, settings, name)
            case "blobstore" if credential.datastore:
                container = ref(places.key("container", credential.datastore))
                yield Grant(name, BLOBS, container, credential.datastore)
            case "blobstore":
                yield Grant(name, BLOBS, ref(places.key("storage-account", spec.name)))
            case _:
                yield Grant(name, DNS, ref(places.key("private-zone", spec.dns.zone)))


def _cpi(spec: EnvironmentSpec, settings: AzureSettings, who: Name) -> Iterator[Grant]:
    yield Grant(who, CPI, ref(places.key("group", spec.name)))
    yield Grant(who, BLOBS, ref(places.key("storage-account", spec.name)))
    if settings.virtual_network:
        yield Grant(who, NETWORK, ref(places.key("virtual-network", spec.name)))


def used(spec: EnvironmentSpec, settings: AzureSettings) -> tuple[str, ...]:
    """The roles that anybody has."""
    there = {grant.role for grant in grants(spec, settings)}
    return tuple(role for role in ROLES if role in there)


def assignable(spec: EnvironmentSpec, settings: AzureSettings, role: str) -> tuple[str, ...]:
    """The groups in which a role may be given to somebody: those of what it is about."""
    group = ids.group_id(settings.root, settings.resource_group or spec.name)
    if role == NETWORK and settings.virtual_network:
        return (group_of(ids.canonical(settings.virtual_network)),)
    if role == DNS and settings.private_zone:
        return tuple(dict.fromkeys((group, group_of(ids.canonical(settings.private_zone)))))
    return (group,)
