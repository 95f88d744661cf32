"""The environment's private DNS zone, its link to the virtual network, and its records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from paver.contract.resource import Desired, Key
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_azure import ids, marks, places
from paver_azure.api import Record
from paver_azure.listing import Look
from paver_azure.resources.group import group_key
from paver_azure.resources.noun import Tagged, TaggedKind
from paver_azure.settings import AzureSettings

NOUN = "private-zone"
EVERYWHERE = "global"


class PrivateZone(Tagged):
    """A zone that only linked networks see."""


class PrivateZoneKind(TaggedKind[PrivateZone]):
    """`private-zone/ZONE`."""

    noun = NOUN
    type = "Microsoft.Network/privateDnsZones"

    def native(self, owner: Owner, key: Key) -> str:
        """The zone itself."""
        return key.name

    def body(self, want: PrivateZone, owner: Owner) -> dict[str, Any]:
        """It is everywhere."""
        return {"location": EVERYWHERE, "tags": marks.tags(owner, want.key, want.tags), "properties": {}}

    def like(self, record: Record, base: Mapping[str, Any], look: Look | None) -> PrivateZone:
        """As it is."""
        return PrivateZone(**base)

    def adopting(self, look: Look, wanted: Sequence[Desired]) -> Iterable[tuple[Desired, Record]]:
        """By id, where it is the zone of that name."""
        return ((w, r) for w, r in super().adopting(look, wanted) if str(r["name"]).lower() == w.name)


def zone_key(spec: EnvironmentSpec) -> Key:
    """The zone's key."""
    return places.key(NOUN, spec.dns.zone)


def wanted(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[PrivateZone]:
    """One, or the one that is there."""
    given = settings.private_zone
    yield PrivateZone(
        key=zone_key(spec),
        name=spec.dns.zone,
        adopt=ids.canonical(given) if given else None,
        after=(group_key(spec),),
    )
