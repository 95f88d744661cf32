"""The targets that are installed: entry points of the group `paver.conformance`, each under its driver's name."""

from __future__ import annotations

import importlib
from importlib import metadata

from paver.conformance.target import Target
from paver.contract.errors import SpecError

GROUP = "paver.conformance"


def target(iaas: str, place: str = "") -> Target:
    """A driver's target.

    Args:
        iaas: The driver's name.
        place: `module:Class` of a target that is not installed; empty: the installed one.

    Raises:
        SpecError: There is none, or it is none.
    """
    kind = _at(place) if place else _installed(iaas)
    if not (isinstance(kind, type) and issubclass(kind, Target)):
        raise SpecError(f"{kind!r} is no Target", hint="derive it from paver.conformance.target.Target")
    return kind()


def _installed(iaas: str) -> object:
    points = {point.name: point for point in metadata.entry_points(group=GROUP)}
    if iaas not in points:
        raise SpecError(
            f"no conformance target for {iaas} is installed",
            hint=f'name one with --target module:Class, or give its package an entry point "{iaas}" in {GROUP}; '
            f"there is: {', '.join(sorted(points)) or 'none'}",
        )
    return points[iaas].load()


def _at(place: str) -> object:
    module, _, name = place.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise SpecError(f"there is no target at {place}: {error}", hint="--target module:Class") from error
