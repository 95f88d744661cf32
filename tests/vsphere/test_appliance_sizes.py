"""Every size that the appliance's OVA knows is made as the OVA says, and no other is tried."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from bare import Bare
from sandboxes import Sandboxed

from paver.contract.driver import Severity
from paver.contract.errors import Rejected
from paver_vsphere.checks.offline import ova_findings
from paver_vsphere.hardware import Hardware, hardware_of
from paver_vsphere.ova import Ova
from paver_vsphere.sandbox.ova import SIZES, write_ova
from paver_vsphere.sdk import vim

GIB = 1 << 30


@pytest.fixture(scope="module")
def sandboxed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandboxed]:
    one = Sandboxed(tmp_path_factory.mktemp("sandbox"))
    yield one
    one.close()


@pytest.mark.parametrize("size", SIZES)
def test_what_a_size_takes_stands_in_the_descriptor(tmp_path: Path, size: str) -> None:
    write_ova(tmp_path / "a.ova")
    expected = SIZES[size]
    found = Ova.open(tmp_path / "a.ova").hardware(size)
    assert found == Hardware(expected.cpus, expected.memory_gib, expected.disk_gib)


@pytest.mark.sandbox
@pytest.mark.parametrize("size", ["tiny", "small-lstorage", "medium-xlstorage", "large", "xlarge-lstorage"])
def test_a_vm_of_a_size_has_its_processors_memory_and_disks(sandboxed: Sandboxed, size: str) -> None:
    bare = Bare(sandboxed, size=size)
    try:
        bare.pave()
        server = sandboxed.esxi()
        made = server.read(server.all(vim().VirtualMachine)[f"{bare.spec.name}-vcenter"], "config.hardware")
    finally:
        bare.destroy()
    disks = [one for one in made.device if isinstance(one, vim().vm.device.VirtualDisk)]
    expected = SIZES[size]
    assert (made.numCPU, made.memoryMB) == (expected.cpus, expected.memory_gib * 1024)
    assert len(disks) == 2
    assert sum(one.capacityInKB for one in disks) * 1024 == expected.disk_gib * GIB


def test_a_size_that_the_ova_does_not_know_is_refused_offline_with_those_it_knows(sandboxed: Sandboxed) -> None:
    bare = Bare(sandboxed, size="huge")
    [failure] = [one for one in ova_findings("appliance", bare.settings.appliance) if one.severity is Severity.FAIL]
    assert failure.path == ("iaas", "vsphere", "appliance", "size")
    assert "has no size huge" in failure.what
    assert "tiny, small, medium, large, xlarge, tiny-lstorage" in failure.hint


def test_a_size_without_a_meaning_is_not_guessed_at(tmp_path: Path) -> None:
    write_ova(tmp_path / "a.ova")
    with pytest.raises(Rejected, match="knows no size huge"):
        Ova.open(tmp_path / "a.ova").hardware("huge")


def described(disk: str, item: str, rest: str = "") -> ET.Element:
    spaces = (
        'xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" '
        'xmlns:r="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"'
    )
    disks = f"<DiskSection>{disk}</DiskSection>"
    return ET.fromstring(f"<Envelope {spaces}>{disks}<S>{rest}<H>{item}</H></S></Envelope>")  # noqa: S314  our own text


DISK_ITEM = "<Item><r:HostResource>ovf:/disk/d</r:HostResource><r:ResourceType>17</r:ResourceType></Item>"
MEMORY_ITEM = (
    "<Item><r:AllocationUnits>{}</r:AllocationUnits><r:ResourceType>4</r:ResourceType>"
    "<r:VirtualQuantity>2</r:VirtualQuantity></Item>"
)


@pytest.mark.parametrize(
    ("units", "gib"),
    [("byte * 2^30", 2), ("byte*2^40", 2048), ("byte", 1), ("MegaBytes", 1), ("GigaBytes", 2)],
)
def test_units_are_read_as_descriptors_write_them(units: str, gib: int) -> None:
    assert hardware_of(described("", MEMORY_ITEM.format(units)), "x").memory_gib == gib


def test_a_capacity_may_be_a_property_with_a_value_for_each_size() -> None:
    disk = '<Disk ovf:capacity="${size}" ovf:capacityAllocationUnits="byte * 2^30" ovf:diskId="d"/>'
    values = '<Property ovf:key="size" ovf:value="5"><Value ovf:configuration="big" ovf:value="70"/></Property>'
    root = described(disk, DISK_ITEM, values)
    assert [hardware_of(root, option).disk_gib for option in ("small", "big")] == [5, 70]


@pytest.mark.parametrize(
    "disk", ['<Disk ovf:capacity="${none}" ovf:diskId="d"/>', '<Disk ovf:capacity="x" ovf:diskId="d"/>']
)
def test_what_cannot_be_read_is_said(disk: str) -> None:
    with pytest.raises(ValueError, match=r"none|x"):
        hardware_of(described(disk, DISK_ITEM), "big")
