"""The host that carries the appliance: room for it, names and address free or ours, the register readable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from paver.contract.driver import Finding
from paver.contract.errors import PaverError
from paver.contract.findings import Path, bad, from_error, good, warn
from paver.contract.spec import EnvironmentSpec
from paver_vsphere.appliance.image import opened
from paver_vsphere.appliance.vm import ApplianceVm
from paver_vsphere.appliance.wanted import Appliance
from paver_vsphere.bootstrap import esxi_resources
from paver_vsphere.checks.addresses import address_finding
from paver_vsphere.checks.capacity import GIB, ROOM, room_findings
from paver_vsphere.checks.jumpbox import address_findings
from paver_vsphere.host import Host
from paver_vsphere.machine.vm import PROPERTIES
from paver_vsphere.register import Page
from paver_vsphere.resources.bootstrap_network import BootstrapNetwork
from paver_vsphere.resources.datastore_mount import DatastoreMount
from paver_vsphere.section import SECTION
from paver_vsphere.session import Row

THIN_SHARE = 10
"""Its disks are thin: less than a tenth of their size free is too little to be born on, less than all may fill up."""


def first_host_findings(host: Host, spec: EnvironmentSpec) -> Iterator[Finding]:
    """All of it, from two retrievals and one file."""
    path: Path = (*SECTION, "appliance")
    rows = host.connection.retrieve(
        {
            "HostSystem": ("summary.hardware.numCpuThreads", "summary.hardware.memorySize"),
            "VirtualMachine": PROPERTIES,
            "Datastore": ("name", "info", "summary.accessible", *ROOM),
        }
    )
    wanted = esxi_resources(spec, host.settings)
    appliance = next(item for item in wanted if isinstance(item, Appliance))
    mount = next(item for item in wanted if isinstance(item, DatastoreMount))
    network = next(item for item in wanted if isinstance(item, BootstrapNetwork))
    try:
        page = host.register.read()
    except PaverError as error:
        yield from_error("register", error, path)
        return
    yield from _network(host, network, page)
    yield from _store(host, mount, page, rows)
    yield from _room_of_store(host, spec, mount, rows)
    if ApplianceVm(host).observe([row for row in rows if "runtime.powerState" in row.props]):
        yield good("appliance", f"{host.where(appliance.name)} is this environment's")
        return
    yield from _vm_name(host, appliance, rows)
    yield from _room(host, appliance, mount, rows)
    hint = "by the spec it is the appliance's: find out what it is, or give the vCenter another address"
    ports = (host.settings.port, host.appliance.setup_port)
    yield address_finding(appliance.address, ports, hint, (*SECTION, "vcenter"))
    yield from address_findings(spec, host.settings)


def _network(host: Host, want: BootstrapNetwork, page: Page | None) -> Iterator[Finding]:
    info = host.networks()
    if not any(switch.name == want.switch for switch in info.vswitch or ()):
        yield bad("uplinks", f"{host.where(want.switch)}: there is no such switch", "every host is installed with it")
    noted = page is not None and str(want.key) in page.notes
    if not noted and any(group.spec.name == want.name for group in info.portgroup or ()):
        yield bad("names", f"{host.where(want.name)}: a port group of that name is somebody else's", "rename it there")


def _store(host: Host, want: DatastoreMount, page: Page | None, rows: Sequence[Row]) -> Iterator[Finding]:
    path: Path = (*SECTION, "datastores", want.key.name)
    stores = {str(row.props["name"]): row for row in rows if "summary.accessible" in row.props}
    there = stores.get(want.name)
    if want.adopt is not None:
        if there is None:
            yield bad("names", f"{host.where(want.name)}: there is no such datastore", _have(stores), path)
        return
    noted = page is not None and str(want.key) in page.notes
    if there is not None and not noted:
        yield bad("names", f"{host.where(want.name)}: a datastore of that name is somebody else's", path=path)
    for name, row in stores.items():
        nas = getattr(row.props.get("info"), "nas", None)
        if nas and name != want.name and (str(nas.remoteHost), str(nas.remotePath)) == (want.server, want.path):
            yield bad(
                "names",
                f"{host.where(f'{want.server}:{want.path}')} is mounted already, as {name}",
                f"adopt it: existing: {name}",
                path,
            )


def _room_of_store(host: Host, spec: EnvironmentSpec, want: DatastoreMount, rows: Sequence[Row]) -> Iterator[Finding]:
    """Where it is there already: whose it is has been said."""
    label = want.key.name
    for row in rows:
        if row.props.get("name") == want.name and "summary.accessible" in row.props:
            wanted = spec.datastores[label].capacity_gib
            yield from room_findings(host.where(want.name), row.props, wanted, ("datastores", label))


def _have(stores: Mapping[str, Any]) -> str:
    return f"it has {', '.join(sorted(stores)) or 'none'}"


def _vm_name(host: Host, want: Appliance, rows: Sequence[Row]) -> Iterator[Finding]:
    if any(row.props.get("name") == want.name for row in rows if "runtime.powerState" in row.props):
        yield bad("names", f"{host.where(want.name)}: a VM of that name is somebody else's", "rename it there")


def _room(host: Host, want: Appliance, mount: DatastoreMount, rows: Sequence[Row]) -> Iterator[Finding]:
    path: Path = (*SECTION, "appliance", "size")
    try:
        size = opened(host.appliance).hardware(want.size)
    except PaverError:
        return  # told by whoever checks the file itself
    own = next(row.props for row in rows if "summary.hardware.memorySize" in row.props)
    threads = int(own["summary.hardware.numCpuThreads"])
    memory = int(own["summary.hardware.memorySize"]) // GIB
    if threads < size.cpus:
        what = f"{host.connection.where} has {threads} logical CPUs; an appliance of size {want.size} takes {size.cpus}"
        yield bad("capacity", what, "take a smaller size, or another first host", path)
    if memory < size.memory_gib:
        yield warn(
            "capacity",
            f"{host.connection.where} has {memory} GiB of memory; an appliance of size {want.size} takes "
            f"{size.memory_gib} and would be swapped",
            path=path,
        )
    row = next((row for row in rows if row.props.get("name") == mount.name and "summary.freeSpace" in row.props), None)
    if row is None:
        return  # not mounted yet: nobody knows before it is
    free = int(row.props["summary.freeSpace"]) // GIB
    said = f"{host.where(mount.name)} has {free} GiB free; the appliance's thin disks grow to {size.disk_gib}"
    if free * THIN_SHARE < size.disk_gib:
        yield bad("capacity", said, f"a tenth of it must be free: {-(-size.disk_gib // THIN_SHARE)} GiB", path)
    elif free < size.disk_gib:
        yield warn("capacity", said, path=path)
    else:
        yield good("capacity", said)
