"""The vCenter's inventory in one paged retrieval: few properties of each type, no VM among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from paver_vsphere.sdk import type_named
from paver_vsphere.session import Connection, Reference, Row, moid

WANTED: Mapping[str, Sequence[str]] = {
    "Folder": ("name", "parent", "childEntity", "customValue"),
    "Datacenter": ("name", "parent", "vmFolder", "hostFolder", "networkFolder", "datastoreFolder"),
    "ClusterComputeResource": ("name", "parent", "host", "resourcePool"),
    "HostSystem": ("name", "parent", "vm", "configManager.datastoreSystem", "summary.hardware.uuid"),
    "ResourcePool": ("name", "parent", "vm", "resourcePool"),
    "Datastore": ("name", "parent", "host", "vm", "info"),
    "DistributedVirtualSwitch": (
        "name",
        "parent",
        "config.description",
        "config.configVersion",
        "summary.hostMember",
    ),
    "DistributedVirtualPortgroup": (
        "name",
        "config.description",
        "config.distributedVirtualSwitch",
        "config.defaultPortConfig",
        "config.configVersion",
        "vm",
    ),
}


class Listing:
    """What one retrieval found."""

    def __init__(self, rows: Sequence[Row], root: Reference) -> None:
        self.root = root
        self._rows = {moid(row.ref): row for row in rows}
        self._types = {name: type_named(name) for name in WANTED}

    @classmethod
    def of(cls, connection: Connection) -> Listing:
        """Read it now."""
        return cls(connection.retrieve(WANTED), connection.content.rootFolder)

    @property
    def count(self) -> int:
        """How many objects it read."""
        return len(self._rows)

    def all(self, kind: str) -> Iterator[Row]:
        """Every object of a type."""
        return (row for row in self._rows.values() if isinstance(row.ref, self._types[kind]))

    def get(self, ref: object) -> Row | None:
        """One object by reference or id."""
        return self._rows.get(ref if isinstance(ref, str) else moid(ref))

    def named(self, kind: str, name: str, parent: object = None) -> Row | None:
        """The object of that type and name; below `parent` where one is given."""
        for row in self.all(kind):
            if row.props.get("name") == name and (parent is None or self.below(row, parent)):
                return row
        return None

    def below(self, row: Row, ancestor: object) -> bool:
        """Whether an object stands, at any depth, below another."""
        wanted = ancestor if isinstance(ancestor, str) else moid(ancestor)
        at: Any = row.props.get("parent")
        while at is not None:
            if moid(at) == wanted:
                return True
            held = self._rows.get(moid(at))
            at = held.props.get("parent") if held else None
        return False
