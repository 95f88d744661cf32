"""The note of what a host was set to before paver set it: a file on a datastore of that host's own.

It has the form of the register of a bare host, and outlives the vCenter through which it is written and read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import JsonValue

from paver.contract.errors import NotFound, Refused, Rejected, Transient
from paver.contract.resource import Key
from paver.contract.types import FrozenDict, Owner
from paver_vsphere.exchange import DatastoreFiles
from paver_vsphere.register import DIRECTORY, MOUNTED, Note, Page, parsed
from paver_vsphere.session import Connection, Reference, Row

SHARED = MOUNTED | {"vsan"}
STORE_PROPERTIES = ("name", "browser", "summary.type", "summary.accessible")
"""What is read of each datastore of such a host."""


class HostNotes:
    """The note of one host.

    Args:
        connection: The vCenter's session.
        datacenter: The path of the datacenter that the host is in.
        owner: Whose environment.
        key: What is noted: the key of the host's settings.
        stores: The host's datastores, any of which may be another's or mounted from the network.
    """

    def __init__(self, connection: Connection, datacenter: str, owner: Owner, key: Key, stores: Iterable[Row]) -> None:
        self._connection, self._datacenter, self._owner, self.key = connection, datacenter, owner, key
        own = {str(row.props["name"]): row.props for row in stores if str(row.props.get("summary.type")) not in SHARED}
        self._own = {name: own[name] for name in sorted(own) if own[name].get("summary.accessible", True)}
        self._away = sorted(set(own) - set(self._own))
        self._found = ""

    @property
    def path(self) -> str:
        """Below the datastore's root. A datastore that hosts share has one for each."""
        return f"{DIRECTORY}/{self._owner.id}-{self.key.name}.json"

    @property
    def datastore(self) -> str:
        """The one that holds the note, or will. Raises Rejected where the host has none of its own."""
        if not self._own:
            raise Rejected(
                f"{self.key.name} has no datastore of its own",
                hint="what it is set to is noted on one before it is set: make one on a local disk",
            )
        return self._found or next(iter(self._own))

    @property
    def browser(self) -> Reference:
        """Of that datastore."""
        return self._own[self.datastore]["browser"]

    @property
    def where(self) -> str:
        """As vSphere writes it."""
        return f"[{self.datastore}] {self.path}"

    def read(self) -> Mapping[str, JsonValue] | None:
        """Setting to earlier value; None where nothing is noted.

        Raises:
            Transient: A datastore that may have it cannot be reached now.
            Rejected, NotOurs: It is damaged, or another environment's.
        """
        for name in self._own:
            try:
                content = self._files(name).read(self.path)
            except NotFound:
                continue
            self._found = name
            page = parsed(content, f"{self.where} on {self._connection.where}", self._owner)
            note = page.notes.get(str(self.key))
            return note.before if note is not None else {}
        if self._away:
            raise Transient(f"{self.key.name}: {', '.join(self._away)} cannot be reached, where its settings are noted")
        return None

    def write(self, before: Mapping[str, JsonValue]) -> None:
        """Write it whole. One PUT."""
        note = Note(name=self.key.name, before=FrozenDict(before))
        notes = FrozenDict({str(self.key): note})
        page = Page(owner=str(self._owner.id), environment=self._owner.name, notes=notes)
        self._files(self.datastore).write(self.path, page.model_dump_json(indent=2).encode())

    def lost(self) -> Refused:
        """The error of a note that was there and is gone."""
        return Refused(
            f"what {self.key.name} was set to before is noted no longer",
            facts=[("it stood in", f"{self.where} on {self._connection.where}")],
            hint="put that file back, from a backup or by hand: docs/vsphere.md shows its form. Nothing was changed",
        )

    def _files(self, name: str) -> DatastoreFiles:
        return DatastoreFiles(self._connection, name, self._datacenter)
