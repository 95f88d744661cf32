"""A resource pool."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from paver.contract.resource import Key, Observed, Value
from paver_vsphere.claims import Claim
from paver_vsphere.inventory import Listing
from paver_vsphere.resources.entity import ClaimedKind, Entity
from paver_vsphere.sdk import vim
from paver_vsphere.session import Reference, Row, moid

KIND = "resource-pool"


class ResourcePool(Entity):
    """Wanted: a pool at the top of a cluster, with no limits of its own."""

    cluster: Value


class ResourcePoolKind(ClaimedKind[ResourcePool]):
    """One a zone."""

    kind = KIND
    type = "ResourcePool"
    replace: ClassVar[frozenset[str]] = frozenset({"cluster"})

    def send(self, want: ResourcePool) -> Reference:
        """Not a task: the object."""
        cluster = self.center.ref(want.cluster)
        root = self.center.connection.properties(cluster, "resourcePool")["resourcePool"]
        allocation = vim().ResourceAllocationInfo(
            reservation=0,
            limit=-1,
            expandableReservation=True,
            shares=vim().SharesInfo(level="normal", shares=4000),
        )
        spec = vim().ResourceConfigSpec(cpuAllocation=allocation, memoryAllocation=allocation)
        return self.center.connection.call(root.CreateResourcePool, want.name, spec, what=f"create pool {want.name}")

    def needs(self, want: ResourcePool) -> tuple[str, ...]:
        """Its cluster."""
        return (str(want.cluster),)

    def stands(self, listing: Listing, row: Row, key: Key) -> bool:
        """At the top of the cluster of its zone."""
        zone = self.center.settings.zones.get(key.name)  # type: ignore[call-overload]  # a zone that is no more has none
        datacenter = self.center.datacenter(listing)
        named = zone.cluster if zone else self.center.claims.names.get(Key(kind="cluster", name=key.name), "")
        cluster = listing.named("ClusterComputeResource", named, datacenter.ref) if datacenter else None
        return cluster is not None and moid(row.props["parent"]) == moid(cluster.props["resourcePool"])

    def observe(
        self, listing: Listing, register: Mapping[Key, Claim], wanted: list[ResourcePool]
    ) -> Iterator[Observed]:
        """By its claim."""
        del wanted
        for bearer in self.ours(listing, register):
            above = (id_ for id_ in listing.above(bearer.row) if id_.startswith("ClusterComputeResource:"))
            name, cluster = str(bearer.row.props["name"]), next(above, "")
            want = ResourcePool(key=bearer.key, name=name, cluster=cluster, labels=bearer.labels)
            yield self.shown(want, bearer)
