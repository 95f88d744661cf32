"""An OVA is read in place, and nothing in it is believed before its digest fits."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from paver.contract.errors import Rejected, Untrusted
from paver_vsphere.appliance.importing import refuse_unaccepted
from paver_vsphere.appliance.ovf_environment import ovf_environment
from paver_vsphere.ova import Ova
from paver_vsphere.sandbox.ova import DISK, NETWORK, PRODUCT, SIZES, write_ova


@pytest.fixture
def whole(tmp_path: Path) -> tuple[Path, str]:
    path = tmp_path / "appliance.ova"
    return path, write_ova(path)


def quiet(_done: int, _total: int) -> None:
    """Nobody watches."""


def repacked(path: Path, changes: Mapping[str, bytes | None], extra: tarfile.TarInfo | None = None) -> Path:
    """The same OVA with members changed, dropped (None) or added."""
    out = path.with_name("other.ova")
    with tarfile.open(path) as source, tarfile.open(out, "w") as target:
        members = {item.name: source.extractfile(item).read() for item in source}  # type: ignore[union-attr]  # files only
        for name, content in {**members, **changes}.items():
            if content is not None:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                target.addfile(info, io.BytesIO(content))
        if extra is not None:
            target.addfile(extra)
    return out


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_descriptor_says_what_an_import_must_know(whole: tuple[Path, str]) -> None:
    ova = Ova.open(whole[0])
    assert ova.product == PRODUCT
    assert ova.sizes == tuple(SIZES)
    assert ova.networks == (NETWORK,)
    assert "guestinfo.cis.appliance.net.pnid" in ova.properties
    assert ova.licence


def test_a_whole_file_passes_and_tells_how_far_it_is(whole: tuple[Path, str]) -> None:
    told: list[tuple[int, int]] = []
    Ova.open(whole[0]).verify(whole[1], lambda done, total: told.append((done, total)))
    assert told[-1] == (whole[0].stat().st_size,) * 2


def test_a_flipped_byte_is_found_by_the_spec(whole: tuple[Path, str]) -> None:
    content = bytearray(whole[0].read_bytes())
    content[-2000] ^= 1
    whole[0].write_bytes(content)
    with pytest.raises(Untrusted, match="not the one that the spec names"):
        Ova.open(whole[0]).verify(whole[1], quiet)


def test_a_changed_member_is_found_by_the_manifest_even_where_the_spec_has_its_digest(whole: tuple[Path, str]) -> None:
    other = repacked(whole[0], {DISK: b"another disk"})
    with pytest.raises(Untrusted, match="not what its manifest says"):
        Ova.open(other).verify(digest(other), quiet)


def test_a_changed_disk_is_found_while_it_is_fed(whole: tuple[Path, str]) -> None:
    other = repacked(whole[0], {DISK: b"another disk"})
    with pytest.raises(Untrusted, match="not what its manifest says"):
        list(Ova.open(other).pieces(DISK))


def test_a_member_that_the_manifest_does_not_know_is_found(whole: tuple[Path, str]) -> None:
    other = repacked(whole[0], {"more.vmdk": b"more"})
    with pytest.raises(Untrusted, match=r"does not know more\.vmdk"):
        Ova.open(other).verify(digest(other), quiet)


def test_a_member_that_only_the_manifest_knows_is_found(whole: tuple[Path, str]) -> None:
    other = repacked(whole[0], {DISK: None})
    with pytest.raises(Untrusted, match="is not there"):
        Ova.open(other).verify(digest(other), quiet)


@pytest.mark.parametrize(
    ("name", "kind", "why"),
    [
        ("../escape", tarfile.REGTYPE, "it leads out"),
        ("/etc/passwd", tarfile.REGTYPE, "it is absolute"),
        ("link.vmdk", tarfile.SYMTYPE, "it is a link"),
        ("hard.vmdk", tarfile.LNKTYPE, "it is a link"),
        ("device", tarfile.CHRTYPE, "it is a device"),
        ("folder", tarfile.DIRTYPE, "it is a directory"),
        (DISK, tarfile.REGTYPE, "it is there twice"),
    ],
)
def test_what_an_ova_never_holds_is_refused_by_name(whole: tuple[Path, str], name: str, kind: bytes, why: str) -> None:
    extra = tarfile.TarInfo(name)
    extra.type = kind
    extra.linkname = "appliance.ovf"
    with pytest.raises(Rejected) as caught:
        Ova.open(repacked(whole[0], {}, extra))
    assert name in caught.value.message, why


def test_a_descriptor_with_entities_is_refused(whole: tuple[Path, str]) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Envelope>&b;</Envelope>'
    with pytest.raises(Rejected, match="declares entities"):
        _ = Ova.open(repacked(whole[0], {"appliance.ovf": bomb})).product


@pytest.mark.parametrize("content", [b"", b"no archive at all", b"\0" * 2048])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "no.ova"
    path.write_bytes(content)
    with pytest.raises(Rejected, match="is no OVA"):
        Ova.open(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match=r"none\.ova cannot be read"):
        Ova.open(tmp_path / "none.ova")


@pytest.mark.parametrize("accepted", [None, "", "VMware vCenter Server Appliance", PRODUCT.lower()])
def test_a_licence_is_accepted_by_the_products_own_name_and_nothing_else(
    whole: tuple[Path, str], accepted: str | None
) -> None:
    ova = Ova.open(whole[0])
    with pytest.raises(Rejected, match="not accepted") as caught:
        refuse_unaccepted(ova, accepted)
    assert PRODUCT in caught.value.hint
    refuse_unaccepted(ova, PRODUCT)


def test_the_ovf_environment_carries_any_value_through_xml() -> None:
    nasty = {"guestinfo.a": "<&>\"' \u00e4", "guestinfo.b": ""}
    root = ET.fromstring(ovf_environment(nasty))  # noqa: S314  our own text
    space = "{http://schemas.dmtf.org/ovf/environment/1}"
    found = {item.get(f"{space}key"): item.get(f"{space}value") for item in root.iter(f"{space}Property")}
    assert found == nasty
