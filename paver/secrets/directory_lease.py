"""A lease in a directory that all who work on an environment share: a file, replaced by comparison under a lock."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import filelock

from paver.contract.errors import Transient
from paver.contract.lease import Slip
from paver.secrets import atomic

LOCK_TIMEOUT = 5.0
"""Seconds. Who holds the file's lock holds it for milliseconds."""


class DirectoryLease:
    """A `LeasePlace` in a directory.

    Args:
        directory: Where the files of all leases are; it is made by the first write.
        name: Which lease.
        store: How the spec writes the store that it belongs to.
    """

    def __init__(self, directory: Path, name: str, store: str) -> None:
        self._directory = directory
        self._name = f"{name}.json"
        self._store = store

    @property
    def place(self) -> str:
        """Where it is."""
        return f"{self._store}/{self._directory.name}/{self._name}"

    def read(self) -> Slip | None:
        """What is there now."""
        with self._reporting():
            return self._read()

    def write(self, text: str, over: str | None) -> str | None:
        """Replace it, if it is still what the caller saw."""
        with self._reporting():
            for step in reversed([self._directory, self._directory.parent]):
                with contextlib.suppress(FileExistsError):
                    step.mkdir(mode=0o700, parents=step is not self._directory)
            with self._locked() as directory:
                found = self._read()
                if (found.version if found else None) != over:
                    return None
                # A line of its own that never comes again: a text that was there before is another version.
                data = f"{text}\n{os.urandom(8).hex()}\n".encode()
                atomic.replace(directory, self._name, data)
                return _version(data)

    def clear(self, over: str) -> bool:
        """Remove it, if it is still that one."""
        with self._reporting():
            if not self._directory.exists():
                return False
            with self._locked() as directory:
                found = self._read()
                if found is None or found.version != over:
                    return False
                atomic.remove(directory, self._name)
            return True

    def _read(self) -> Slip | None:
        try:
            data = (self._directory / self._name).read_bytes()
        except FileNotFoundError:
            return None
        return Slip(data.decode().partition("\n")[0], _version(data))

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        with filelock.FileLock(self._directory / ".lock", mode=0o600, timeout=LOCK_TIMEOUT):
            descriptor = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                yield descriptor
            finally:
                os.close(descriptor)

    @contextlib.contextmanager
    def _reporting(self) -> Iterator[None]:
        try:
            yield
        except (OSError, filelock.Timeout) as error:
            said = error.strerror if isinstance(error, OSError) else str(error)
            raise Transient(f"the lease {self.place} cannot be used: {said or error}") from None


def _version(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
