"""Network interfaces: the jumpbox's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from paver.contract.layout import assigned, jumpbox_network
from paver.contract.resource import Key, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_azure import ids, places
from paver_azure.api import Record
from paver_azure.listing import Look
from paver_azure.resources.group import group_key
from paver_azure.resources.noun import Tagged, TaggedKind, inside, linked
from paver_azure.resources.public_address import JUMPBOX, address_key
from paver_azure.settings import AzureSettings

NOUN = "network-interface"


class NetworkInterface(Tagged):
    """An interface at a fixed address."""

    subnet: Value
    address: str
    security_group: Value
    application_group: Value
    public_address: Value | None = None


class NetworkInterfaceKind(TaggedKind[NetworkInterface]):
    """`network-interface/jumpbox`."""

    noun = NOUN
    type = "Microsoft.Network/networkInterfaces"
    replace: ClassVar[frozenset[str]] = frozenset({"subnet", "address"})

    def body(self, want: NetworkInterface, owner: Owner) -> dict[str, Any]:
        """One IP configuration."""
        public = {"publicIPAddress": {"id": str(want.public_address)}} if want.public_address else {}
        configuration = {
            "name": "primary",
            "properties": {
                "primary": True,
                "privateIPAddress": want.address,
                "privateIPAllocationMethod": "Static",
                "subnet": {"id": str(want.subnet)},
                "applicationSecurityGroups": [{"id": str(want.application_group)}],
                **public,
            },
        }
        properties = {"ipConfigurations": [configuration], "networkSecurityGroup": {"id": str(want.security_group)}}
        return {**self.tagged(want, owner), "properties": properties}

    def like(self, record: Record, base: Mapping[str, Any], look: Look | None) -> NetworkInterface:
        """As it is."""
        first: Record = next(iter(inside(record, "properties", "ipConfigurations") or ()), {})
        groups = inside(first, "properties", "applicationSecurityGroups") or ()
        return NetworkInterface(
            **base,
            subnet=linked(first, "subnet") or "",
            address=str(inside(first, "properties", "privateIPAddress") or ""),
            security_group=linked(record, "networkSecurityGroup") or "",
            application_group=" ".join(ids.canonical(str(group["id"])) for group in groups),
            public_address=linked(first, "publicIPAddress"),
        )

    def needs(self, like: NetworkInterface, id_: str, look: Look | None) -> Iterable[str]:
        """Everything that it is tied to."""
        yield from super().needs(like, id_, look)
        links = (like.subnet, like.security_group, like.application_group, like.public_address)
        yield from (str(link) for link in links if link)


def interface_key() -> Key:
    """The key of the jumpbox's."""
    return places.key(NOUN, "jumpbox")


def wanted(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[NetworkInterface]:  # noqa: ARG001  all nouns are asked alike
    """One, unless the jumpbox is there already."""
    if spec.jumpbox.existing:
        return
    network = jumpbox_network(spec)
    address = str(assigned(spec, network)["jumpbox"])
    yield NetworkInterface(
        key=interface_key(),
        name=places.native(spec, "jumpbox"),
        subnet=ref(places.key("subnet", network)),
        address=address,
        security_group=ref(places.key("security-group", "jumpbox")),
        application_group=ref(places.key("application-group", "jumpbox")),
        public_address=ref(address_key(JUMPBOX)) if spec.jumpbox.public else None,
        after=(group_key(spec),),
        note=address,
    )
