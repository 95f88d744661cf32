"""What a jumpbox would meet: its address and its name free or ours, room on its datastore."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path as FilePath

from paver.contract import names
from paver.contract.driver import Finding
from paver.contract.errors import PaverError
from paver.contract.findings import Path, bad, good, warn
from paver.contract.layout import SSH, assigned, jumpbox_network
from paver.contract.spec import EnvironmentSpec
from paver_vsphere.checks.addresses import address_finding
from paver_vsphere.checks.capacity import GIB
from paver_vsphere.inventory import Listing
from paver_vsphere.jumpbox.wanted import KEY, jumpbox_datastore, machine_name
from paver_vsphere.machine.vm import options_of
from paver_vsphere.ova import Ova
from paver_vsphere.section import SECTION
from paver_vsphere.session import Connection, Reference, moid
from paver_vsphere.settings import VsphereSettings
from paver_vsphere.wanted import datastore_name

PATH: Path = (*SECTION, "jumpbox")


def jumpbox_findings(
    connection: Connection, spec: EnvironmentSpec, settings: VsphereSettings, listing: Listing
) -> Iterator[Finding]:
    """All of it, on a vCenter that is there, by two searches and a look at its datastore.

    Args:
        connection: Its session.
        spec: The spec.
        settings: The section.
        listing: What is there.
    """
    if settings.jumpbox is None or spec.jumpbox.existing:
        return
    address, name = _address(spec), machine_name(spec.name)
    index = connection.content.searchIndex
    path = f"{settings.datacenter}/vm/{spec.name}/{name}"
    there = connection.read(index.FindByInventoryPath, path, what=f"look for {name}")
    if there is not None and _ours(connection, spec, there):
        yield good("jumpbox", f"{name} on {connection.where} is this environment's")
        return
    if there is not None:
        yield bad("names", f"{name} on {connection.where}: a VM of that name is somebody else's", "rename it", PATH)
    found = connection.read(index.FindAllByIp, None, address, True, what=f"look for {address}") or ()
    for ref in found:
        held = connection.properties(ref, "name").get("name", moid(ref))
        yield bad("addresses", f"{address} is the address of VM {held}", _hint(address), PATH)
    if not found:
        yield from address_findings(spec, settings)
    yield from _room(connection, spec, settings, listing)


def address_findings(spec: EnvironmentSpec, settings: VsphereSettings) -> Iterator[Finding]:
    """Whether anything answers at its address. All of loopback is this very machine, whose SSH is no jumpbox."""
    address = _address(spec)
    if settings.jumpbox is not None and not spec.jumpbox.existing and not IPv4Address(address).is_loopback:
        yield address_finding(address, (SSH,), _hint(address), PATH)


def _room(
    connection: Connection, spec: EnvironmentSpec, settings: VsphereSettings, listing: Listing
) -> Iterator[Finding]:
    assert settings.jumpbox is not None  # noqa: S101  its caller has looked
    name = datastore_name(spec, settings, jumpbox_datastore(spec, settings))
    try:
        ova = Ova.open(FilePath(settings.jumpbox.ova))
        needed, grown = ova.size, ova.capacity
    except PaverError:
        return  # a check of its own says so
    row = listing.named("Datastore", name)
    if row is None:
        return  # not there yet
    free = connection.properties(row.ref, "summary.freeSpace").get("summary.freeSpace", 0)
    said = f"{name} has {int(free) // GIB} GiB free; the jumpbox's thin disks grow to {-(-grown // GIB)}"
    if int(free) < needed:
        yield bad("capacity", said, f"its OVA alone has {-(-needed // GIB)} GiB", (*PATH, "datastore"))
    elif int(free) < grown:
        yield warn("capacity", said, path=(*PATH, "datastore"))
    else:
        yield good("capacity", said)


def _ours(connection: Connection, spec: EnvironmentSpec, ref: Reference) -> bool:
    return names.read_marks(options_of(connection.properties(ref, "config.extraConfig"))) == (spec.owner, KEY)


def _address(spec: EnvironmentSpec) -> str:
    return str(assigned(spec, jumpbox_network(spec))["jumpbox"])


def _hint(address: str) -> str:
    return f"by the spec {address} is the jumpbox's: find out what it is, or choose another address_space"
