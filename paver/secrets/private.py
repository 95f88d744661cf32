"""Files for one user's eyes in a directory of that user's own: where secrets go on their way to who needs them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from paver.secrets import atomic, guard


def write_private(directory: Path, files: Mapping[str, str]) -> tuple[Path, ...]:
    """Write each file with mode 0600, in place of an older one of that name, and return their paths.

    Args:
        directory: Made with 0700 where it is missing, its parents as the umask has it.
        files: Texts by name, one path component each.

    Raises:
        SecretUnreadable: The directory is another user's, or others can write to it. Nothing was written.
        SecretUnwritable: The disk, or the mode of what is there, does not let it be. Each file is old or new, whole.
    """
    place = str(directory)
    with guard.writing(place):
        if not directory.exists():
            directory.parent.mkdir(parents=True, exist_ok=True)
            directory.mkdir(mode=atomic.DIRECTORY_MODE)
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        guard.check_directory(descriptor, place)
        with guard.writing(place):
            for name, text in files.items():
                atomic.replace(descriptor, name, text.encode())
    finally:
        os.close(descriptor)
    return tuple(directory / name for name in files)
