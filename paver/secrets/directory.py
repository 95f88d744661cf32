"""The store that needs nothing: a directory (0700) of files (0600), one JSON object of keys a file."""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import filelock
from pydantic import SecretStr

from paver.contract.errors import Locked, SecretMissing
from paver.contract.types import SecretRef
from paver.secrets import atomic, guard
from paver.secrets.directory_lease import DirectoryLease
from paver.secrets.store import DEEPEST, NAME, SecretUnreadable, check_path, check_values

LEASES = ".leases"
LOCK = ".lock"  # the dot keeps it, like unfinished files, apart from every secret's name
LOCK_TIMEOUT = 30.0
"""Seconds. Who holds the lock holds it for milliseconds, unless it was stopped."""


class DirectoryStore:
    """A `SecretStore` in a directory.

    Args:
        root: The directory. It may be a link, for the site to place; nothing below it may.
        reference: How the spec writes it, after `file:`.
    """

    def __init__(self, root: Path, *, reference: str) -> None:
        self._root = root
        self._reference = reference

    @property
    def place(self) -> str:
        """Where the store is, as the spec writes it."""
        return f"file:{self._reference}"

    def read(self, path: str, key: str) -> SecretStr:
        """One value."""
        values = self.read_all(path)
        if key not in values:
            raise self._missing(f"{path}#{key}")
        return values[key]

    def read_all(self, path: str) -> Mapping[str, SecretStr]:
        """All values of one secret, as they were written together."""
        place = self._place(check_path(path))
        try:
            with (
                guard.reading(place),
                self._parent(path, make=False) as (directory, name),
                _open(directory, name, place) as descriptor,
            ):
                guard.check_file(os.fstat(descriptor), place)
                data = guard.read_whole(descriptor, place)
        except FileNotFoundError:
            raise self._missing(path) from None
        return guard.parse(data, place)

    def write(self, path: str, values: Mapping[str, SecretStr]) -> None:
        """Keep the values, in place of all that was there."""
        self._put(path, values, over=True)

    def add(self, path: str, values: Mapping[str, SecretStr]) -> bool:
        """Keep the values unless there are some already."""
        return self._put(path, values, over=False)

    def lease(self, name: str) -> DirectoryLease:
        """In a directory of its own, whose name no secret can have."""
        return DirectoryLease(self._root / LEASES, name, self.place)

    def delete(self, path: str) -> None:
        """Forget it. Directories stay, for they say nothing."""
        with (
            guard.writing(self._place(check_path(path))),
            contextlib.suppress(FileNotFoundError),
            self._parent(path, make=False) as (directory, name),
            self._lock(),
        ):
            _sweep(directory, name)
            if _kind(directory, name) is not None:
                atomic.remove(directory, name)

    def list(self, under: str = "") -> tuple[str, ...]:
        """The paths of all secrets, sorted. What paver did not name like one is passed over."""
        parts = check_path(under).split("/") if under else []
        try:
            with guard.reading(self._place(under)), self._directory(parts, make=False) as directory:
                found = _walk(directory, DEEPEST - len(parts))
                return tuple(sorted("/".join([*parts, path]) for path in found))
        except FileNotFoundError:
            return ()

    def exists(self, path: str, key: str | None = None) -> bool:
        """Whether a secret, or one key of it, is there and may be used."""
        try:
            values = self.read_all(path)
        except SecretMissing:
            return False
        return key is None or key in values

    def reference(self, path: str, key: str) -> SecretRef:
        """How the environment document names one value: the very file, so that anyone can follow it."""
        return SecretRef(store="file", path=f"{self._reference.rstrip('/')}/{check_path(path)}", key=key)

    def sealed_with(self, path: str) -> str:
        """With nothing: its files are kept from others by their mode."""
        self.read_all(path)
        return ""

    def reseal(self, path: str) -> bool:
        """There is nothing to do."""
        self.read_all(path)
        return False

    def _put(self, path: str, values: Mapping[str, SecretStr], *, over: bool) -> bool:
        check_values(check_path(path), values)
        data = json.dumps({key: value.get_secret_value() for key, value in sorted(values.items())}, indent=1)
        with (
            guard.writing(self._place(path)),
            self._parent(path, make=True) as (directory, name),
            self._lock(),
        ):
            _sweep(directory, name)
            kind = _kind(directory, name)
            if kind is not None and not over:
                return False
            if kind is not None and not stat.S_ISREG(kind):
                raise SecretUnreadable(
                    f"{self._place(path)} is no regular file, so no secret can be written there",
                    hint="a name cannot be a secret and the beginning of another; choose another one",
                )
            atomic.replace(directory, name, data.encode() + b"\n")
            return True

    @contextlib.contextmanager
    def _parent(self, path: str, *, make: bool) -> Iterator[tuple[int, str]]:
        *parents, name = path.split("/")
        with self._directory(parents, make=make) as directory:
            yield directory, name

    @contextlib.contextmanager
    def _directory(self, parts: Sequence[str], *, make: bool) -> Iterator[int]:
        """A descriptor of a directory of the store, reached step by step so that no link leads out of it."""
        if make:
            self._make_root()
        with contextlib.ExitStack() as steps:
            at = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            steps.callback(os.close, at)
            guard.check_directory(at, self.place)
            for number, part in enumerate(parts, start=1):
                place = self._place("/".join(parts[:number]))
                try:
                    at = steps.enter_context(atomic.opened_below(at, part, make=make))
                except NotADirectoryError:
                    raise SecretUnreadable(
                        f"{place} is a file or a link where the store has a directory",
                        hint="a name cannot be a secret and the beginning of another; links are not followed",
                    ) from None
                guard.check_directory(at, place)
            yield at

    def _make_root(self) -> None:
        missing = [step for step in (self._root, *self._root.parents) if not step.exists()]
        for step in reversed(missing):
            with contextlib.suppress(FileExistsError):  # another writer was faster
                step.mkdir(atomic.DIRECTORY_MODE)
                step.chmod(atomic.DIRECTORY_MODE)
                atomic.sync(step.parent)

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """One writer at a time: who holds the lock may sweep unfinished files, for they are nobody's."""
        try:
            with filelock.FileLock(self._root / LOCK, timeout=LOCK_TIMEOUT, mode=atomic.FILE_MODE):
                yield
        except filelock.Timeout:
            raise Locked(
                f"the secret store {self.place} is being written by another process for {LOCK_TIMEOUT:.0f} s",
                hint=f"see who holds {self._root / LOCK}, then run the same command",
            ) from None

    def _place(self, path: str) -> str:
        return f"{self.place.rstrip('/')}/{path}"

    def _missing(self, name: str) -> SecretMissing:
        return SecretMissing(
            f"the secret {name} is not in the store {self.place}",
            names=[name],
            hint="bring the store in which it was made, or have it made anew with --replace-secret",
        )


@contextlib.contextmanager
def _open(directory: int, name: str, place: str) -> Iterator[int]:
    # Non-blocking: a pipe of that name must not hold paver for ever.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(name, flags, dir_fd=directory)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise SecretUnreadable(f"{place} cannot be opened: {error.strerror}", hint="links are not followed") from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _kind(directory: int, name: str) -> int | None:
    """The mode of what has that name, links not followed; None: nothing."""
    try:
        return os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return None


def _sweep(directory: int, name: str) -> None:
    """Remove what a killed writer of that name left unfinished: it holds secrets."""
    prefix = atomic.temporary_prefix(name)
    for left in os.listdir(directory):
        if left.startswith(prefix):
            os.unlink(left, dir_fd=directory)


def _walk(directory: int, deep: int) -> Iterator[str]:
    """The secrets below a directory. What lies deeper than a path may go is nobody's of ours."""
    for name in os.listdir(directory):
        kind = _kind(directory, name)
        if kind is None or not NAME.fullmatch(name):
            continue
        if stat.S_ISREG(kind):
            yield name
        elif stat.S_ISDIR(kind) and deep > 1:
            with atomic.opened_below(directory, name, make=False) as below:
                yield from (f"{name}/{found}" for found in _walk(below, deep - 1))


def open_directory(ref: SecretRef, base: Path) -> DirectoryStore:
    """The store that a spec's `secrets: file:PATH` names."""
    return DirectoryStore(base / Path(ref.path).expanduser(), reference=ref.path)
