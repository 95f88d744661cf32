"""What of others stands in or on what is ours: it is never deleted, so neither is what holds it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from paver.contract.resource import Observed, Proof
from paver_vsphere.appliance.wanted import appliance_name
from paver_vsphere.center import Center
from paver_vsphere.inventory import Listing
from paver_vsphere.resources.switch import KIND as SWITCH
from paver_vsphere.session import Reference, Row, moid

DISCOVERED = "Discovered virtual machine"
"""The folder that a vCenter itself makes for VMs that came with a host."""
SERVICES = "vCLS-"
"""Names of VMs that a vCenter itself runs in a cluster, and takes away with it."""


NAMED = 16
"""How many machines in or on one thing are named: a host may carry hundreds, and every plan reads them."""


class Guests:
    """What of others stands in or on our things, by their ids.

    Args:
        center: The vCenter.
        listing: What is there.
        items: What is ours, or adopted.
    """

    def __init__(self, center: Center, listing: Listing, items: Sequence[Observed]) -> None:
        self._center, self._listing, self._items = center, listing, items
        ours = {item.id for item in items}
        clusters = {zone.cluster for zone in center.settings.zones.values()}
        self._inside = {
            item.id: list(_foreign(listing, item, ours, clusters)) for item in items if item.proof is not Proof.ADOPTED
        }
        first = (ref for refs in self._inside.values() for ref in [ref for ref in refs if _machine(ref)][:NAMED])
        self.machines: Mapping[str, Reference] = {moid(ref): ref for ref in first}
        """Those whose names are to be read."""

    def held(self, machines: Iterable[Row]) -> Iterator[Observed]:
        """The items with what holds them, by name, once the machines' names were read."""
        names = dict(self._foreign_names(machines))
        for item in self._items:
            held_by: set[str] = set()
            more = 0
            for ref in self._inside.get(item.id, ()):
                id_ = moid(ref)
                if not _machine(ref):
                    held_by.add(_said(self._listing, ref))
                elif id_ in names:
                    held_by.add(names[id_])
                elif id_ not in self.machines:
                    more += 1
            told = (*sorted(held_by), *([f"{more} more VMs"] if more else ()))
            yield item.model_copy(update={"held_by": told}) if told else item

    def _foreign_names(self, machines: Iterable[Row]) -> Iterator[tuple[str, str]]:
        settings = self._center.settings
        own = appliance_name(self._center.owner.name) if settings.appliance is not None else ""
        for row in machines:
            name = str(row.props.get("name", ""))
            if name != own and not name.startswith(SERVICES):
                yield moid(row.ref), f"VM {name}"


def _machine(ref: Reference) -> bool:
    return moid(ref).startswith("VirtualMachine:")


def _foreign(listing: Listing, item: Observed, ours: set[str], clusters: set[str]) -> Iterator[Reference]:
    if item.id.startswith("HostSystem:"):
        yield from _switches(listing, item.id, ours)
    for ref in listing.inside(item.id):
        id_ = moid(ref)
        row = listing.get(id_)
        if item.kind == SWITCH and row is not None and id_.startswith("HostSystem:"):
            above = listing.get(row.props["parent"])
            if above is not None and above.props.get("name") in clusters:
                continue  # paver let it join
        if id_ in ours or id_.startswith(("Network:", "OpaqueNetwork:")):
            continue  # standard networks come and go with their hosts
        if row is not None and id_.startswith("Datastore:"):
            if {moid(mount.key) for mount in row.props.get("host") or ()} <= ours:
                continue  # so does what only hosts of ours have
        elif row is not None and row.props.get("name") == DISCOVERED:
            yield from row.props.get("childEntity") or ()
            continue
        elif row is not None and id_.startswith("DistributedVirtualPortgroup:") and _uplink(listing, id_):
            continue
        yield ref


def _switches(listing: Listing, host: str, ours: set[str]) -> Iterator[Reference]:
    """Switches of others that a host is a member of: it cannot leave the vCenter before it has left them."""
    for switch in listing.all("DistributedVirtualSwitch"):
        members = {moid(ref) for ref in switch.props.get("summary.hostMember") or ()}
        if host in members and moid(switch.ref) not in ours:
            yield switch.ref


def _uplink(listing: Listing, id_: str) -> bool:
    """Whether a port group is one that came with a switch."""
    return any(
        id_ in {moid(ref) for ref in switch.props.get("config.uplinkPortgroup") or ()}
        for switch in listing.all("DistributedVirtualSwitch")
    )


def _said(listing: Listing, ref: Reference) -> str:
    row = listing.get(ref)
    kind = moid(ref).partition(":")[0]
    return f"{kind} {row.props['name']}" if row is not None and "name" in row.props else moid(ref)
