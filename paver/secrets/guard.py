"""Whether a file or directory may hold secrets: whose it is, and who else can read or write it."""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Iterator

from pydantic import SecretStr

from paver.secrets.store import SecretUnreadable, SecretUnwritable

LARGEST = 1 << 20
"""Bytes. Nothing that is a secret is larger; a mistaken path may be."""


@contextlib.contextmanager
def reading(place: str) -> Iterator[None]:
    """Turn the system's refusals into ours. That nothing is there stays a FileNotFoundError: it means a lot to callers.

    Raises:
        SecretUnreadable: The system does not let it be read.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise SecretUnreadable(
            f"{place} cannot be read: {error.strerror}", hint="see its owner, mode and disk, then run the same command"
        ) from None


@contextlib.contextmanager
def writing(place: str) -> Iterator[None]:
    """The same for a write or a removal. Raises SecretUnwritable."""
    try:
        yield
    except OSError as error:
        raise SecretUnwritable(
            f"{place} cannot be written: {error.strerror}",
            hint="see its disk, owner and mode, then run the same command",
        ) from None


def check_directory(descriptor: int, place: str) -> None:
    """Refuse a directory in which someone else could exchange files."""
    found = os.fstat(descriptor)
    _check_owner(found, place)
    if found.st_mode & 0o022:
        raise SecretUnreadable(
            f"{place} can be written by others (mode {stat.S_IMODE(found.st_mode):04o})",
            hint=f"chmod 700 {_name(place)}",
        )


def check_file(found: os.stat_result, place: str) -> None:
    """Refuse a file of ours that others can read or write, one that is theirs, and what is no file."""
    if not stat.S_ISREG(found.st_mode):
        raise SecretUnreadable(f"{place} is no regular file", hint="move it out of the store")
    _check_owner(found, place)
    check_width(found, place)


def check_width(found: os.stat_result, place: str) -> None:
    """Refuse a mode wider than 0600."""
    if found.st_mode & 0o177:
        raise SecretUnreadable(
            f"{place} can be used by others (mode {stat.S_IMODE(found.st_mode):04o})",
            hint=f"chmod 600 {_name(place)}, and change the secret if others may have read it",
        )


def read_whole(descriptor: int, place: str) -> bytes:
    """All of an open file. Raises SecretUnreadable where it is too large to be a secret."""
    with open(descriptor, "rb", closefd=False) as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise SecretUnreadable(f"{place} is larger than {LARGEST >> 20} MiB: that is no secret")
    return data


def parse(data: bytes, place: str) -> dict[str, SecretStr]:
    """The keys and values in a secret's file. No word of a broken one reaches the message."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):  # the first also UnicodeDecodeError: they quote what they could not read
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise SecretUnreadable(
            f"{place} is no secret that paver wrote: not a JSON object of texts", hint="restore it, or move it away"
        )
    return {key: SecretStr(value) for key, value in found.items()}


def check_given(found: os.stat_result, place: str) -> None:
    """Refuse a file that the site gives and others can use or change. The superuser's is as good as ours."""
    if not stat.S_ISREG(found.st_mode):
        raise SecretUnreadable(f"{place} is no regular file")
    if found.st_uid != 0:
        _check_owner(found, place)
    check_width(found, place)


def _check_owner(found: os.stat_result, place: str) -> None:
    if found.st_uid != os.geteuid():
        raise SecretUnreadable(
            f"{place} belongs to user {found.st_uid}; this is user {os.geteuid()}",
            hint=f"run as the user who made it, or chown {os.geteuid()} {_name(place)}",
        )


def _name(place: str) -> str:
    return place.removeprefix("file:")
