"""A host's earlier settings put back, one call at a time, and the note of them removed in the end."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from pydantic import JsonValue

from paver.contract.errors import NotFound
from paver.contract.resource import Answer, Done, Key, Value, Waiting
from paver_vsphere.center import Center, Ticket
from paver_vsphere.host_notes import HostNotes
from paver_vsphere.managed_host import Managed, ManagedHosts
from paver_vsphere.register import DIRECTORY
from paver_vsphere.sdk import vim


class PuttingBack:
    """Put back, let go of the id in the register, remove the note, let go of the name.

    Killed anywhere, what is left begins again or goes on: the id goes before the note, which would count as lost else,
    and the name after it, by which it is found.
    """

    def __init__(self, center: Center, hosts: ManagedHosts) -> None:
        self._center, self._hosts = center, hosts

    def begin(self, host: str, key: Key) -> Answer:
        """The first call."""
        return self.advance({"step": "restore", "host": host}, key)

    def advance(self, at: Ticket, key: Key) -> Answer:
        """The next one."""
        host = str(at["host"])
        if at["step"] == "gone":
            self._center.claims.forget(key)
            return Done(have=None)
        if at["step"] == "deleting":
            return self._deleting(at, host, key)
        managed = self._hosts.read(host, key)
        if at["step"] == "listing":
            over, listing = self._center.result(at, f"list {DIRECTORY}")
            return self._remove(managed.notes, listing, host) if over else self._center.still(at)
        before = managed.notes.read()
        if before is None:
            return then(host, "gone", "nothing is noted")
        return self._restore(managed, before, at, key) or self._finish(managed.notes, at, key)

    def _restore(self, managed: Managed, before: Any, at: Ticket, key: Key) -> Answer | None:  # noqa: ANN401  a note
        call = managed.configuration.next_call(before, sent_of(at))
        if call is None:
            return None
        self._center.connection.call(call.method, *call.arguments, what=f"{call.what} of {key.name} again")
        return then(str(at["host"]), "restore", f"{call.what} again", (*sent_of(at), call.name))

    def _finish(self, notes: HostNotes, at: Ticket, key: Key) -> Answer:
        host, center = str(at["host"]), self._center
        claim = center.claims.held.get(key)
        if claim is not None and claim.id:
            center.claims.unnote(key)
            return then(host, "restore", "all is as it was", sent_of(at))
        search = vim().host.DatastoreBrowser.SearchSpec(matchPattern=["*"])
        path = f"[{notes.datastore}] {DIRECTORY}"
        task = center.connection.read(notes.browser.SearchDatastore_Task, path, search, what=f"list {path}")
        return center.waiting(task, "looking into the note's directory", step="listing", host=host)

    def _remove(self, notes: HostNotes, listing: Any, host: str) -> Answer:  # noqa: ANN401  pyVmomi makes its types at run time
        if notes.read() is None:  # which also says on which datastore it is
            return then(host, "gone", "its note is gone")
        own = notes.path.rpartition("/")[2]
        alone = {str(file.path) for file in (listing.file or ())} <= {own}
        # One call for both where nobody else is registered: killed between two, the empty directory would stay.
        path = f"[{notes.datastore}] {DIRECTORY}" if alone else notes.where
        connection = self._center.connection
        delete = connection.content.fileManager.DeleteDatastoreFile_Task
        task = connection.call(delete, path, self._hosts.datacenter(), what=f"delete {path}")
        return self._center.waiting(task, "its note is being deleted", step="deleting", host=host)

    def _deleting(self, at: Ticket, host: str, key: Key) -> Answer:
        with suppress(NotFound):
            if not self._center.result(at, f"delete the note of {key}")[0]:
                return self._center.still(at)
        return then(host, "gone", "its note is gone")


def then(host: Value, step: str, said: str, sent: tuple[str, ...] = ()) -> Waiting:
    """The next call, at once, with the names of those that were sent."""
    ticket: dict[str, JsonValue] = {"step": step, "host": str(host), "sent": list[JsonValue](sent)}
    return Waiting(ticket=ticket, again=0.0, said=said)


def sent_of(at: Ticket) -> tuple[str, ...]:
    """The calls that this attempt has sent already."""
    sent = at.get("sent")
    return tuple(str(name) for name in sent) if isinstance(sent, list) else ()
