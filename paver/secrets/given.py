"""Secrets that a spec names and somebody else keeps: `env:NAME`, `file:PATH`, and one key of a store's own entry."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from paver.contract.errors import SecretMissing, SpecError
from paver.contract.types import SecretRef
from paver.secrets import guard
from paver.secrets.kinds import read_reference
from paver.secrets.store import SecretUnreadable


def resolve(ref: SecretRef, base: Path, environ: Mapping[str, str] = os.environ) -> SecretStr:
    """The value that a reference leads to.

    Args:
        ref: The reference, from a spec or from an environment document.
        base: The spec's directory; a relative `file:` path starts there.
        environ: Where `env:` looks.

    Raises:
        SecretMissing: There is nothing at that place.
        SecretUnreadable: There is, and others can read or change it, or it is no text.
        SpecError: Nothing here reads that kind of store, or the reference is malformed.
    """
    if ref.store == "env":
        return _variable(ref, environ)
    if ref.store == "file":
        return _file(ref, base)
    return read_reference(ref, base)


def _variable(ref: SecretRef, environ: Mapping[str, str]) -> SecretStr:
    if ref.key is not None:
        raise SpecError(f"{ref}: a variable holds one value and has no #KEY", hint=f"env:{ref.path}")
    value = environ.get(ref.path, "")
    if not value:
        raise _missing(ref, f"export {ref.path}=…")
    # Bytes that are no text come from the environment as lone surrogates, which no encoder takes later on.
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise SecretUnreadable(f"{ref} is no text", hint="UTF-8 is wanted")
    return SecretStr(value)


def _file(ref: SecretRef, base: Path) -> SecretStr:
    try:
        path = base / Path(ref.path).expanduser()
    except RuntimeError:  # a ~user whom the system does not know
        raise SpecError(f"{ref}: there is no such home directory") from None
    if "\0" in ref.path:
        raise SpecError("a secret's path holds a NUL character")
    data = _read(ref, path)
    if ref.key is not None:
        values = guard.parse(data, str(ref))
        if ref.key not in values:
            raise _missing(ref, f"{path} has no key {ref.key}")
        return values[ref.key]
    text = data.decode(errors="replace")
    if text.encode() != data:
        # Compared, not caught: a decoding error holds the secret, and whoever prints a chain of errors prints it.
        raise SecretUnreadable(f"{ref} is no text", hint="UTF-8 is wanted")
    value = text.removesuffix("\n").removesuffix("\r")
    if not value:
        raise _missing(ref, f"{path} is empty")
    return SecretStr(value)


def _read(ref: SecretRef, path: Path) -> bytes:
    """All of the file. It may be a link, as those are that orchestrators mount: what it leads to is what counts."""
    place = str(ref)
    try:
        with guard.reading(place):
            # Non-blocking: a pipe of that name must not hold paver for ever.
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                guard.check_given(os.fstat(descriptor), place)
                return guard.read_whole(descriptor, place)
            finally:
                os.close(descriptor)
    except FileNotFoundError:
        raise _missing(ref, f"write it to {path} (mode 0600)") from None


def _missing(ref: SecretRef, hint: str) -> SecretMissing:
    return SecretMissing(f"the secret {ref} is not there", names=[str(ref)], hint=hint)
