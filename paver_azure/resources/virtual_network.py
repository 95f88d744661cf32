"""The virtual network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Address
from typing import Any, ClassVar

from paver.contract.resource import Key
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_azure import ids, places
from paver_azure.api import Record
from paver_azure.listing import Look
from paver_azure.resources.group import group_key
from paver_azure.resources.noun import Tagged, TaggedKind, inside
from paver_azure.settings import AzureSettings

NOUN = "virtual-network"
# What ARM tells of a subnet and does not take back (Microsoft.Network/virtualNetworks@2025-07-01).
_TOLD = frozenset(
    {
        "provisioningState",
        "ipConfigurations",
        "ipConfigurationProfiles",
        "privateEndpoints",
        "resourceNavigationLinks",
        "serviceAssociationLinks",
        "purpose",
    }
)


class VirtualNetwork(Tagged):
    """A virtual network."""

    address_space: tuple[str, ...]
    dns_servers: tuple[IPv4Address, ...] = ()
    """None: Azure's own resolver."""


class VirtualNetworkKind(TaggedKind[VirtualNetwork]):
    """`virtual-network/ENVIRONMENT`."""

    noun = NOUN
    type = "Microsoft.Network/virtualNetworks"
    replace: ClassVar[frozenset[str]] = frozenset({"address_space"})

    def body(self, want: VirtualNetwork, owner: Owner) -> dict[str, Any]:
        """Without subnets: each is a resource of its own."""
        servers = {"dhcpOptions": {"dnsServers": [str(server) for server in want.dns_servers]}}
        space = {"addressSpace": {"addressPrefixes": list(want.address_space)}}
        return {**self.tagged(want, owner), "properties": {**space, **(servers if want.dns_servers else {})}}

    def keep(self, body: dict[str, Any], before: Record) -> None:
        """Subnets and peerings too: a PUT without them would delete them."""
        super().keep(body, before)
        found = before.get("properties") or {}
        if subnets := found.get("subnets"):
            body["properties"]["subnets"] = [_untold(subnet) for subnet in subnets]
        if peerings := found.get("virtualNetworkPeerings"):
            body["properties"]["virtualNetworkPeerings"] = [{"id": peering["id"]} for peering in peerings]

    def like(self, record: Record, base: Mapping[str, Any], look: Look | None) -> VirtualNetwork:
        """As it is."""
        return VirtualNetwork(
            **base,
            address_space=tuple(inside(record, "properties", "addressSpace", "addressPrefixes") or ()),
            dns_servers=tuple(inside(record, "properties", "dhcpOptions", "dnsServers") or ()),
        )

    def serial(self, owner: Owner) -> str:
        """Its own, which its subnets share."""
        return places.network_serial(owner.id)

    def held_by(self, record: Record, look: Look) -> tuple[str, ...]:
        """Subnets of others, and peerings."""
        ours = {(network, str(name)) for network, name in _names(look)}
        here = ids.canonical(str(record["id"]))
        found = record.get("properties") or {}
        subnets = [one for one in found.get("subnets") or () if (here, str(one["name"]).lower()) not in ours]
        return tuple(str(one["id"]) for one in (*subnets, *(found.get("virtualNetworkPeerings") or ())))


def _names(look: Look) -> Iterable[tuple[str, str]]:
    for _, record in look.claimed("subnet"):
        parent, _, name = ids.canonical(str(record["id"])).rpartition("/subnets/")
        yield parent, name


def _untold(subnet: Mapping[str, Any]) -> dict[str, Any]:
    properties = {name: value for name, value in (subnet.get("properties") or {}).items() if name not in _TOLD}
    for name in ("networkSecurityGroup", "routeTable", "natGateway"):
        if properties.get(name):
            properties[name] = {"id": properties[name]["id"]}
    return {"name": subnet["name"], "properties": properties}


def network_key(spec: EnvironmentSpec) -> Key:
    """The network's key."""
    return places.key(NOUN, spec.name)


def wanted(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[VirtualNetwork]:
    """One, or the one that is there."""
    given = settings.virtual_network
    yield VirtualNetwork(
        key=network_key(spec),
        name=ids.last(given) if given else places.native(spec),
        adopt=ids.canonical(given) if given else None,
        serial=places.network_serial(spec.id),
        address_space=(str(spec.address_space),),
        dns_servers=tuple(settings.dns_servers or spec.dns.servers),
        after=(group_key(spec),),
        note=str(spec.address_space),
    )
