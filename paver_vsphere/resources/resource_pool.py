"""A resource pool."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from paver.contract.resource import Desired, Key, Observed, Value
from paver_vsphere.inventory import Listing
from paver_vsphere.resources.entity import EntityKind, registered
from paver_vsphere.sdk import vim
from paver_vsphere.session import Reference, moid

KIND = "resource-pool"


class ResourcePool(Desired):
    """Wanted: a pool at the top of a cluster, with no limits of its own."""

    cluster: Value


class ResourcePoolKind(EntityKind[ResourcePool]):
    """One a zone. A VM or a pool of others in it holds it."""

    kind = KIND
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

    def observe(self, listing: Listing, register: dict[Key, str], wanted: list[ResourcePool]) -> Iterator[Observed]:
        """By its registered name at the top of the cluster of its zone."""
        del wanted
        datacenter = listing.named("Datacenter", self.center.settings.datacenter)
        for key, name in registered(KIND, register):
            zone = self.center.settings.zones.get(key.name)  # type: ignore[call-overload]  # a zone that is no more has none
            for cluster in listing.all("ClusterComputeResource"):
                if datacenter is None or not listing.below(cluster, datacenter.ref):
                    continue
                if zone is not None and cluster.props.get("name") != zone.cluster:
                    continue
                top = listing.get(cluster.props["resourcePool"])
                for ref in (top.props.get("resourcePool") or ()) if top else ():
                    row = listing.get(ref)
                    if row is not None and row.props.get("name") == name:
                        held = [*(row.props.get("vm") or ()), *(row.props.get("resourcePool") or ())]
                        yield self.found(
                            ResourcePool(key=key, name=name, cluster=moid(cluster.ref)),
                            moid(row.ref),
                            held_by=tuple(moid(one) for one in held),
                        )
