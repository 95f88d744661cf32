"""A vCenter appliance and a jumpbox, a few KiB each: made at run time, so that no binary lies in the package."""

from __future__ import annotations

import hashlib
import io
import struct
import tarfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

PRODUCT = "Sandbox vCenter Server Appliance"
VERSION = "8.0.3"
NETWORK = "Network 1"
EULA = "This licence covers a sandbox that runs no software of anybody else's. Do with it what you like."


class Size(NamedTuple):
    """What a deployment option takes."""

    cpus: int
    memory_gib: int
    disk_gib: int
    what: str


STORAGE = ("", "-lstorage", "-xlstorage")
_TABLE = {
    "tiny": (2, 14, (579, 2019, 4279), "up to 10 hosts"),
    "small": (4, 21, (694, 2044, 4304), "up to 100 hosts"),
    "medium": (8, 30, (908, 2208, 4468), "up to 400 hosts"),
    "large": (16, 39, (1358, 2258, 4518), "up to 1,000 hosts"),
    "xlarge": (24, 58, (2283, 2383, 4643), "up to 2,500 hosts"),
}
SIZES = {
    f"{name}{storage}": Size(cpus, memory, disks[index], what)
    for index, storage in enumerate(STORAGE)
    for name, (cpus, memory, disks, what) in _TABLE.items()
}
"""By deployment option, as the vendor's appliance of version 8 has them."""

PROPERTIES = {
    "appliance.net.addr.family": "ipv4",
    "appliance.net.mode": "",
    "appliance.net.addr": "",
    "appliance.net.prefix": "",
    "appliance.net.gateway": "",
    "appliance.net.dns.servers": "",
    "appliance.net.pnid": "",
    "appliance.root.passwd": "",
    "appliance.ssh.enabled": "False",
    "appliance.ntp.servers": "",
    "vmdir.password": "",
    "vmdir.domain-name": "vsphere.local",
    "ceip_enabled": "False",
    "deployment.autoconfig": "False",
}
"""Below `guestinfo.cis.`, each with its default."""

DISK = "appliance-disk1.vmdk"
JUMPBOX = "jumpbox"
JUMPBOX_NETWORK = "VM Network"
_SECTOR = 512
_GRAIN = 128  # sectors
_GRAINS = 16  # 1 MiB in all
_ENTRIES = 512  # of a grain table

_CIM = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_"
_NAMESPACES = (
    'xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" '
    f'xmlns:rasd="{_CIM}ResourceAllocationSettingData" xmlns:vssd="{_CIM}VirtualSystemSettingData"'
)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % _SECTOR)


def _marker(sectors: int, kind: int) -> bytes:
    return _padded(struct.pack("<QII", sectors, 0, kind))


def stream_optimized_vmdk(text: bytes, name: str = DISK) -> bytes:
    """A disk of 1 MiB that begins with `text`, in the streamOptimized form that an import wants.

    The layout is that of VMware's "Virtual Disk Format 5.0": header, descriptor, compressed grains, then grain table,
    grain directory and a footer, each behind a marker.
    """
    capacity = _GRAIN * _GRAINS
    descriptor = (
        '# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\ncreateType="streamOptimized"\n'
        f'RW {capacity} SPARSE "{name}"\n'
        'ddb.adapterType = "lsilogic"\nddb.geometry.cylinders = "1"\nddb.geometry.heads = "64"\n'
        'ddb.geometry.sectors = "32"\nddb.virtualHWVersion = "13"\n'
    ).encode()

    def header(directory: int) -> bytes:
        # magic, version 3, flags: newline test, compressed grains, markers; the directory is at the end
        start = struct.pack(
            "<4sIIQQQQIQQQ", b"KDMV", 3, 0x30001, capacity, _GRAIN, 1, 1, _ENTRIES, 0, directory, _GRAIN
        )
        return _padded(start + struct.pack("<?4sH", False, b"\n \r\n", 1))

    grain = zlib.compress(text.ljust(_GRAIN * _SECTOR, b"\0"))
    out = bytearray(header(0xFFFFFFFFFFFFFFFF).ljust(_SECTOR, b"\0") + _padded(descriptor))
    out += bytes(_GRAIN * _SECTOR - len(out))
    at_grain = len(out) // _SECTOR
    out += _padded(struct.pack("<QI", 0, len(grain)) + grain)
    out += _marker(_ENTRIES * 4 // _SECTOR, 1)
    at_table = len(out) // _SECTOR
    out += struct.pack(f"<{_ENTRIES}I", at_grain, *[0] * (_ENTRIES - 1))
    out += _marker(1, 2)
    at_directory = len(out) // _SECTOR
    out += _padded(struct.pack("<I", at_table))
    out += _marker(1, 3) + header(at_directory) + _marker(0, 0)
    return bytes(out)


def _sections(disk: str, disk_bytes: int, network: str, more: str = "") -> str:
    return (
        f'<References><File ovf:href="{disk}" ovf:id="file1" ovf:size="{disk_bytes}"/></References>'
        '<DiskSection><Info>Disks</Info><Disk ovf:capacity="1" ovf:capacityAllocationUnits="byte * 2^20" '
        'ovf:diskId="vmdisk1" ovf:fileRef="file1" ovf:populatedSize="65536" '
        'ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>'
        f"{more}</DiskSection>"
        f'<NetworkSection><Info>Networks</Info><Network ovf:name="{network}">'
        "<Description>Management</Description></Network></NetworkSection>"
    )


def _appliance_sections(disk_bytes: int) -> str:
    options = "".join(
        f'<Configuration ovf:id="{name}"{" ovf:default=" + quoteattr("true") if name == "small" else ""}>'
        f"<Label>{name.title()}</Label><Description>{escape(what)}</Description></Configuration>"
        for name, (_, _, _, what) in SIZES.items()
    )
    # The first disk brings a file, and its capacity of 1 MiB; the other one is empty, and as large as the option says.
    empty = "".join(
        f'<Disk ovf:capacity="{size.disk_gib * 1024 - 1}" ovf:capacityAllocationUnits="byte * 2^20" '
        f'ovf:diskId="vmdata-{name}"/>'
        for name, size in SIZES.items()
    )
    return (
        f"{_sections(DISK, disk_bytes, NETWORK, empty)}"
        f"<DeploymentOptionSection><Info>Sizes</Info>{options}</DeploymentOptionSection>"
    )


def _item(number: int, kind: int, name: str, body: str, configuration: str = "") -> str:
    where = f' ovf:configuration="{configuration}"' if configuration else ""
    # CIM's schema wants the elements in the order of the alphabet
    fields = {"ElementName": name, "InstanceID": str(number), "ResourceType": str(kind)}
    parts = [f"<rasd:{key}>{value}</rasd:{key}>" for key, value in fields.items()]
    parts += body.split("|") if body else []
    return f"<Item{where}>{''.join(sorted(parts))}</Item>"


def _on_controller(place: int, disk: str) -> str:
    fields = (("AddressOnParent", place), ("HostResource", f"ovf:/disk/{disk}"), ("Parent", 3))
    return "|".join(f"<rasd:{key}>{value}</rasd:{key}>" for key, value in fields)


def _size(number: int, cpus: int, memory_gib: int, options: str = "") -> list[str]:
    cpu = f"<rasd:VirtualQuantity>{cpus}</rasd:VirtualQuantity>"
    ram = (
        f"<rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits>|"
        f"<rasd:VirtualQuantity>{memory_gib * 1024}</rasd:VirtualQuantity>"
    )
    return [
        _item(100 + number, 3, f"{cpus} virtual CPUs", cpu, options),
        _item(200 + number, 4, f"{memory_gib} GiB of memory", ram, options),
    ]


def _hardware(sizes: list[str], network: str, more: Sequence[str] = ()) -> str:
    card = f"<rasd:Connection>{network}</rasd:Connection>|<rasd:ResourceSubType>VmxNet3</rasd:ResourceSubType>"
    items = [
        *sizes,
        _item(3, 6, "SCSI Controller 1", "<rasd:ResourceSubType>lsilogic</rasd:ResourceSubType>"),
        _item(4, 17, "Hard disk 1", _on_controller(0, "vmdisk1")),
        *more,
        _item(5, 10, "Network adapter 1", card),
    ]
    return (
        '<VirtualHardwareSection ovf:transport="com.vmware.guestInfo"><Info>Hardware</Info>'
        "<System><vssd:ElementName>Virtual Hardware Family</vssd:ElementName><vssd:InstanceID>0</vssd:InstanceID>"
        "<vssd:VirtualSystemType>vmx-13</vssd:VirtualSystemType></System>"
        f"{''.join(items)}</VirtualHardwareSection>"
    )


def _appliance_hardware() -> str:
    sizes = [
        item
        for index, (name, (cpus, memory, _, _)) in enumerate(_TABLE.items())
        for item in _size(index, cpus, memory, " ".join(f"{name}{storage}" for storage in STORAGE))
    ]
    disks = [
        _item(300 + index, 17, "Hard disk 2", _on_controller(1, f"vmdata-{option}"), option)
        for index, option in enumerate(SIZES)
    ]
    return _hardware(sizes, NETWORK, disks)


def descriptor(disk_bytes: int) -> str:
    """The OVF descriptor: sizes, one network, two disks, the licence, and the properties that first boot reads."""
    properties = "".join(
        f"<Property ovf:key={quoteattr('guestinfo.cis.' + key)} ovf:type="
        f'"string" ovf:userConfigurable="true" ovf:value={quoteattr(value)}'
        f"{' ovf:password=' + quoteattr('true') if 'passw' in key else ''}/>"
        for key, value in PROPERTIES.items()
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Envelope {_NAMESPACES}>{_appliance_sections(disk_bytes)}'
        '<VirtualSystem ovf:id="sandbox-vcenter"><Info>A vCenter</Info><Name>sandbox-vcenter</Name>'
        '<OperatingSystemSection ovf:id="100"><Info>Guest</Info></OperatingSystemSection>'
        f"<EulaSection><Info>Licence</Info><License>{escape(EULA)}</License></EulaSection>"
        f"<ProductSection><Info>Product</Info><Product>{escape(PRODUCT)}</Product><Vendor>paver</Vendor>"
        f"<Version>{VERSION}</Version>{properties}</ProductSection>"
        f"{_appliance_hardware()}</VirtualSystem></Envelope>\n"
    )


def _jumpbox(disk: str, disk_bytes: int) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Envelope {_NAMESPACES}>'
        f"{_sections(disk, disk_bytes, JUMPBOX_NETWORK)}"
        f'<VirtualSystem ovf:id="{JUMPBOX}"><Info>A jumpbox</Info><Name>{JUMPBOX}</Name>'
        '<OperatingSystemSection ovf:id="94"><Info>Guest</Info></OperatingSystemSection>'
        f"{_hardware(_size(0, 1, 1), JUMPBOX_NETWORK)}</VirtualSystem></Envelope>\n"
    )


def write_ova(path: Path) -> str:
    """Write the appliance's OVA. The same code writes the same bytes.

    Returns:
        The SHA-256 of the file, in hex.
    """
    disk = stream_optimized_vmdk(b"A sandbox boots nothing.\n")
    return _written(path, "appliance", descriptor(len(disk)), DISK, disk)


def write_jumpbox(path: Path) -> str:
    """Write the jumpbox's, of one CPU and no licence, as those of Linux distributions are. Returns the same."""
    name = f"{JUMPBOX}-disk1.vmdk"
    disk = stream_optimized_vmdk(b"A sandbox boots nothing.\n", name)
    return _written(path, JUMPBOX, _jumpbox(name, len(disk)), name, disk)


def _written(path: Path, stem: str, text: str, disk_name: str, disk: bytes) -> str:
    ovf = text.encode()
    contents = {f"{stem}.ovf": ovf, disk_name: disk}
    manifest = "".join(f"SHA256({name})= {hashlib.sha256(data).hexdigest()}\n" for name, data in contents.items())
    # the descriptor comes first, then the manifest: a reader that streams can check what follows
    ordered = {f"{stem}.ovf": ovf, f"{stem}.mf": manifest.encode(), disk_name: disk}
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in ordered.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(data), 0o644
            archive.addfile(member, io.BytesIO(data))
    return hashlib.sha256(path.read_bytes()).hexdigest()
