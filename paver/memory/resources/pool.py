"""Pools: a zone's share of the machines, inside the control plane. They bear no tags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from paver.contract import names
from paver.contract.resource import Desired, Key
from paver.contract.spec import EnvironmentSpec
from paver.memory.kind import MemoryKind
from paver.memory.resources.control_plane import CONTROL_PLANE
from paver.memory.settings import MemorySettings

SHARES = 4000


class Pool(Desired):
    """A pool."""

    zone: str
    shares: int


class PoolKind(MemoryKind[Pool]):
    """`pool/ZONE`."""

    noun = "pool"
    replace: ClassVar[frozenset[str]] = frozenset({"zone"})


def pool_key(zone: str) -> Key:
    """The key of a zone's pool."""
    return Key(kind="pool", name=zone)


def wanted(spec: EnvironmentSpec, settings: MemorySettings) -> Iterator[Pool]:
    """One a zone."""
    if settings.control_plane:
        for zone in spec.zones:
            name = names.name(spec.name, zone)
            yield Pool(key=pool_key(zone), name=name, scope=CONTROL_PLANE, zone=zone, shares=SHARES)
