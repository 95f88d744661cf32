"""A datacenter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from paver.contract.resource import Key, Observed
from paver_vsphere.claims import Claim
from paver_vsphere.inventory import Listing
from paver_vsphere.resources.entity import ClaimedKind, Entity, adopted
from paver_vsphere.session import Reference, Row, moid

KIND = "datacenter"


class Datacenter(Entity):
    """Wanted: a datacenter at the root."""


class DatacenterKind(ClaimedKind[Datacenter]):
    """Made on the root folder; its four folders come with it."""

    kind = KIND
    type = "Datacenter"

    def send(self, want: Datacenter) -> Reference:
        """Not a task: the object."""
        root = self.center.content.rootFolder
        return self.center.connection.call(root.CreateDatacenter, want.name, what=f"create datacenter {want.name}")

    def stands(self, listing: Listing, row: Row, key: Key) -> bool:
        """At the root."""
        del key
        return moid(row.props["parent"]) == moid(listing.root)

    def observe(self, listing: Listing, register: Mapping[Key, Claim], wanted: list[Datacenter]) -> Iterator[Observed]:
        """By its claim, or the adopted one."""
        for want in wanted:
            if want.adopt is not None:
                row = self.center.datacenter(listing)
                yield from adopted(want, row, {"labels": want.labels}, instance=self._instance)
        for bearer in self.ours(listing, register):
            want = Datacenter(key=bearer.key, name=str(bearer.row.props["name"]), labels=bearer.labels)
            yield self.shown(want, bearer, outputs=self.outputs(want, bearer.row.ref))

    def outputs(self, want: Datacenter, ref: Reference) -> dict[str, JsonValue]:
        """Its name, and which vCenter it is in."""
        del ref
        return {"name": want.name, "instance": self._instance}

    @property
    def _instance(self) -> str:
        return str(self.center.connection.about.instanceUuid).lower()
