"""Which kinds of secret store there are. The set is open; a directory of files is the one that needs nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from paver.contract.errors import SpecError
from paver.contract.types import SecretRef
from paver.secrets.directory import DirectoryStore
from paver.secrets.store import SecretStore


def _directory(ref: SecretRef, base: Path) -> SecretStore:
    return DirectoryStore(base / Path(ref.path).expanduser(), reference=ref.path)


KINDS: Mapping[str, Callable[[SecretRef, Path], SecretStore]] = MappingProxyType({"file": _directory})
"""What a spec writes before the colon, and what opens it."""


def open_store(ref: SecretRef, base: Path) -> SecretStore:
    """The store at the place that the spec names. Opens lazily: nothing is made before the first write.

    Args:
        ref: The spec's `secrets`.
        base: The directory of the spec; a relative `file:` path starts there.

    Raises:
        SpecError: There is no store of that kind, or the reference names a key.
    """
    if ref.store not in KINDS:
        raise SpecError(
            f'secrets: no store of kind "{ref.store}" in this paver; there is: {", ".join(sorted(KINDS))}',
            hint="secrets: file:PATH",
        )
    if ref.key is not None:
        raise SpecError("secrets: a store is a place and has no #KEY", hint=f"secrets: {ref.store}:{ref.path}")
    return KINDS[ref.store](ref, base)
