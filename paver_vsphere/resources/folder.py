"""A folder for VMs and templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from pydantic import JsonValue

from paver.contract.resource import Key, Observed, Value
from paver_vsphere.claims import Claim
from paver_vsphere.inventory import Listing
from paver_vsphere.resources.entity import ClaimedKind, Entity
from paver_vsphere.session import Reference, Row, moid

KIND = "folder"
INNER = ("vms", "templates")
"""What is in the environment's own."""


class Folder(Entity):
    """Wanted: a VM folder, in the datacenter's own or in another of ours."""

    parent: Value
    """Id of a datacenter or a folder."""


class FolderKind(ClaimedKind[Folder]):
    """`folder/<environment>` holds the others. A VM is never deleted with its folder."""

    kind = KIND
    type = "Folder"
    replace: ClassVar[frozenset[str]] = frozenset({"parent"})

    def send(self, want: Folder) -> Reference:
        """Not a task: the object."""
        inside = str(want.parent).startswith("Datacenter:")
        parent = self.center.folder(want.parent, "vmFolder") if inside else self.center.ref(want.parent)
        return self.center.connection.call(parent.CreateFolder, want.name, what=f"create folder {want.name}")

    def needs(self, want: Folder) -> tuple[str, ...]:
        """Its parent."""
        return (str(want.parent),)

    def outputs(self, want: Folder, ref: Reference) -> dict[str, JsonValue]:
        """Its path below the datacenter's VM folder."""
        del ref
        top = want.key.name == self.center.owner.name
        return {"name": want.name, "path": want.name if top else f"{self.center.owner.name}/{want.name}"}

    def stands(self, listing: Listing, row: Row, key: Key) -> bool:
        """In the datacenter's VM folder, or in the environment's."""
        datacenter = self.center.datacenter(listing)
        if datacenter is None:
            return False
        top, parent = moid(datacenter.props["vmFolder"]), moid(row.props["parent"])
        if key.name == self.center.owner.name:
            return parent == top
        above = listing.get(parent)
        named = above is not None and above.props.get("name") == self.center.owner.name
        return named and above is not None and moid(above.props["parent"]) == top

    def observe(self, listing: Listing, register: Mapping[Key, Claim], wanted: list[Folder]) -> Iterator[Observed]:
        """By its claim."""
        del wanted
        datacenter = self.center.datacenter(listing)
        for bearer in self.ours(listing, register):
            parent = moid(bearer.row.props["parent"])
            if datacenter is not None and parent == moid(datacenter.props["vmFolder"]):
                parent = moid(datacenter.ref)
            name = str(bearer.row.props["name"])
            want = Folder(key=bearer.key, name=name, parent=parent, labels=bearer.labels)
            yield self.shown(want, bearer, outputs=self.outputs(want, bearer.row.ref))
