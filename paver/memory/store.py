"""Where a world is kept: in this process, or in a file that several processes share."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import cast

from paver.contract.errors import Rejected
from paver.memory.record import State

VERSION = 2


def empty(account: str) -> State:
    """An account in which nothing is."""
    return {
        "version": VERSION,
        "account": account,
        "serial": 0,
        "count": 0,
        "things": {},
        "past": {},
        "leases": {},
        "calls": {"mutating": {}, "reading": {}, "bookkeeping": {}},
        "log": [],
    }


class Store(ABC):
    """Lends the state to one caller at a time."""

    @abstractmethod
    def lend(self) -> AbstractContextManager[State]:
        """The state, for reading and changing; what was changed is kept unless the caller raised."""


class HereStore(Store):
    """In this process: nothing is copied, nothing is written."""

    def __init__(self, account: str) -> None:
        self._state = empty(account)
        self._lock = threading.RLock()

    @contextmanager
    def lend(self) -> Iterator[State]:
        """The state itself."""
        with self._lock:
            yield self._state


class FileStore(Store):
    """In a file, replaced as a whole and under a lock of its own, so that no reader sees half of a change."""

    def __init__(self, path: Path, account: str) -> None:
        self._path = path
        self._account = account

    @contextmanager
    def lend(self) -> Iterator[State]:
        """The state as the file has it."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The lock is a file of its own: the world's is replaced, and a lock on what was replaced holds nobody.
        lock = os.open(self._path.with_name(self._path.name + ".lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            state = self._read()
            yield state
            self._write(state)
        finally:
            os.close(lock)

    def _read(self) -> State:
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return empty(self._account)
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, dict) or found.get("version") != VERSION:
            raise Rejected(f"{self._path} is no world of this driver", hint="name another file, or move it away")
        return cast("State", found)

    def _write(self, state: State) -> None:
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}.{threading.get_ident()}.new")
        file = os.open(beside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(file, "w", encoding="utf-8") as stream:
                json.dump(state, stream, separators=(",", ":"))
                stream.flush()
                os.fsync(stream.fileno())
            beside.replace(self._path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        directory = os.open(self._path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
