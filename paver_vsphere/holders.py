"""What of others stands in or on what is ours: it is never deleted, so neither is what holds it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from paver.contract.resource import Observed
from paver_vsphere.appliance.wanted import appliance_name
from paver_vsphere.center import Center
from paver_vsphere.inventory import DISCOVERED, Listing
from paver_vsphere.resources.switch import KIND as SWITCH
from paver_vsphere.session import Reference, moid

SERVICES = "vCLS-"
"""Names of VMs that a vCenter itself runs in a cluster, and takes away with it."""

NAMED = 16
"""How many machines in or on one thing are named: a host may carry hundreds."""


def holders(center: Center, listing: Listing, items: Sequence[Observed], item: Observed) -> tuple[str, ...]:
    """What of others stands in or on one of our things, by name: two calls, one where no machine does.

    Args:
        center: The vCenter.
        listing: What is there.
        items: What is ours, or adopted.
        item: One of them.
    """
    listing.look_into(center.connection, item.id)
    clusters = {zone.cluster for zone in center.settings.zones.values()}
    found = list(_foreign(listing, item, {one.id for one in items}, clusters))
    machines = [ref for ref in found if _machine(ref)]
    held_by = {_said(listing, ref) for ref in found if not _machine(ref)} | _foreign_names(center, machines[:NAMED])
    more = len(machines) - NAMED
    return (*sorted(held_by), *([f"{more} more VMs"] if more > 0 else ()))


def _foreign_names(center: Center, machines: Sequence[Reference]) -> set[str]:
    """The names of those that are neither the vCenter itself nor its services."""
    own = appliance_name(center.owner.name) if center.settings.appliance is not None else ""
    rows = center.connection.retrieve({"VirtualMachine": ("name",)}, roots=machines, tree={}) if machines else ()
    names = (str(row.props.get("name", "")) for row in rows)
    return {f"VM {name}" for name in names if name != own and not name.startswith(SERVICES)}


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
