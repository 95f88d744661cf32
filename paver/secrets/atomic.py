"""A private file that is the old one or the new one, whatever happens while it is written."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

FILE_MODE = 0o600
DIRECTORY_MODE = 0o700


def temporary_prefix(name: str) -> str:
    """How the names of `name`'s unfinished files begin. The dot keeps them apart from every secret's name."""
    return f".{name}.tmp-"


def replace(directory: int, name: str, data: bytes) -> None:
    """Write `data` to `name` in an open directory: 0600 whatever the umask, all of it or none, and on the disk.

    Args:
        directory: A descriptor of the directory; what happens to its path meanwhile does not matter.
        name: One path component.
        data: The whole content.

    Raises:
        OSError: It could not be written. The old file is there, unless only the last step, syncing the directory,
            failed: then the new one is, and a power cut may bring back the old.
    """
    temporary = temporary_prefix(name) + secrets.token_hex(8)
    try:
        descriptor = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE, dir_fd=directory
        )
        with open(descriptor, "wb") as file:  # noqa: PTH123  a descriptor has no path
            os.fchmod(descriptor, FILE_MODE)  # the umask may have taken bits of ours away
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        os.rename(temporary, name, src_dir_fd=directory, dst_dir_fd=directory)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=directory)
        raise
    os.fsync(directory)


def remove(directory: int, name: str) -> None:
    """Remove `name` from an open directory for good. Raises FileNotFoundError."""
    os.unlink(name, dir_fd=directory)
    os.fsync(directory)


def sync(directory: Path) -> None:
    """Have the names in a directory survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def opened_below(directory: int, name: str, *, make: bool) -> Iterator[int]:
    """A descriptor of a subdirectory, made with 0700 where it is missing and `make` is set. Links are not followed.

    Raises:
        FileNotFoundError: It is missing and not to be made.
        NotADirectoryError: It is a file, or a link.
    """
    if make:
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, DIRECTORY_MODE, dir_fd=directory)
            os.chmod(name, DIRECTORY_MODE, dir_fd=directory)
            os.fsync(directory)
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(name, flags, dir_fd=directory)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
