"""The appliance's OVA is read out of the ISO that it is delivered in, in place, whatever directories the ISO has."""

from __future__ import annotations

import hashlib
import io
import random
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from bare import Bare
from pycdlib import PyCdlib
from sandboxes import Sandboxed

from paver.contract.driver import Cause, Finding, Severity
from paver.contract.errors import PaverError, Rejected, Untrusted
from paver.contract.resource import Phase
from paver_vsphere.appliance.image import opened
from paver_vsphere.appliance.wanted import KEY as APPLIANCE
from paver_vsphere.checks.offline import ova_findings
from paver_vsphere.ova import Ova
from paver_vsphere.sandbox.ova import DISK, PRODUCT, write_ova
from paver_vsphere.settings import Appliance
from paver_vsphere.window import Extent, Window

NAME = "VMware-vCenter-Server-Appliance-8.0.3.00000-24022515_OVF10.ova"
BLOCK = 2048
TREES: Mapping[str, Mapping[str, Any]] = {
    "UDF beside Joliet": {"udf": "2.60", "joliet": 3},
    "Joliet": {"joliet": 3},
    "Rock Ridge": {"rock_ridge": "1.09"},
    "ISO 9660 alone": {},
}
"""What an image has, as its maker spells it."""


class Image:
    """An ISO in the making. Where it has long names a file has its own; in ISO 9660 it has a short one."""

    def __init__(self, **trees: Any) -> None:  # noqa: ANN401  as pycdlib takes them
        self.trees = trees
        self.iso = PyCdlib()
        self.iso.new(interchange_level=3, **trees)
        self.number = 0

    def folder(self, name: str) -> Image:
        self.iso.add_directory(_short(f"/{name}"), **self._names(f"/{name}", name))
        return self

    def file(self, content: bytes, path: str) -> Image:
        self.number += 1
        folder, _, name = path.rpartition("/")
        ending = name.rpartition(".")[2].upper()
        short = f"{_short(folder)}/F{self.number}.{ending};1"
        self.iso.add_fp(io.BytesIO(content), len(content), short, **self._names(path, name))
        return self

    def written(self, path: Path) -> Path:
        self.iso.write(str(path))
        self.iso.close()
        return path

    def _names(self, path: str, name: str) -> dict[str, str]:
        names = {}
        if "joliet" in self.trees:
            # Joliet's names have 64 characters at most.
            names["joliet_path"] = f"{path.removesuffix('.ova')[:60]}.ova" if path.endswith(".ova") else path
        if "udf" in self.trees:
            names["udf_path"] = path
        if "rock_ridge" in self.trees:
            names["rr_name"] = name
        return names


def _short(path: str) -> str:
    return path.upper().replace("-", "_")


@pytest.fixture
def ova(tmp_path: Path) -> Path:
    path = tmp_path / "appliance.ova"
    write_ova(path)
    return path


@pytest.fixture(params=TREES)
def iso(request: pytest.FixtureRequest, ova: Path) -> Path:
    """An image by each kind of directories, with other files before and behind the OVA."""
    return image(ova, **TREES[request.param])


def image(ova: Path, **trees: Any) -> Path:  # noqa: ANN401  as pycdlib takes them
    made = Image(**trees).folder("vcsa").folder("vcsa-cli-installer")
    made.file(b"read me", "/readme.txt").file(b"8.0.3\n" * 1000, "/vcsa/version.txt")
    made.file(ova.read_bytes(), f"/vcsa/{NAME}").file(b"#!/bin/sh\n", "/vcsa-cli-installer/deploy.sh")
    return made.written(ova.with_suffix(".iso"))


def wanted(iso: Path, **changes: Any) -> Appliance:  # noqa: ANN401  any value
    given = {"iso": str(iso), "sha256": digest(iso), "root_password": "env:ROOT", "size": "tiny", **changes}
    return Appliance.model_validate(given, context={"base": iso.parent})


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def damaged(path: Path, at: int) -> Path:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    return path


def test_the_ova_is_read_in_place_by_any_kind_of_directories(iso: Path, ova: Path) -> None:
    inside, alone = opened(wanted(iso)), Ova.open(ova)
    assert inside.path == iso
    assert list(inside.members) == list(alone.members)
    assert (inside.product, inside.sizes) == (PRODUCT, alone.sizes)
    for name in alone.members:
        assert b"".join(inside.pieces(name)) == b"".join(alone.pieces(name)), name


def test_nothing_is_copied_out_of_it(iso: Path, ova: Path) -> None:
    before = sorted(iso.parent.iterdir())
    found = opened(wanted(iso))
    assert sorted(iso.parent.iterdir()) == before
    [extent] = found.extents
    assert iso.read_bytes()[extent.offset : extent.end] == ova.read_bytes()


def test_the_whole_image_is_read_through_and_compared(iso: Path) -> None:
    told: list[tuple[int, int]] = []
    opened(wanted(iso)).verify(digest(iso), lambda done, total: told.append((done, total)))
    assert told[-1] == (iso.stat().st_size,) * 2


@pytest.mark.parametrize("where", ["before the OVA", "in the OVA", "behind the OVA"])
def test_a_flipped_byte_anywhere_is_found_by_the_spec(iso: Path, where: str) -> None:
    named = wanted(iso)
    [extent] = opened(named).extents
    at = {"before the OVA": 100, "in the OVA": extent.offset + extent.size // 2, "behind the OVA": -1}[where]
    damaged(iso, at)
    with pytest.raises(Untrusted, match=r"\.iso is not the one that the spec names"):
        opened(named).verify(named.sha256, lambda _done, _total: None)


def test_a_changed_disk_in_the_image_is_found_while_it_is_fed(iso: Path) -> None:
    found = opened(wanted(iso))
    damaged(iso, found.extents[0].offset + found.members[DISK].offset + 5000)
    with pytest.raises(Untrusted, match="not what its manifest says"):
        list(found.pieces(DISK))


def in_two_pieces(ova: Path) -> Path:
    """An image whose OVA has a record for each of two pieces, and another file between them.

    Nobody writes such records for a file below 4 GiB, so three files are made, and the third becomes part of the first.
    """
    content, cut = ova.read_bytes(), 3 * BLOCK
    made = Image().folder("vcsa")
    for name, part in {"a.ova": content[:cut], "b.txt": b"between", "c.ova": content[cut:]}.items():
        made.file(part, f"/vcsa/{name}")
    path = made.written(ova.with_suffix(".iso"))
    data = bytearray(path.read_bytes())
    first, between, last = (
        data.index(b"%c%s" % (len(name), name)) - 32 for name in (b"F1.OVA;1", b"F2.TXT;1", b"F3.OVA;1")
    )
    data[first + 25] |= 0x80  # it is not the file's last record (ECMA-119, 9.1.6)
    data[last + 33 : last + 41] = b"F1.OVA;1"
    end = last + data[last]
    data[between:end] = data[last:end] + data[between:last]  # records of one name stand beside each other
    path.write_bytes(data)
    return path


def test_an_ova_in_two_pieces_is_read_as_one(ova: Path) -> None:
    iso = in_two_pieces(ova)
    inside, alone = opened(wanted(iso)), Ova.open(ova)
    assert [extent.size for extent in inside.extents] == [3 * BLOCK, ova.stat().st_size - 3 * BLOCK]
    assert inside.extents[1].offset > inside.extents[0].end
    assert b"".join(inside.pieces(DISK)) == b"".join(alone.pieces(DISK))
    inside.verify(digest(iso), lambda _done, _total: None)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (Image(joliet=3).folder("other"), "has no folder vcsa"),
        (Image(joliet=3).file(b"a file of that name", "/vcsa"), "has no folder vcsa"),
        (Image(joliet=3).folder("vcsa").file(b"1", "/vcsa/a.txt"), r"one \.ova is wanted in vcsa, and there are 0"),
        (
            Image(udf="2.60").folder("vcsa").file(b"1", "/vcsa/a.ova").file(b"2", "/vcsa/b.OVA"),
            r"there are 2: a\.ova, b\.OVA",
        ),
        (Image(udf="2.60").folder("vcsa").file(b"", "/vcsa/a.ova"), "a.ova is empty"),
        (Image(udf="2.60").folder("vcsa").file(b"no tar", "/vcsa/a.ova"), "is no OVA"),
    ],
)
def test_an_image_without_exactly_one_ova_is_refused(tmp_path: Path, made: Image, words: str) -> None:
    with pytest.raises(Rejected, match=words):
        opened(wanted(made.written(tmp_path / "other.iso")))


@pytest.mark.parametrize("lost", [1, 5000])
def test_an_image_that_ends_too_early_is_refused_with_what_is_missing(iso: Path, lost: int) -> None:
    named, whole = wanted(iso), iso.stat().st_size
    end = opened(named).extents[-1].end - lost
    iso.write_bytes(iso.read_bytes()[:end])
    with pytest.raises(Rejected, match=rf"is cut short: {whole - end:,} bytes of it are missing"):
        opened(named)


@pytest.mark.parametrize("content", [b"", b"no image at all", b"\0" * 40 * BLOCK])
def test_what_is_no_image_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "no.iso"
    path.write_bytes(content)
    with pytest.raises(Rejected, match=r"no\.iso is no ISO image"):
        opened(wanted(path))


@pytest.mark.parametrize("trees", TREES.values(), ids=TREES)
def test_a_damaged_image_is_refused_or_read_and_never_a_bug(ova: Path, trees: Mapping[str, Any]) -> None:
    iso = image(ova, **trees)
    named, whole, draw = wanted(iso), iso.read_bytes(), random.Random(20)  # noqa: S311  the same damage in every run
    [extent] = opened(named).extents
    written = [at for at in range(16 * BLOCK, extent.offset) if whole[at]]
    for _ in range(400):
        other = bytearray(whole)
        for at in draw.sample(written, draw.randint(1, 4)):
            other[at] = draw.choice((0, 255, draw.randrange(256)))
        iso.write_bytes(other)
        with suppress(PaverError):
            found = opened(named)
            assert found.product == PRODUCT
            with pytest.raises(Untrusted):
                found.verify(named.sha256 if other != whole else "", lambda _done, _total: None)


def test_a_window_shows_its_pieces_as_one_file_from_wherever_one_looks(tmp_path: Path) -> None:
    content, draw = bytes(range(256)) * 8, random.Random(3)  # noqa: S311  the same looks in every run
    (tmp_path / "file").write_bytes(content)
    extents = (Extent(10, 300), Extent(310, 1), Extent(900, 0), Extent(901, 500))
    whole = b"".join(content[extent.offset : extent.end] for extent in extents)
    with io.BufferedReader(Window(tmp_path / "file", extents), buffer_size=64) as window:
        assert window.read() == whole
        assert window.seek(-5, io.SEEK_END) == len(whole) - 5
        assert window.read(10) == whole[-5:]
        for _ in range(200):
            at, count = draw.randrange(len(whole) + 20), draw.randrange(400)
            assert window.seek(at) == window.tell() == at
            assert window.read(count) == whole[at : at + count]


def findings(settings: Appliance) -> list[Finding]:
    return [one for one in ova_findings("appliance", settings) if one.severity is Severity.FAIL]


def test_preflight_names_the_setting_that_is_wrong(ova: Path) -> None:
    iso = image(ova, udf="2.60")
    assert findings(wanted(iso, accept_eula=PRODUCT)) == []
    [other] = findings(wanted(iso, accept_eula=PRODUCT, sha256="0" * 64))
    assert (other.path, other.cause) == (("iaas", "vsphere", "appliance", "sha256"), Cause.TRUST)
    gone = wanted(iso, accept_eula=PRODUCT)
    iso.unlink()
    [missing] = findings(gone)
    assert missing.path == ("iaas", "vsphere", "appliance", "iso")
    assert re.search(r"appliance\.iso cannot be read: No such file", missing.what)


class Sparse(io.RawIOBase):
    """A file to write an image of gigabytes to, of which only what is not zero takes room."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("w+b")

    def write(self, data: Any, /) -> int:  # noqa: ANN401  any buffer
        if bytes(data).count(0) < len(data):
            return self.file.write(data)
        end = self.file.seek(len(data), io.SEEK_CUR)
        if end > self.file.seek(0, io.SEEK_END):
            self.file.truncate(end)
        self.file.seek(end)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()

    def truncate(self, size: int | None = None, /) -> int:
        return self.file.truncate(size)

    def close(self) -> None:
        self.file.close()


@pytest.mark.slow  # gigabytes of zeros are read several times
@pytest.mark.timeout(900)
@pytest.mark.parametrize("trees", [{"udf": "2.60"}, {"joliet": 3}, {"rock_ridge": "1.09"}], ids=str)
def test_an_ova_of_more_than_four_gib_is_whole(tmp_path: Path, ova: Path, trees: Mapping[str, Any]) -> None:
    big, size = tmp_path / "big.ova", 9 * (1 << 30)
    content = ova.read_bytes()
    # A last member, of zeros up to its last byte: the archive's end marks are cut off, and follow behind it.
    with big.open("wb") as file:
        file.write(content)
        file.truncate(size)
        file.seek(size - 1)
        file.write(b"!")
    made = Image(**trees).folder("vcsa")
    names = made._names(f"/vcsa/{NAME}", NAME)
    with big.open("rb") as file, Sparse(tmp_path / "big.iso") as out:
        made.iso.add_fp(file, size, "/VCSA/F1.OVA;1", **names)
        made.iso.write_fp(out, blocksize=1 << 20)
        made.iso.close()
    inside = opened(wanted_unread(tmp_path / "big.iso"))
    assert sum(extent.size for extent in inside.extents) == size
    assert len(inside.extents) > 1
    assert b"".join(inside.pieces(DISK)) == b"".join(Ova.open(ova).pieces(DISK))
    with Window(inside.path, inside.extents) as window:
        window.seek(size - 1)
        assert window.read(2) == b"!"


def wanted_unread(iso: Path) -> Appliance:
    return Appliance.model_validate(
        {"iso": str(iso), "sha256": "0" * 64, "root_password": "env:ROOT"}, context={"base": iso.parent}
    )


@pytest.fixture
def sandboxed(tmp_path: Path) -> Iterator[Sandboxed]:
    one = Sandboxed(tmp_path)
    yield one
    one.close()


@pytest.mark.sandbox
def test_a_bare_host_becomes_an_appliance_out_of_an_iso(sandboxed: Sandboxed) -> None:
    iso = image(sandboxed.directory / "appliance.ova", udf="2.60", joliet=3)
    bare = Bare(sandboxed, ova=None, iso=iso.name, sha256=digest(iso))
    (sandboxed.directory / "appliance.ova").unlink()
    appliance = bare.pave().find(APPLIANCE)
    assert appliance is not None
    assert appliance.phase is Phase.READY
    assert bare.destroy().items == ()
