"""The drivers that are installed: entry points of the group `paver.drivers`, each loaded only when it is asked for.

A plugin that is broken, doubled or too new is listed with its state, and breaks nothing but itself.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from paver.contract.driver import CONTRACT, Driver
from paver.contract.errors import SpecError
from paver.plugins import distribution, packages, points

GROUP = "paver.drivers"
READY = "ready"
SDK_MISSING = "SDK missing"


@dataclass(frozen=True, slots=True)
class DriverEntry:
    """One row of `paver drivers`."""

    name: str
    distribution: str
    version: str
    contract: int | None
    """None: it could not be loaded."""
    sdk: str
    """The distribution that its sessions need; empty: none."""
    sdk_version: str | None
    """None: it is missing, or there is none."""
    state: str
    """`ready`, `SDK missing`, `too new for this paver`, `too old for this paver`, `broken: …` or `duplicate …`."""
    install: str = ""
    """What to give to pip so that a missing SDK is there: `iaas-paver[NAME]`."""


def entries() -> tuple[DriverEntry, ...]:
    """Every installed driver and its state, by name. Raises nothing for what a plugin does wrong."""
    found = points(GROUP)
    return tuple(_entry(point, rivals) for name in sorted(found) for rivals in [found[name]] for point in rivals)


def names() -> tuple[str, ...]:
    """The names of the installed drivers, without loading any."""
    return tuple(sorted(points(GROUP)))


def driver(name: str) -> Driver[Any]:
    """A driver by its name. Its SDK is not loaded, and may be missing.

    Raises:
        SpecError: There is none of that name, or it does not work here; the hint says what to install.
    """
    found = points(GROUP)
    if name not in found:
        near = difflib.get_close_matches(name, found, 1, cutoff=0.75)
        hint = (
            f"did you mean {near[0]}?"
            if near
            else "install the package that brings it; `paver drivers` lists what is there"
        )
        raise SpecError(f"no driver {name} is installed", hint=hint)
    point, *rivals = found[name]
    if rivals:
        raise SpecError(f"driver {name} is there twice", hint=f"uninstall all but one of: {packages(found[name])}")
    try:
        return _load(point)
    except _Unusable as error:
        raise SpecError(
            f"driver {name} of {distribution(point)} is {error}", hint="`paver drivers` lists what works"
        ) from error


class _Unusable(Exception):
    """Why a driver does not work here, in the words of `DriverEntry.state`."""

    def __init__(self, state: str, contract: int | None = None) -> None:
        super().__init__(state)
        self.contract = contract


def _entry(point: metadata.EntryPoint, rivals: list[metadata.EntryPoint]) -> DriverEntry:
    contract, sdk, sdk_version, state = None, "", None, READY
    try:
        loaded = _load(point)
        contract, sdk = loaded.contract, loaded.sdk
    except _Unusable as error:
        contract, state = error.contract, str(error)
    if sdk:
        sdk_version = _version(sdk)
        state = state if sdk_version else SDK_MISSING
    if len(rivals) > 1:
        state = f"duplicate of the one in {packages([other for other in rivals if other is not point])}"
    version = point.dist.version if point.dist else ""
    return DriverEntry(
        point.name,
        distribution(point),
        version,
        contract,
        sdk,
        sdk_version,
        state,
        _extra(point, sdk) if state == SDK_MISSING else "",
    )


def _load(point: metadata.EntryPoint) -> Driver[Any]:
    try:
        kind = point.load()
        contract = getattr(kind, "contract", None)
        state = _state(kind, contract)
        made: Driver[Any] | None = None if state else kind()
    except (Exception, SystemExit) as error:
        # Whatever a stranger's package does when it is imported, the others go on.
        raise _Unusable(f"broken: {_said(error)}") from error
    if made is None:
        raise _Unusable(state, contract if isinstance(contract, int) else None)
    if made.name != point.name:
        raise _Unusable(f"broken: it calls itself {made.name}", made.contract)
    return made


def _state(kind: object, contract: object) -> str:
    if isinstance(contract, int) and contract != CONTRACT:
        return f"too {'new' if contract > CONTRACT else 'old'} for this paver"
    return "" if isinstance(kind, type) and issubclass(kind, Driver) else "broken: its entry point is no Driver"


def _said(error: BaseException) -> str:
    first = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _extra(point: metadata.EntryPoint, sdk: str) -> str:
    """The extra of the driver's own package that brings the SDK, or the SDK itself."""
    required = [Requirement(text) for text in (point.dist.requires if point.dist else None) or ()]
    brings = [
        str(need.marker) for need in required if need.marker and canonicalize_name(need.name) == canonicalize_name(sdk)
    ]
    named = f'extra == "{point.name}"'
    return f"{distribution(point)}[{point.name}]" if named in brings else sdk
