"""The NFS datastore on the first ESXi host that the vCenter appliance is stored on."""

from __future__ import annotations

from paver.contract.resource import Desired, Key

KIND = "datastore-mount"


class DatastoreMount(Desired):
    """Wanted: an NFS v3 export mounted on the first host, or (`adopt`) a datastore of that name that is there."""

    server: str = ""
    """Of the export; empty where adopted."""
    path: str = ""
    """Of the export on its server."""

    @staticmethod
    def key_of(name: str) -> Key:
        """The key of a datastore of the spec."""
        return Key(kind=KIND, name=name)
