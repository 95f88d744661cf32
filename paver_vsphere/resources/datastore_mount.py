"""The NFS datastore on the first ESXi host that the vCenter appliance is stored on."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import ClassVar

from pydantic import JsonValue

from paver.contract.driver import Kind
from paver.contract.errors import AlreadyExists, NotFound, PreflightFailed
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Phase, Proof, Waiting
from paver_vsphere.host import Host
from paver_vsphere.nas import Export
from paver_vsphere.register import Page
from paver_vsphere.resources.host_register import noted, registered
from paver_vsphere.session import Row, moid

KIND = "datastore-mount"
PROPERTIES = ("name", "info", "vm", "summary.accessible", "summary.type", "summary.freeSpace", "summary.capacity")
"""What a listing reads of each datastore."""


class DatastoreMount(Desired):
    """Wanted: an NFS export mounted on the first host, or (`adopt`) a datastore of that name that is there."""

    server: str = ""
    """Of the export; empty where adopted."""
    path: str = ""
    """Of the export on its server."""
    protocol: str = ""
    """`NFS` or `NFS41`."""

    @staticmethod
    def key_of(name: str) -> Key:
        """The key of a datastore of the spec."""
        return Key(kind=KIND, name=name)


class DatastoreMountKind(Kind[DatastoreMount]):
    """A datastore bears no mark on a bare host: it is noted in the register, mounted, struck out once unmounted."""

    replace: ClassVar[frozenset[str]] = frozenset({"server", "path", "protocol"})

    def __init__(self, host: Host) -> None:
        self._host = host

    def create(self, want: DatastoreMount, attempt: Attempt) -> Answer:
        """Note it. A datastore of that name that was there before is somebody else's, and stays so."""
        del attempt
        host = self._host
        if want.adopt is not None:
            raise PreflightFailed(f"{host.where(want.name)}: no such datastore, and the spec adopts it", exit_code=7)
        if any(row.props.get("name") == want.name for row in host.connection.retrieve({"Datastore": ("name",)})):
            raise AlreadyExists(f"{host.where(want.name)}: a datastore of that name is there already")
        host.register.note(want.key, want.name)
        return Waiting(ticket={"step": "noted"}, again=0.0, said="noted in the register")

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Unmount it: what is on the export stays there. Strike it out next."""
        del attempt
        host, connection = self._host, self._host.connection
        if have.phase is Phase.READY:
            with suppress(NotFound):  # which is well; the note must still go
                connection.call(
                    host.managers.datastoreSystem.RemoveDatastore,
                    connection.ref(have.id),
                    what=f"unmount {have.outputs['name']}",
                )
            return Waiting(ticket={"step": "removed", "key": str(have.key)}, again=0.0, said="unmounted")
        if have.key is not None:
            host.register.forget(have.key)
        return Done(have=None)

    def advance(self, want: DatastoreMount | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """Mount what was noted; or strike out what was unmounted."""
        del ticket
        host = self._host
        if want is None:
            host.register.forget(attempt.key)
            return Done(have=None)
        export = Export(want.server, want.path, want.protocol)
        made = host.connection.call(
            host.managers.datastoreSystem.CreateNasDatastore,
            export.volume(want.name),
            what=f"mount {export} as {want.name}",
        )
        return Done(have=_mounted(host, want.key, want.name, moid(made), export))


def observe_mounts(
    host: Host, page: Page | None, rows: Sequence[Row], wanted: Sequence[DatastoreMount]
) -> list[Observed]:
    """The datastores that the register notes, mounted or not yet, and those that the spec adopts."""
    by_name = {str(row.props.get("name")): row for row in rows}
    found = []
    for text, note in (page.notes if page else {}).items():
        key = Key.parse(text)
        if key.kind != KIND:
            continue
        row = by_name.get(note.name)
        if row is None:
            found.append(noted(host, key, note.name))
        else:
            found.append(_mounted(host, key, note.name, moid(row.ref), Export.of(row.props.get("info"))))
    for want in wanted:
        row = by_name.get(want.adopt or "")
        if row is not None:
            found.append(_adopted(want, row))
    return found


def _mounted(host: Host, key: Key, name: str, id_: str, export: Export) -> Observed:
    return registered(host, key, name, id_, export._asdict())


def _adopted(want: DatastoreMount, row: Row) -> Observed:
    return Observed(
        kind=KIND,
        id=moid(row.ref),
        key=want.key,
        owner=None,
        proof=Proof.ADOPTED,
        actual=Export()._asdict(),
        outputs={"name": str(row.props["name"])},
    )
