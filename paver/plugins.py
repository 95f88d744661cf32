"""Entry points of a group, by name: how drivers, secret stores and conformance targets of strangers are found."""

from __future__ import annotations

from importlib import metadata

from packaging.utils import canonicalize_name


def points(group: str) -> dict[str, list[metadata.EntryPoint]]:
    """All that are installed, by name; more than one under a name are rivals. Loads none."""
    found: dict[str, dict[tuple[str, str], metadata.EntryPoint]] = {}
    for point in metadata.entry_points(group=group):
        # A checkout on PYTHONPATH and the same installed show the same entry twice: that is one.
        found.setdefault(point.name, {}).setdefault((point.value, canonicalize_name(distribution(point))), point)
    return {name: list(each.values()) for name, each in found.items()}


def distribution(point: metadata.EntryPoint) -> str:
    """What brings it."""
    return point.dist.name if point.dist else "?"


def packages(rivals: list[metadata.EntryPoint]) -> str:
    """What brings each of several."""
    return ", ".join(f"{distribution(point)} ({point.value})" for point in rivals)
