"""Where a file lies inside an ISO image, by its directories. Nothing is mounted, and nothing is copied out."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from pycdlib import PyCdlib
from pycdlib.pycdlibexception import PyCdlibException

from paver.contract.errors import Rejected
from paver_vsphere.window import Extent

DAMAGED = (PyCdlibException, struct.error, ValueError, LookupError)
"""What the library raises at an image that is cut short, or whose directories are not what they should be."""
BLOCK = 2048
_SHORT, _LONG = 0, 1
"""How a UDF file entry writes where its bytes are (ECMA-167, 4/14.6.8). Other ways are for a few bytes in the entry."""


def lying(path: Path, folder: str, ending: str) -> tuple[Extent, ...]:
    """Where the one file of that ending in that folder of the root lies, in the order of its bytes.

    Args:
        path: The image: ISO 9660, with Joliet, Rock Ridge or UDF where it has them.
        folder: In lower case; that of the image may be in any.
        ending: Like `.ova`, likewise.

    Raises:
        Rejected: it is no such image, it does not hold exactly one such file, or not all of it.
    """
    missing, image = _missing(path), PyCdlib()
    try:
        image.open(str(path))
        try:
            name, extents = _found(image, path, folder, ending)
        finally:
            image.close()
    except OSError as error:
        raise Rejected(f"the ISO {path} cannot be read: {error.strerror or error}") from None
    except DAMAGED as error:
        raise _cut_short(path, missing) if missing else Rejected(f"{path} is no ISO image: {error}") from None
    # Directories may have been read as if all that is there of a file were all of it.
    if extents[-1].end > path.stat().st_size - (BLOCK if missing else 0):
        raise _cut_short(path, missing)
    if any(one.end > other.offset for one, other in pairwise(extents)):
        raise Rejected(f"{path}: the pieces of {name} are not in order")
    return extents


def _missing(path: Path) -> int:
    """Bytes that an image says it has and has not (ECMA-119, 8.4.8 and 8.4.12). 0 for what is no image."""
    try:
        with path.open("rb") as file:
            file.seek(16 * BLOCK)
            volume = file.read(BLOCK)
    except OSError:
        return 0
    if len(volume) < BLOCK or volume[:6] != b"\x01CD001":
        return 0
    blocks, size = int.from_bytes(volume[80:84], "little"), int.from_bytes(volume[128:130], "little")
    return max(blocks * size - path.stat().st_size, 0)


def _cut_short(path: Path, missing: int) -> Rejected:
    said = f": {missing:,} bytes of it are missing" if missing else ": its OVA goes on behind its end"
    return Rejected(f"{path} is cut short{said}", hint="fetch it again")


def _found(image: PyCdlib, path: Path, folder: str, ending: str) -> tuple[str, tuple[Extent, ...]]:
    tree = _tree(image)
    where = next((name for name, record in _children(image, tree, "/") if _is(record, name, folder)), None)
    if where is None:
        raise Rejected(f"{path} has no folder {folder}")
    fit = {
        name: record
        for name, record in _children(image, tree, f"/{where}")
        if record.is_file() and name.partition(";")[0].lower().endswith(ending)
    }
    if len(fit) != 1:
        there = f": {', '.join(sorted(fit))}" if fit else ""
        raise Rejected(f"{path}: one {ending} is wanted in {where}, and there are {len(fit)}{there}")
    [(name, record)] = fit.items()
    pieces = _udf(image, path, record) if tree == "udf_path" else _chained(image, record)
    extents = tuple(extent for extent in pieces if extent.size)
    if not extents:
        raise Rejected(f"{path}: {name} is empty")
    return name, extents


def _tree(image: PyCdlib) -> str:
    """The directories to go by: UDF's before the others, which may say too little of a file of more than 4 GiB."""
    if image.has_udf():
        return "udf_path"
    if image.has_joliet():
        return "joliet_path"
    return "rr_path" if image.has_rock_ridge() else "iso_path"


def _children(image: PyCdlib, tree: str, at: str) -> Iterator[tuple[str, Any]]:
    for record in image.list_children(**{tree: at}):
        if record is not None:
            full = image.full_path_from_dirrecord(record, rockridge=tree == "rr_path")
            yield full.rpartition("/")[2], record


def _is(record: Any, name: str, folder: str) -> bool:  # noqa: ANN401  a record of either tree
    return bool(record.is_dir()) and name.lower() == folder


def _chained(image: PyCdlib, record: Any) -> Iterator[Extent]:  # noqa: ANN401  a DirectoryRecord or its continuation
    """ISO 9660's: a record for each piece of at most 4 GiB (ECMA-119, 9.1.6)."""
    while record is not None:
        yield Extent(record.extent_location() * image.logical_block_size, record.data_length)
        record = record.data_continuation


def _udf(image: PyCdlib, path: Path, entry: Any) -> Iterator[Extent]:  # noqa: ANN401  a UDFFileEntry
    """UDF's: a descriptor for each piece of at most 1 GiB, counted from the partition's start."""
    if entry.icb_tag.flags & 7 not in (_SHORT, _LONG):
        raise Rejected(f"{path}: its UDF keeps an OVA where no such file has room")
    start = image.udf_main_descs.partitions[0].part_start_location
    if sum(piece.extent_length for piece in entry.alloc_descs) != entry.get_data_length():
        raise Rejected(f"{path}: the pieces of the OVA are not as long as its UDF says")
    for piece in entry.alloc_descs:
        yield Extent((start + piece.log_block_num) * image.logical_block_size, piece.extent_length)
