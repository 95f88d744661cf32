"""A cluster of hosts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from paver.contract.resource import Desired, Key, Observed, Value
from paver_vsphere.inventory import Listing
from paver_vsphere.resources.entity import EntityKind, adopted, registered
from paver_vsphere.sdk import vim
from paver_vsphere.session import Reference, moid

KIND = "cluster"


class Cluster(Desired):
    """Wanted: a cluster in the datacenter."""

    datacenter: Value


class ClusterKind(EntityKind[Cluster]):
    """DRS and HA stay as the server's defaults are: what they should be is the site's to say."""

    kind = KIND
    replace: ClassVar[frozenset[str]] = frozenset({"datacenter"})

    def send(self, want: Cluster) -> Reference:
        """Not a task: the object."""
        datacenter = self.center.ref(want.datacenter)
        hosts = self.center.connection.properties(datacenter, "hostFolder")["hostFolder"]
        spec = vim().cluster.ConfigSpecEx()
        return self.center.connection.call(hosts.CreateClusterEx, want.name, spec, what=f"create cluster {want.name}")

    def needs(self, want: Cluster) -> tuple[str, ...]:
        """Its datacenter."""
        return (str(want.datacenter),)

    def observe(self, listing: Listing, register: dict[Key, str], wanted: list[Cluster]) -> Iterator[Observed]:
        """By its registered name in the datacenter, or the adopted one."""
        datacenter = listing.named("Datacenter", self.center.settings.datacenter)
        if datacenter is None:
            return
        parent = moid(datacenter.ref)
        for want in wanted:
            if want.adopt is not None:
                row = listing.named("ClusterComputeResource", want.adopt, datacenter.ref)
                yield from adopted(want, row, {"datacenter": parent})
        for key, name in registered(KIND, register):
            row = listing.named("ClusterComputeResource", name, datacenter.ref)
            if row is not None:
                names = {name for _, name in registered("host", register)}
                inside = [listing.get(host) for host in row.props.get("host") or ()]
                foreign = [str(host.props["name"]) for host in inside if host and host.props.get("name") not in names]
                yield self.found(
                    Cluster(key=key, name=name, datacenter=parent),
                    moid(row.ref),
                    held_by=tuple(foreign),
                )
