"""The link that lets the virtual network see the private zone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from paver.contract.resource import Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_azure import ids, marks, places
from paver_azure.api import Record
from paver_azure.listing import Look
from paver_azure.resources.noun import Tagged, TaggedKind, inside, linked
from paver_azure.resources.private_zone import EVERYWHERE, zone_key
from paver_azure.resources.private_zone import NOUN as ZONE
from paver_azure.resources.virtual_network import network_key
from paver_azure.settings import AzureSettings

NOUN = "zone-link"


class ZoneLink(Tagged):
    """A link."""

    zone: Value
    network: Value
    registers: bool = False
    """Whether machines get records by themselves: BOSH has names of its own."""


class ZoneLinkKind(TaggedKind[ZoneLink]):
    """`zone-link/ENVIRONMENT`."""

    noun = NOUN
    type = "Microsoft.Network/privateDnsZones/virtualNetworkLinks"
    replace: ClassVar[frozenset[str]] = frozenset({"zone", "network"})

    def id_of(self, want: ZoneLink, owner: Owner) -> str:
        """In its zone."""
        return ids.child(str(want.zone), "virtualNetworkLinks", want.name)

    def body(self, want: ZoneLink, owner: Owner) -> dict[str, Any]:
        """Which network sees the zone."""
        what = {"virtualNetwork": {"id": str(want.network)}, "registrationEnabled": want.registers}
        return {"location": EVERYWHERE, "tags": marks.tags(owner, want.key, want.tags), "properties": what}

    def listed(self, look: Look) -> list[Record]:
        """Of our zone and of the one that the spec adopts."""
        return [link for group, zone in zones(look) for link in look.all_of(self.type, group, zone)]

    def like(self, record: Record, base: Mapping[str, Any], look: Look | None) -> ZoneLink:
        """As it is."""
        return ZoneLink(
            **base,
            zone=ids.canonical(str(record["id"])).rpartition("/virtualNetworkLinks/")[0],
            network=linked(record, "virtualNetwork") or "",
            registers=bool(inside(record, "properties", "registrationEnabled")),
        )

    def needs(self, like: ZoneLink, id_: str, look: Look | None) -> Iterable[str]:
        """Both ends."""
        return (str(like.zone), str(like.network))


def zones(look: Look) -> list[tuple[str, str]]:
    """Group and name of every zone in which there may be something of this owner's."""
    found = [str(record["id"]) for _, record in look.claimed(ZONE)]
    given = look.api.settings.private_zone
    if given and look.get("Microsoft.Network/privateDnsZones", ids.canonical(given)) is not None:
        found.append(given)
    return list(dict.fromkeys((ids.parts(id_).group.lower(), ids.last(id_).lower()) for id_ in found))


def wanted(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[ZoneLink]:
    """One, unless zone and network were both there already: who sees what is then others' affair."""
    if settings.private_zone and settings.virtual_network:
        return
    yield ZoneLink(
        key=places.key(NOUN, spec.name),
        name=places.native(spec),
        zone=ref(zone_key(spec)),
        network=ref(network_key(spec)),
    )
