"""A folder for VMs and templates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import JsonValue

from paver.contract.resource import Desired, Key, Observed, Value
from paver_vsphere.inventory import Listing
from paver_vsphere.resources.entity import EntityKind, registered
from paver_vsphere.session import Reference, Row, moid

KIND = "folder"


class Folder(Desired):
    """Wanted: a VM folder, in the datacenter's own or in another of ours."""

    parent: Value
    """Id of a datacenter or a folder."""


class FolderKind(EntityKind[Folder]):
    """Whatever stands in it and is no folder of ours holds it: a VM is never deleted with its folder."""

    kind = KIND
    replace: ClassVar[frozenset[str]] = frozenset({"parent"})

    def send(self, want: Folder) -> Reference:
        """Not a task: the object."""
        parent = self.center.ref(want.parent)
        if str(want.parent).startswith("Datacenter:"):
            parent = self.center.connection.properties(parent, "vmFolder")["vmFolder"]
        return self.center.connection.call(parent.CreateFolder, want.name, what=f"create folder {want.name}")

    def needs(self, want: Folder) -> tuple[str, ...]:
        """Its parent."""
        return (str(want.parent),)

    def observe(self, listing: Listing, register: dict[Key, str], wanted: list[Folder]) -> Iterator[Observed]:
        """By its registered name below the parent that its key implies: `folder/<environment>` holds the others."""
        del wanted
        datacenter = listing.named("Datacenter", self.center.settings.datacenter)
        root = _child(listing, datacenter.props["vmFolder"], self.center.owner.name) if datacenter else None
        ours = {moid(row.ref): row for row in self._rows(listing, register, root)}
        for key, name in registered(KIND, register):
            row = root if key.name == self.center.owner.name else _child(listing, root.ref, name) if root else None
            if row is None or datacenter is None:
                continue
            parent = moid(datacenter.ref) if row is root else moid(root.ref) if root else ""
            foreign = [moid(child) for child in row.props.get("childEntity") or () if moid(child) not in ours]
            yield self.found(
                Folder(key=key, name=name, parent=parent),
                moid(row.ref),
                held_by=tuple(foreign),
                outputs={"name": name, "path": name if row is root else f"{self.center.owner.name}/{name}"},
            )

    def _rows(self, listing: Listing, register: dict[Key, str], root: Row | None) -> Iterator[Row]:
        for key, name in registered(KIND, register):
            row = root if key.name == self.center.owner.name else _child(listing, root.ref, name) if root else None
            if row is not None:
                yield row

    def outputs(self, want: Folder, row: Reference) -> dict[str, JsonValue]:
        """Its path below the datacenter's VM folder."""
        top = want.key.name == self.center.owner.name
        return {"name": want.name, "path": want.name if top else f"{self.center.owner.name}/{want.name}"}


def _child(listing: Listing, parent: Reference, name: str) -> Row | None:
    holder = listing.get(parent)
    for child in (holder.props.get("childEntity") or ()) if holder else ():
        row = listing.get(child)
        if row is not None and moid(child).startswith("Folder:") and row.props.get("name") == name:
            return row
    return None
