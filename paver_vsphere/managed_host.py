"""A host whose settings are managed, read through the vCenter: what it is set to, and where that is noted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from paver.contract.errors import NotFound
from paver.contract.resource import Key
from paver_vsphere.center import Center
from paver_vsphere.host_configuration import PROPERTIES, HostConfiguration
from paver_vsphere.host_notes import STORE_PROPERTIES, HostNotes
from paver_vsphere.session import Reference, Row, moid

STATE = "runtime.connectionState"
WANTED: Mapping[str, Sequence[str]] = {"HostSystem": ("datastore", STATE, *PROPERTIES), "Datastore": STORE_PROPERTIES}
"""What is read of such a host, and of its datastores."""
TREE: Mapping[str, Sequence[str]] = {"HostSystem": ("datastore",)}


class Managed(NamedTuple):
    """One host, read."""

    configuration: HostConfiguration
    notes: HostNotes


class ManagedHosts:
    """The hosts of one vCenter."""

    def __init__(self, center: Center) -> None:
        self._center = center

    def read(self, host: str, key: Key) -> Managed:
        """One host, by its id, as it is now. Raises NotFound."""
        rows = self._center.connection.retrieve(WANTED, roots=[self._center.ref(host)], tree=TREE)
        by_id = {moid(row.ref): row for row in rows}
        if host not in by_id:
            raise NotFound(f"{self._center.where(key.name)} is gone")
        return self.seen(host, by_id, key)

    def seen(self, host: str, rows: Mapping[str, Row], key: Key) -> Managed:
        """One host, by its id, out of what was read of it and its datastores."""
        center, props = self._center, rows[host].props
        stores = [rows[moid(ref)] for ref in props.get("datastore") or () if moid(ref) in rows]
        notes = HostNotes(center.connection, center.settings.datacenter, center.owner, key, stores)
        return Managed(HostConfiguration(center.where(key.name), props), notes)

    def datacenter(self) -> Reference:
        """The datacenter that hosts are added to: it is made at the root. Raises NotFound."""
        name = self._center.settings.datacenter
        rows = self._center.connection.retrieve({"Datacenter": ("name",)}, tree={"Folder": ("childEntity",)})
        for row in rows:
            if row.props.get("name") == name:
                return row.ref
        raise NotFound(f"{self._center.where(name)} is gone")
