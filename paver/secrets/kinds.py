"""Which kinds of secret store there are: entry points of the group `paver.secret_stores`, by what a spec writes first.

An entry point is a function from a reference and the spec's directory to a `SecretStore`. It contacts nothing, and
loads its SDK at the first use of the store.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydantic import SecretStr

from paver.contract.errors import SpecError
from paver.contract.types import SecretRef
from paver.plugins import packages, points
from paver.secrets.store import SecretStore

GROUP = "paver.secret_stores"
Open = Callable[[SecretRef, Path], SecretStore]


def open_store(ref: SecretRef, base: Path) -> SecretStore:
    """The store at the place that the spec names. Opens lazily: nothing is made before the first write.

    Args:
        ref: The spec's `secrets`.
        base: The directory of the spec; a relative `file:` path starts there.

    Raises:
        SpecError: No store of that kind is installed, its package is broken, or the reference names a key.
    """
    if ref.key is not None:
        raise SpecError("secrets: a store is a place and has no #KEY", hint=f"secrets: {ref.store}:{ref.path}")
    return _opener(ref.store, "secrets", ())(ref, base)


def read_reference(ref: SecretRef, base: Path) -> SecretStr:
    """One value of a store's own, as its `reference` names it.

    Raises:
        SpecError: No store of that kind is installed, or the reference is malformed.
        SecretMissing: There is nothing at that place.
        SecretUnreadable: There is, and it cannot be used.
    """
    place, _, name = ref.path.rpartition("/")
    opens = _opener(ref.store, str(ref), ("env",))
    if not place or not name or ref.key is None:
        raise SpecError(f"{ref}: a secret in a store is {ref.store}:PLACE/NAME#KEY")
    return opens(SecretRef(store=ref.store, path=place), base).read(name, ref.key)


def _opener(kind: str, where: str, besides: tuple[str, ...]) -> Open:
    """What opens stores of that kind; `where` it was asked for, and what could stand there `besides`."""
    found = points(GROUP)
    if kind not in found:
        raise SpecError(
            f"{where}: no secret store of kind {kind} is installed; there is: {', '.join([*besides, *sorted(found)])}",
            hint=f'install a package that has an entry point "{kind}" in the group {GROUP}',
        )
    point, *rivals = found[kind]
    if rivals:
        raise SpecError(
            f"{where}: the secret store {kind} is there twice",
            hint=f"uninstall all but one of: {packages(found[kind])}",
        )
    try:
        opens: Open = point.load()
    except (Exception, SystemExit) as error:  # whatever a stranger's package does when it is imported
        raise SpecError(
            f"{where}: the secret store {kind} of {packages([point])} is broken: {type(error).__name__}"
        ) from error
    return opens
