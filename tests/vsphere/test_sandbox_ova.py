"""The appliance that the sandbox makes."""

from __future__ import annotations

import hashlib
import struct
import tarfile
import xml.etree.ElementTree as ET
import zlib
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from paver_vsphere.sandbox import layout as layouts
from paver_vsphere.sandbox.ova import DISK, PRODUCT, PROPERTIES, SIZES, stream_optimized_vmdk, write_ova

OVF = "{http://schemas.dmtf.org/ovf/envelope/1}"


def members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        return {one.name: archive.extractfile(one).read() for one in archive}  # type: ignore[union-attr]  # files only


def test_the_same_code_writes_the_same_bytes(tmp_path: Path) -> None:
    assert write_ova(tmp_path / "a.ova") == write_ova(tmp_path / "b.ova")
    assert write_ova(tmp_path / "a.ova") == hashlib.sha256((tmp_path / "b.ova").read_bytes()).hexdigest()


def test_the_descriptor_comes_first_and_the_manifest_holds(tmp_path: Path) -> None:
    write_ova(tmp_path / "a.ova")
    files = members(tmp_path / "a.ova")
    assert list(files) == ["appliance.ovf", "appliance.mf", DISK]
    told = dict(line.split("= ") for line in files["appliance.mf"].decode().splitlines())
    assert told == {f"SHA256({name})": hashlib.sha256(files[name]).hexdigest() for name in ("appliance.ovf", DISK)}


def test_the_descriptor_names_product_properties_and_sizes(tmp_path: Path) -> None:
    write_ova(tmp_path / "a.ova")
    root = ET.fromstring(members(tmp_path / "a.ova")["appliance.ovf"])  # noqa: S314  our own text
    assert root.findtext(f".//{OVF}Product") == PRODUCT
    assert [one.get(f"{OVF}id") for one in root.iter(f"{OVF}Configuration")] == list(SIZES)
    keys = {one.get(f"{OVF}key") for one in root.iter(f"{OVF}Property")}
    assert keys == {f"guestinfo.cis.{key}" for key in PROPERTIES}


def test_the_disk_is_a_stream_that_ends_as_it_must() -> None:
    disk = stream_optimized_vmdk(b"hello")
    assert disk[:4] == b"KDMV"
    assert len(disk) % 512 == 0
    footer = disk[-1024:-512]
    (directory,) = struct.unpack_from("<Q", footer, 56)
    (table,) = struct.unpack_from("<I", disk, directory * 512)
    (grain,) = struct.unpack_from("<I", disk, table * 512)
    sector, size = struct.unpack_from("<QI", disk, grain * 512)
    text = zlib.decompress(disk[grain * 512 + 12 : grain * 512 + 12 + size])
    assert (sector, text[:6], len(text)) == (0, b"hello\0", 65536)


def test_where_loopback_is_one_address_ports_tell_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layouts, "own_addresses", lambda probe: False)
    where = layouts.layout(IPv4Network("127.20.0.0/16"))
    assert where.hosts == ("127.0.0.1:8444", "127.0.0.1:8445", "127.0.0.1:8446")
    assert (where.vcenter, where.vcenter_port, where.listen) == ("127.0.0.1", 8443, "127.0.0.1")


def test_loopback_of_many_addresses_is_told_from_one() -> None:
    assert layouts.own_addresses("127.0.0.1")
    assert not layouts.own_addresses("192.0.2.1")
