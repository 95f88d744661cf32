"""Public addresses: of the NAT gateway, of public balancers, of a public jumpbox. They stay what they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pydantic import JsonValue

from paver.contract.resource import Key
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_azure import places
from paver_azure.api import Record
from paver_azure.listing import Look
from paver_azure.resources.group import group_key
from paver_azure.resources.noun import Tagged, TaggedKind, inside
from paver_azure.settings import AzureSettings

NOUN = "public-address"
NAT, JUMPBOX, BALANCER = "nat", "jumpbox", "balancer"


class PublicAddress(Tagged):
    """A static address of the standard sort."""

    zones: tuple[str, ...]


class PublicAddressKind(TaggedKind[PublicAddress]):
    """`public-address/nat`, `public-address/jumpbox`, `public-address/balancer/NAME`."""

    noun = NOUN
    type = "Microsoft.Network/publicIPAddresses"
    replace: ClassVar[frozenset[str]] = frozenset({"zones"})

    def body(self, want: PublicAddress, owner: Owner) -> dict[str, Any]:
        """Static, standard."""
        return {
            **self.tagged(want, owner),
            "sku": {"name": "Standard", "tier": "Regional"},
            **({"zones": list(want.zones)} if want.zones else {}),
            "properties": {"publicIPAllocationMethod": "Static", "publicIPAddressVersion": "IPv4"},
        }

    def like(self, record: Record, base: Mapping[str, Any], look: Look | None) -> PublicAddress:
        """As it is."""
        return PublicAddress(**base, zones=tuple(sorted(record.get("zones") or ())))

    def outputs(self, record: Record) -> dict[str, JsonValue]:
        """The address: there is none before it is provisioned."""
        return {"address": inside(record, "properties", "ipAddress") or ""}


def address_key(*parts: str) -> Key:
    """The key of an address."""
    return places.key(NOUN, *parts)


def wanted(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[PublicAddress]:
    """One for whatever is seen from outside."""
    found: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    everywhere = places.spread(settings)
    if places.natted(spec, settings):
        found.append(((NAT,), (settings.nat_zone,) if settings.nat_zone else everywhere))
    if spec.jumpbox.public and not spec.jumpbox.existing:
        found.append(((JUMPBOX,), everywhere))
    found += [((BALANCER, name), everywhere) for name, balancer in spec.load_balancers.items() if balancer.public]
    for parts, zones in found:
        yield PublicAddress(
            key=address_key(*parts), name=places.native(spec, *parts), zones=zones, after=(group_key(spec),)
        )
