"""Managed disks: the jumpbox's own, which outlives its machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from paver.contract.layout import jumpbox_zone
from paver.contract.resource import Key
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_azure import ids, places
from paver_azure.api import Record
from paver_azure.listing import Look
from paver_azure.resources.group import group_key
from paver_azure.resources.machine import NOUN as MACHINE
from paver_azure.resources.noun import Tagged, TaggedKind, inside
from paver_azure.settings import AzureSettings

NOUN = "disk"


class Disk(Tagged):
    """An empty disk."""

    size_gib: int
    sku: str = "StandardSSD_LRS"
    zone: str | None = None


class DiskKind(TaggedKind[Disk]):
    """`disk/jumpbox`."""

    noun = NOUN
    type = "Microsoft.Compute/disks"
    replace: ClassVar[frozenset[str]] = frozenset({"zone"})

    def body(self, want: Disk, owner: Owner) -> dict[str, Any]:
        """Empty, and read by nobody from outside."""
        return {
            **self.tagged(want, owner),
            "sku": {"name": want.sku},
            **({"zones": [want.zone]} if want.zone else {}),
            "properties": {
                "creationData": {"createOption": "Empty"},
                "diskSizeGB": want.size_gib,
                "networkAccessPolicy": "DenyAll",
                "publicNetworkAccess": "Disabled",
            },
        }

    def like(self, record: Record, base: Mapping[str, Any], look: Look | None) -> Disk:
        """As it is."""
        return Disk(
            **base,
            size_gib=int(inside(record, "properties", "diskSizeGB") or 0),
            sku=str(inside(record, "sku", "name") or ""),
            zone=next(iter(record.get("zones") or ()), None),
        )

    def held_by(self, record: Record, look: Look) -> tuple[str, ...]:
        """A machine of others."""
        by = record.get("managedBy")
        return (str(by),) if by and ids.canonical(str(by)) not in look.ours(MACHINE) else ()


def disk_key() -> Key:
    """The key of the jumpbox's."""
    return places.key(NOUN, "jumpbox")


def wanted(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[Disk]:
    """One, unless the jumpbox is there already."""
    if spec.jumpbox.existing:
        return
    zone = jumpbox_zone(spec)
    yield Disk(
        key=disk_key(),
        name=places.native(spec, "jumpbox"),
        size_gib=settings.jumpbox.disk_gib,
        zone=settings.zones[zone] if settings.zones else None,
        after=(group_key(spec),),
        note=f"{settings.jumpbox.disk_gib} GiB",
    )
