"""The NAT gateway: the way out of networks that nobody outside may enter. A subnet spans zones, and has one at most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from paver.contract.resource import Key, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_azure import ids, places
from paver_azure.api import Record
from paver_azure.listing import Look
from paver_azure.resources.group import group_key
from paver_azure.resources.noun import Tagged, TaggedKind, inside
from paver_azure.resources.public_address import NAT, address_key
from paver_azure.settings import AzureSettings

NOUN = "nat-gateway"
IDLE_MINUTES = 4


class NatGateway(Tagged):
    """A NAT gateway under fixed addresses."""

    addresses: tuple[Value, ...]
    zones: tuple[str, ...] = ()


class NatGatewayKind(TaggedKind[NatGateway]):
    """`nat-gateway/ENVIRONMENT`."""

    noun = NOUN
    type = "Microsoft.Network/natGateways"
    replace: ClassVar[frozenset[str]] = frozenset({"zones"})

    def body(self, want: NatGateway, owner: Owner) -> dict[str, Any]:
        """Standard, under its addresses."""
        return {
            **self.tagged(want, owner),
            "sku": {"name": "Standard"},
            **({"zones": list(want.zones)} if want.zones else {}),
            "properties": {
                "idleTimeoutInMinutes": IDLE_MINUTES,
                "publicIpAddresses": [{"id": str(id_)} for id_ in want.addresses],
            },
        }

    def like(self, record: Record, base: Mapping[str, Any], look: Look | None) -> NatGateway:
        """As it is."""
        addresses = inside(record, "properties", "publicIpAddresses") or ()
        return NatGateway(
            **base,
            addresses=tuple(ids.canonical(str(one["id"])) for one in addresses),
            zones=tuple(sorted(record.get("zones") or ())),
        )

    def needs(self, like: NatGateway, id_: str, look: Look | None) -> Iterable[str]:
        """Its addresses."""
        yield from super().needs(like, id_, look)
        yield from (str(address) for address in like.addresses)


def gateway_key(spec: EnvironmentSpec) -> Key:
    """The gateway's key."""
    return places.key(NOUN, spec.name)


def wanted(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[NatGateway]:
    """One, where any network leaves through it."""
    if places.natted(spec, settings):
        yield NatGateway(
            key=gateway_key(spec),
            name=places.native(spec),
            addresses=(ref(address_key(NAT)),),
            zones=(settings.nat_zone,) if settings.nat_zone else (),
            after=(group_key(spec),),
        )
