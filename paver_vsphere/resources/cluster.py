"""A cluster of hosts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from pydantic import JsonValue

from paver.contract.resource import Key, Observed, Value
from paver_vsphere.claims import Claim
from paver_vsphere.inventory import Listing
from paver_vsphere.resources.entity import ClaimedKind, Entity, adopted
from paver_vsphere.sdk import vim
from paver_vsphere.session import Reference, Row, moid

KIND = "cluster"


class Cluster(Entity):
    """Wanted: a cluster in the datacenter."""

    datacenter: Value


class ClusterKind(ClaimedKind[Cluster]):
    """With DRS, without which a cluster takes no resource pools. HA is the site's to switch on."""

    kind = KIND
    type = "ClusterComputeResource"
    replace: ClassVar[frozenset[str]] = frozenset({"datacenter"})

    def send(self, want: Cluster) -> Reference:
        """Not a task: the object."""
        folder = self.center.folder(want.datacenter, "hostFolder")
        drs = vim().cluster.DrsConfigInfo(enabled=True, defaultVmBehavior="fullyAutomated")
        spec = vim().cluster.ConfigSpecEx(drsConfig=drs)
        return self.center.connection.call(folder.CreateClusterEx, want.name, spec, what=f"create cluster {want.name}")

    def needs(self, want: Cluster) -> tuple[str, ...]:
        """Its datacenter."""
        return (str(want.datacenter),)

    def outputs(self, want: Cluster, ref: Reference) -> dict[str, JsonValue]:
        """Its name; its hosts are resources of their own."""
        del ref
        return {"name": want.name, "hosts": ""}

    def stands(self, listing: Listing, row: Row, key: Key) -> bool:
        """In the host folder of the datacenter."""
        del key
        datacenter = self.center.datacenter(listing)
        return datacenter is not None and moid(row.props["parent"]) == moid(datacenter.props["hostFolder"])

    def observe(self, listing: Listing, register: Mapping[Key, Claim], wanted: list[Cluster]) -> Iterator[Observed]:
        """By its claim, or the adopted one."""
        for want in wanted:
            datacenter = self.center.datacenter(listing)
            if want.adopt is not None and datacenter is not None:
                row = listing.named("ClusterComputeResource", want.adopt, datacenter.ref)
                actual = {"datacenter": moid(datacenter.ref), "labels": want.labels}
                yield from adopted(want, row, actual, hosts=joined(row) if row else "")
        for bearer in self.ours(listing, register):
            name, parent = str(bearer.row.props["name"]), datacenter_of(listing, bearer.row)
            want = Cluster(key=bearer.key, name=name, datacenter=parent, labels=bearer.labels)
            yield self.shown(want, bearer, outputs=self.outputs(want, bearer.row.ref))


def joined(row: Row) -> str:
    """Ids of a cluster's hosts, in one text: one output."""
    return " ".join(sorted(moid(host) for host in row.props.get("host") or ()))


def datacenter_of(listing: Listing, row: Row) -> str:
    """Id of the datacenter that an object is in."""
    return next((id_ for id_ in listing.above(row) if id_.startswith("Datacenter:")), "")
