"""An OVA read in place: what its descriptor says, its members, its digests. Nothing is unpacked."""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from xml.etree import ElementTree as ET

from paver.contract.errors import Rejected, Untrusted
from paver_vsphere.hardware import OVF, Hardware, hardware_of
from paver_vsphere.window import Extent, Window, cut, part

CHUNK = 1 << 20
MOST_MEMBERS = 64
LARGEST_TEXT = 16 << 20
"""Bytes of a descriptor or manifest; the appliance's is under one MiB."""

_LINE = re.compile(r"^\s*(SHA1|SHA256|SHA512)\s*\((.+)\)\s*=\s*([0-9a-fA-F]+)\s*$")
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,254}$")
_UNIT = re.compile(r"\s*byte\s*(?:\*\s*2\s*\^\s*(\d{1,2}))?\s*")

Progress = Callable[[int, int], None]
"""Called with the bytes read and the bytes there are. What it raises ends the reading."""


@dataclass(frozen=True)
class Member:
    """A file inside the OVA: where its bytes are."""

    name: str
    offset: int
    size: int


@dataclass(frozen=True)
class Ova:
    """One OVA.

    Args:
        path: The file.
        members: By name, in the file's order.
        extents: Where in the file it lies, where the file is an ISO that holds it; else it is the file.
    """

    path: Path
    members: Mapping[str, Member]
    extents: tuple[Extent, ...] = ()

    @classmethod
    def open(cls, path: Path, extents: tuple[Extent, ...] = ()) -> Ova:
        """Read the table of members. Raises Rejected where it is no OVA, or holds what an OVA never does."""
        members: dict[str, Member] = {}
        try:
            with _opened(path, extents) as file, tarfile.open(fileobj=file, mode="r:") as archive:
                for item in archive:
                    if not item.isfile() or not _NAME.fullmatch(item.name) or item.name in members or item.issparse():
                        raise Rejected(f"{path}: the member {item.name!r} has no place in an OVA")
                    if len(members) >= MOST_MEMBERS:
                        raise Rejected(f"{path}: more than {MOST_MEMBERS} members")
                    members[item.name] = Member(item.name, item.offset_data, item.size)
        except OSError as error:
            raise Rejected(f"the OVA {path} cannot be read: {error.strerror or error}") from None
        except tarfile.TarError:
            raise Rejected(f"{path} is no OVA: not a tar archive") from None
        if sum(name.endswith(".ovf") for name in members) != 1:
            raise Rejected(f"{path} is no OVA: exactly one .ovf is wanted")
        return cls(path, members, extents)

    @cached_property
    def descriptor(self) -> str:
        """The OVF document."""
        return self._text(next(name for name in self.members if name.endswith(".ovf")))

    @cached_property
    def manifest(self) -> Mapping[str, tuple[str, str]]:
        """Member to algorithm and digest, by the .mf; empty where there is none."""
        name = next((name for name in self.members if name.endswith(".mf")), None)
        if name is None:
            return {}
        found: dict[str, tuple[str, str]] = {}
        for line in self._text(name).splitlines():
            if not line.strip():
                continue
            match = _LINE.match(line)
            if match is None:
                raise Rejected(f"{self.path}: {name} is no manifest")
            found[match[2]] = (match[1].lower(), match[3].lower())
        return found

    @cached_property
    def product(self) -> str:
        """The product's name, whose licence has to be accepted."""
        return self._first(f".//{OVF}ProductSection/{OVF}Product")

    @cached_property
    def licence(self) -> str:
        """The text to be accepted; empty where there is none."""
        return self._first(f".//{OVF}EulaSection/{OVF}License")

    @cached_property
    def sizes(self) -> tuple[str, ...]:
        """The deployment options."""
        found = self._root.findall(f"{OVF}DeploymentOptionSection/{OVF}Configuration")
        return tuple(item.get(f"{OVF}id", "") for item in found)

    @cached_property
    def networks(self) -> tuple[str, ...]:
        """The networks that have to be mapped."""
        found = self._root.findall(f"{OVF}NetworkSection/{OVF}Network")
        return tuple(item.get(f"{OVF}name", "") for item in found)

    @property
    def size(self) -> int:
        """Bytes of all its members."""
        return sum(member.size for member in self.members.values())

    @cached_property
    def capacity(self) -> int:
        """Bytes that its disks may grow to; 0 for one whose size the descriptor leaves open."""
        disks = self._root.findall(f"{OVF}DiskSection/{OVF}Disk")
        return sum(_bytes(disk.get(f"{OVF}capacity", ""), disk.get(f"{OVF}capacityAllocationUnits")) for disk in disks)

    @cached_property
    def properties(self) -> frozenset[str]:
        """The properties that the product declares, class and instance folded in."""
        found = set()
        for section in self._root.iter(f"{OVF}ProductSection"):
            parts = [section.get(f"{OVF}class", ""), section.get(f"{OVF}instance", "")]
            for item in section.findall(f"{OVF}Property"):
                key = item.get(f"{OVF}key", "")
                found.add(".".join(part for part in (parts[0], key, parts[1]) if part))
        return frozenset(found)

    def hardware(self, size: str) -> Hardware:
        """What the VM takes in this size. Raises Rejected where the descriptor does not say it."""
        if size not in self.sizes:
            raise Rejected(f"{self.path} knows no size {size}", hint=f"it has {', '.join(self.sizes) or 'none'}")
        try:
            return hardware_of(self._root, size)
        except ValueError as error:
            raise Rejected(f"{self.path}: its descriptor does not say what {size} takes ({error})") from None

    def pieces(self, name: str) -> Iterator[bytes]:
        """A member's bytes, and at its end its digest compared. Raises Untrusted, Rejected."""
        member = self.members[name]
        algorithm, expected = self.manifest.get(name, ("sha256", ""))
        digest = hashlib.new(algorithm, usedforsecurity=False)
        with _opened(self.path, self.extents) as file:
            file.seek(member.offset)
            left = member.size
            while left:
                piece = file.read(min(CHUNK, left))
                if not piece:
                    raise Rejected(f"{self.path} ends inside {name}")
                digest.update(piece)
                left -= len(piece)
                if not left and expected and digest.hexdigest() != expected:
                    raise Untrusted(f"{self.path}: {name} is not what its manifest says")
                yield piece

    def verify(self, sha256: str, progress: Progress) -> None:
        """Read the whole file once, and compare it and every member with what is expected.

        Args:
            sha256: Of the whole file: where that is an ISO, of the ISO.
            progress: Hears how far it is.

        Raises:
            Untrusted: a digest differs; the message names the file or the member.
        """
        whole = hashlib.sha256()
        digests = {
            name: hashlib.new(self.manifest[name][0], usedforsecurity=False)
            for name in self.members
            if name in self.manifest
        }
        lying = {name: self._lying(self.members[name]) for name in digests}
        at, size = 0, self.path.stat().st_size
        with self.path.open("rb") as file:
            while piece := file.read(CHUNK):
                whole.update(piece)
                for name, extents in lying.items():
                    for extent in extents:
                        digests[name].update(part(piece, at, extent))
                at += len(piece)
                progress(at, size)
        if whole.hexdigest() != sha256:
            raise Untrusted(
                f"{self.path} is not the one that the spec names",
                facts=[("expected SHA-256", sha256), ("found", whole.hexdigest())],
                hint="fetch it again, or correct sha256",
            )
        self._compare({name: digest.hexdigest() for name, digest in digests.items()})

    def _compare(self, found: Mapping[str, str]) -> None:
        for name in self.members:
            if name in found:
                if found[name] != self.manifest[name][1]:
                    raise Untrusted(f"{self.path}: {name} is not what its manifest says")
            elif self.manifest and not name.endswith((".mf", ".cert")):
                raise Untrusted(f"{self.path}: the manifest does not know {name}")
        if missing := sorted(set(self.manifest) - set(self.members)):
            raise Untrusted(f"{self.path}: the manifest names {', '.join(missing)}, and it is not there")

    def _lying(self, member: Member) -> tuple[Extent, ...]:
        """Where in the file its bytes are."""
        whole = Extent(member.offset, member.size)
        return cut(self.extents, whole) if self.extents else (whole,)

    @cached_property
    def _root(self) -> ET.Element:
        text = self.descriptor
        # Entities are all that makes the standard library's parser unsafe; an OVF declares none.
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise Rejected(f"{self.path}: its descriptor declares entities")
        try:
            return ET.fromstring(text)  # noqa: S314  without a DTD there is nothing to expand
        except ET.ParseError as error:
            raise Rejected(f"{self.path}: its descriptor is no XML ({error})") from None

    def _first(self, path: str) -> str:
        found = self._root.find(path)
        return (found.text or "").strip() if found is not None else ""

    def _text(self, name: str) -> str:
        member = self.members[name]
        if member.size > LARGEST_TEXT:
            raise Rejected(f"{self.path}: {name} is longer than {LARGEST_TEXT >> 20} MiB")
        with _opened(self.path, self.extents) as file:
            file.seek(member.offset)
            content = file.read(member.size)
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Rejected(f"{self.path}: {name} is no UTF-8 text") from None


def _bytes(capacity: str, unit: str | None) -> int:
    """A capacity in bytes: its unit is a power of two, `byte * 2^30` (DSP0243, programmatic units)."""
    power = _UNIT.fullmatch(unit or "byte")
    return int(capacity) << int(power[1] or 0) if power and capacity.isdigit() else 0


def _opened(path: Path, extents: tuple[Extent, ...]) -> io.BufferedReader:
    return io.BufferedReader(Window(path, extents)) if extents else path.open("rb")
