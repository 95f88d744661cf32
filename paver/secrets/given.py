"""Secrets that a spec names and somebody else keeps: `env:NAME` and `file:PATH`."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from paver.contract.errors import SecretMissing, SpecError
from paver.contract.types import SecretRef
from paver.secrets import guard
from paver.secrets.store import SecretUnreadable


def resolve(ref: SecretRef, base: Path, environ: Mapping[str, str] = os.environ) -> SecretStr:
    """The value that a reference of the spec leads to.

    Args:
        ref: The reference.
        base: The spec's directory; a relative `file:` path starts there.
        environ: Where `env:` looks.

    Raises:
        SecretMissing: There is nothing at that place.
        SecretUnreadable: There is, and others can read or change it.
        SpecError: Nothing here reads that kind of store.
    """
    if ref.key is not None and ref.store in {"env", "file"}:
        raise SpecError(f"{ref}: {ref.store}: holds one value and has no #KEY")
    if ref.store == "env":
        value = environ.get(ref.path, "")
        if not value:
            raise _missing(ref, f"export {ref.path}=…")
        return SecretStr(value)
    if ref.store == "file":
        return _read(ref, base / Path(ref.path).expanduser())
    raise SpecError(f"{ref}: nothing in this paver reads {ref.store}: secrets", hint="env:NAME or file:PATH")


def _read(ref: SecretRef, path: Path) -> SecretStr:
    # A secret may be a link, as those that orchestrators mount are; what it leads to is what counts. Non-blocking: a
    # pipe of that name must not hold paver for ever.
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise _missing(ref, f"write it to {path} (mode 0600)") from None
    except OSError as error:
        raise SecretUnreadable(f"{ref} cannot be read: {error.strerror}") from None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise SecretUnreadable(f"{ref} is no regular file")
        guard.check_width(found, str(ref))
        data = guard.read_whole(descriptor, str(ref))
    finally:
        os.close(descriptor)
    try:
        value = data.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise SecretUnreadable(f"{ref} is no text") from None
    if not value:
        raise _missing(ref, f"{path} is empty")
    return SecretStr(value)


def _missing(ref: SecretRef, hint: str) -> SecretMissing:
    return SecretMissing(f"the secret {ref} is not there", names=[str(ref)], hint=hint)
