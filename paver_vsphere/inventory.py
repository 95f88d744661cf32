"""The vCenter's inventory in one paged retrieval: few properties of each type, and of machines not even their ids.

A vCenter may hold ten thousand machines of others. What stands in or on a thing is read only of that thing, when it is
about to go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from paver_vsphere.sdk import type_named
from paver_vsphere.session import Connection, Reference, Row, moid

FOLDERS = ("vmFolder", "hostFolder", "networkFolder", "datastoreFolder")
"""A datacenter's own folders, by property."""

FIELDS = "CustomFieldsManager"
"""It stands in no folder: it is a root of its own in the same retrieval."""

WANTED: Mapping[str, Sequence[str]] = {
    "Folder": ("name", "parent", "customValue"),
    "Datacenter": ("name", "parent", "customValue", *FOLDERS),
    "ClusterComputeResource": ("name", "parent", "customValue", "host", "resourcePool"),
    "HostSystem": ("name", "parent", "customValue", "runtime.connectionState"),
    "ResourcePool": ("name", "parent", "customValue", "resourcePool"),
    "Datastore": ("name", "parent", "customValue", "host", "info"),
    "DistributedVirtualSwitch": (
        "name",
        "parent",
        "config.description",
        "config.uplinkPortgroup",
        "config.maxMtu",
        "summary.hostMember",
    ),
    "DistributedVirtualPortgroup": (
        "name",
        "config.description",
        "config.distributedVirtualSwitch",
        "config.defaultPortConfig",
    ),
}

INSIDE: Mapping[str, Sequence[str]] = {
    "Folder": ("childEntity",),
    "HostSystem": ("vm",),
    "ResourcePool": ("vm",),
    "Datastore": ("vm",),
    "DistributedVirtualPortgroup": ("vm",),
}
"""What each type holds that a listing leaves out."""

DISCOVERED = "Discovered virtual machine"
"""The folder that a vCenter itself makes for VMs that came with a host."""


class Listing:
    """What one retrieval found."""

    def __init__(self, rows: Sequence[Row], root: Reference) -> None:
        self.root = root
        self._rows = {moid(row.ref): row for row in rows if not isinstance(row.ref, type_named(FIELDS))}
        self.definitions: list[Any] = [
            one for row in rows if isinstance(row.ref, type_named(FIELDS)) for one in row.props.get("field") or ()
        ]
        """Of custom attributes, all of them."""
        self._types = {name: type_named(name) for name in WANTED}

    @classmethod
    def of(cls, connection: Connection) -> Listing:
        """Read it now."""
        root, fields = connection.content.rootFolder, connection.content.customFieldsManager
        return cls(connection.retrieve({**WANTED, FIELDS: ("field",)}, roots=[root, fields]), root)

    @property
    def count(self) -> int:
        """How many objects it read."""
        return len(self._rows)

    def rows(self) -> Iterator[Row]:
        """Every object."""
        return iter(self._rows.values())

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

    def child(self, kind: str, name: str, parent: object) -> Row | None:
        """The object of that type and name directly in `parent`."""
        for row in self.all(kind):
            if row.props.get("name") == name and moid(row.props["parent"]) == moid(parent):
                return row
        return None

    def above(self, row: Row) -> Iterator[str]:
        """Ids of all that an object stands below, the nearest first."""
        at: Any = row.props.get("parent")
        while at is not None:
            yield moid(at)
            held = self._rows.get(moid(at))
            at = held.props.get("parent") if held else None

    def below(self, row: Row, ancestor: object) -> bool:
        """Whether an object stands, at any depth, below another."""
        return (ancestor if isinstance(ancestor, str) else moid(ancestor)) in self.above(row)

    def look_into(self, connection: Connection, id_: str) -> None:
        """Read what stands in or on one object, for `inside`: one call."""
        roots = [row.ref for row in self._holders(id_) if isinstance(row.ref, tuple(map(type_named, INSIDE)))]
        for row in connection.retrieve(INSIDE, roots=roots, tree={}) if roots else ():
            self._rows[moid(row.ref)].props.update(row.props)

    def _holders(self, id_: str) -> Iterator[Row]:
        """The objects that an object is made of: it, or what stands for it."""
        row = self._rows.get(id_)
        if row is None:
            return
        if isinstance(row.ref, self._types["Datacenter"]):
            own = {moid(row.props[folder]) for folder in FOLDERS}
            for held in self.all("Folder"):
                above = held.props.get("parent")
                if moid(held.ref) in own or (
                    held.props.get("name") == DISCOVERED and above is not None and moid(above) in own
                ):
                    yield held
        elif isinstance(row.ref, self._types["ClusterComputeResource"]):
            yield self._rows[moid(row.props["resourcePool"])]
        else:
            yield row

    def inside(self, id_: str) -> list[Reference]:
        """What stands in or on an object, one step down: all of it once `look_into` has read it."""
        row = self._rows.get(id_)
        if row is None:
            return []
        props = row.props
        if isinstance(row.ref, self._types["Datacenter"]):
            return [ref for folder in FOLDERS for ref in self.inside(moid(props[folder]))]
        if isinstance(row.ref, self._types["ClusterComputeResource"]):  # its own pool is part of it
            return [*(props.get("host") or ()), *self.inside(moid(props["resourcePool"]))]
        found = [
            *(props.get("childEntity") or ()),
            *(props.get("vm") or ()),
            *(props.get("summary.hostMember") or ()),
            *(props.get("resourcePool") or ()),
        ]
        if isinstance(row.ref, self._types["DistributedVirtualSwitch"]):
            own = {moid(ref) for ref in props.get("config.uplinkPortgroup") or ()}
            found += [group.ref for group in self._groups(id_) if moid(group.ref) not in own]
        return found

    def _groups(self, switch: str) -> Iterator[Row]:
        for group in self.all("DistributedVirtualPortgroup"):
            held = group.props.get("config.distributedVirtualSwitch")
            if held is not None and moid(held) == switch:
                yield group
