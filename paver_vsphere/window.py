"""A file that lies in pieces inside another one, read by position as if it were a file of its own."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Extent(NamedTuple):
    """A piece of a file, in bytes."""

    offset: int
    size: int

    @property
    def end(self) -> int:
        """Where the next byte would be."""
        return self.offset + self.size


class Window(io.RawIOBase):
    """The pieces one after the other, to read and to seek in.

    Args:
        path: The file that they lie in.
        extents: The pieces.
    """

    def __init__(self, path: Path, extents: Sequence[Extent]) -> None:
        self._extents = tuple(extents)
        self._size = sum(extent.size for extent in extents)
        self._at = 0
        self._file = path.open("rb", buffering=0)

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go there; behind the end there is nothing to read."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(start + offset, 0)
        return self._at

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill the buffer, or what of it one piece can fill."""
        view = memoryview(buffer)
        here = next(iter(cut(self._extents, Extent(self._at, len(view)))), None)
        if here is None:
            return 0
        self._file.seek(here.offset)
        count = self._file.readinto(view[: here.size]) or 0
        self._at += count
        return count

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def cut(extents: Sequence[Extent], wanted: Extent) -> tuple[Extent, ...]:
    """Where in the file a part of what lies there in pieces is."""
    found, passed = [], 0
    for extent in extents:
        first, last = max(wanted.offset - passed, 0), min(wanted.end - passed, extent.size)
        if first < last:
            found.append(Extent(extent.offset + first, last - first))
        passed += extent.size
    return tuple(found)


def part(piece: bytes, at: int, extent: Extent) -> bytes:
    """What of a piece of the file that begins at `at` belongs to the extent."""
    start, end = max(extent.offset - at, 0), min(extent.end - at, len(piece))
    return piece[start:end] if start < end else b""
