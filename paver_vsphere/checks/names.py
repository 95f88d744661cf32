"""Names on a vCenter that exists which this environment would use, and which somebody else has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from paver.contract.driver import Finding
from paver.contract.findings import bad, good
from paver.contract.names import read_marker
from paver.contract.resource import Desired, Key
from paver.contract.types import Owner
from paver_vsphere.claims import read_claims
from paver_vsphere.inventory import Listing
from paver_vsphere.resources.attribute import REGISTER_PREFIX
from paver_vsphere.resources.port_group import KIND as GROUP
from paver_vsphere.resources.switch import KIND as SWITCH
from paver_vsphere.section import SECTION
from paver_vsphere.session import Row
from paver_vsphere.vcenter import VCenterSession

MARKED: Mapping[str, str] = {SWITCH: "DistributedVirtualSwitch", GROUP: "DistributedVirtualPortgroup"}
"""By kind: the type of what bears its mark in itself, and is claimed in no register."""


def taken_findings(
    where: str,
    owner: Owner,
    session: VCenterSession,
    listing: Listing,
    datacenter: Row | None,
    wanted: Sequence[Desired],
) -> Iterator[Finding]:
    """Each by its key, and whose it is where a register says so. No call."""
    taken = [*session.taken(listing, wanted), *_marked(owner, listing, datacenter, wanted)]
    for key, name in taken:
        owners = ", ".join(_owners(listing, Key.parse(key), name))
        yield bad(
            "names",
            f"{name} on {where} is somebody else's"
            + (f": {owners} claims it for {key}" if owners else f", and {key} would have it"),
            "choose another name, or adopt what can be adopted",
            (*SECTION, "datacenter") if key.startswith("datacenter/") else SECTION,
        )
    if not taken:
        yield good("names", "no name that it would use is taken")


def _marked(
    owner: Owner, listing: Listing, datacenter: Row | None, wanted: Sequence[Desired]
) -> Iterator[tuple[str, str]]:
    """Of what bears its mark in itself: what has the name in our datacenter, and not our mark."""
    for want in wanted:
        for row in listing.all(MARKED[want.key.kind]) if want.key.kind in MARKED and want.adopt is None else ():
            switch = listing.get(row.props["config.distributedVirtualSwitch"]) if want.key.kind == GROUP else row
            here = datacenter is not None and switch is not None and listing.below(switch, datacenter.ref)
            mark = read_marker(row.props.get("config.description"))
            if here and row.props.get("name") == want.name and (mark is None or mark[0].id != owner.id):
                yield str(want.key), want.name


def _owners(listing: Listing, key: Key, name: str) -> Iterator[str]:
    """The registers that claim it."""
    root = listing.get(listing.root)
    values = list(root.props.get("customValue") or ()) if root is not None else []
    for field in listing.definitions:
        if str(field.name).startswith(REGISTER_PREFIX):
            claims = read_claims(values, int(field.key))
            if any(other.kind == key.kind and claim.name == name for other, claim in claims.items()):
                yield str(field.name)
