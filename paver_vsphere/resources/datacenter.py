"""A datacenter."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import JsonValue

from paver.contract.resource import Desired, Key, Observed
from paver_vsphere.inventory import Listing
from paver_vsphere.resources.entity import EntityKind, adopted, registered
from paver_vsphere.session import Reference, moid

KIND = "datacenter"


class Datacenter(Desired):
    """Wanted: a datacenter at the root."""


class DatacenterKind(EntityKind[Datacenter]):
    """Made on the root folder; its four folders come with it."""

    kind = KIND

    def send(self, want: Datacenter) -> Reference:
        """Not a task: the object."""
        root = self.center.content.rootFolder
        return self.center.connection.call(root.CreateDatacenter, want.name, what=f"create datacenter {want.name}")

    def observe(self, listing: Listing, register: dict[Key, str], wanted: list[Datacenter]) -> Iterator[Observed]:
        """By its registered name, or the adopted one."""
        for want in wanted:
            if want.adopt is not None:
                yield from adopted(want, listing.named("Datacenter", want.adopt), {})
        for key, name in registered(KIND, register):
            row = listing.named("Datacenter", name, listing.root)
            if row is not None:
                inside = [
                    child
                    for folder in ("vmFolder", "hostFolder", "networkFolder", "datastoreFolder")
                    if (held := listing.get(row.props[folder]))
                    for child in held.props.get("childEntity") or ()
                ]
                yield self.found(
                    Datacenter(key=key, name=name),
                    moid(row.ref),
                    held_by=tuple(f"{name} holds {moid(child)}" for child in inside if _virtual_machine(child)),
                )

    def outputs(self, want: Datacenter, row: Reference) -> dict[str, JsonValue]:
        """Its name."""
        return {"name": want.name}


def _virtual_machine(child: Reference) -> bool:
    return moid(child).startswith("VirtualMachine:")
