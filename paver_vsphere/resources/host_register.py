"""The register on the first ESXi host: `.paver/<owner id>.json` on its first datastore, for what can bear no mark."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, ClassVar, Literal

from pydantic import JsonValue

from paver.contract.driver import Kind
from paver.contract.errors import AlreadyExists, NotFound, OutcomeUnknown
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Phase, Proof, Waiting
from paver_vsphere.host import Host
from paver_vsphere.register import DIRECTORY, Page, datastore_path
from paver_vsphere.sdk import vim
from paver_vsphere.session import finished, moid

KIND = "host-register"
KEY = Key(kind=KIND, name="esxi")


class HostRegister(Desired):
    """Wanted: the file in which the things of this environment on a bare ESXi host are noted before they are made."""

    key: Key = KEY
    form: Literal[1] = 1
    """The form of the file; a later one is written over it in place."""


class HostRegisterKind(Kind[HostRegister]):
    """Makes the directory, then the file; removes the file, and the directory where nobody else's file is in it."""

    replace: ClassVar[frozenset[str]] = frozenset({"form"})

    def __init__(self, host: Host) -> None:
        self._host = host

    def create(self, want: HostRegister, attempt: Attempt) -> Answer:
        """The directory first: a datastore's file service makes none."""
        del want, attempt
        host, files = self._host, self._host.register.files()
        path = datastore_path(files, DIRECTORY)
        # Another environment's register may be in it, or an earlier attempt have made it.
        with suppress(AlreadyExists):
            host.connection.call(
                host.connection.content.fileManager.MakeDirectory,
                path,
                host.datacenter,
                False,
                what=f"make directory {path}",
            )
        return Waiting(ticket={"step": "directory"}, again=0.0, said="its directory is there")

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Look into the directory first; what is in it decides what goes."""
        del have, attempt
        host, files = self._host, self._host.register.files()
        row = next(
            row
            for row in host.connection.retrieve({"Datastore": ("name", "browser")})
            if row.props["name"] == files.datastore
        )
        search = vim().host.DatastoreBrowser.SearchSpec(matchPattern=["*"])
        task = host.connection.read(
            row.props["browser"].SearchDatastore_Task,
            datastore_path(files, DIRECTORY),
            search,
            what=f"list [{files.datastore}] {DIRECTORY}",
        )
        return Waiting(ticket={"step": "listing", "task": moid(task)}, again=0.1, said="looking into its directory")

    def advance(self, want: HostRegister | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """Write the file; or go on removing it."""
        del attempt
        step: dict[str, JsonValue] = dict(ticket) if isinstance(ticket, dict) else {"step": "directory"}
        if want is not None:
            self._host.register.begin()
            return Done(have=observe_register(self._host, self._host.register.read()))
        connection = self._host.connection
        state = connection.task(connection.ref(str(step["task"])))
        if step["step"] == "deleting":
            try:
                gone = finished(state, "delete the register")
            except NotFound:
                gone = True
            return Done(have=None) if gone else Waiting(ticket=step, again=0.5, said="being deleted")
        if not finished(state, f"list {DIRECTORY}"):
            return Waiting(ticket=step, again=0.2, said="looking into its directory")
        return self._delete(state.result)

    def _delete(self, listing: Any) -> Answer:  # noqa: ANN401  pyVmomi makes its types at run time
        host, files = self._host, self._host.register.files()
        own = host.register.path.rpartition("/")[2]
        alone = {str(file.path) for file in (listing.file or ())} <= {own}
        # One call for both where nobody else is registered: killed between two, the empty directory would stay.
        path = datastore_path(files, DIRECTORY if alone else host.register.path)
        task = host.connection.call(
            host.connection.content.fileManager.DeleteDatastoreFile_Task, path, host.datacenter, what=f"delete {path}"
        )
        return Waiting(ticket={"step": "deleting", "task": moid(task)}, again=0.1, said="being deleted")


def register_id(host: Host) -> str:
    """The register's id in the inventory."""
    return f"register:{host.register.path}"


def observe_register(host: Host, page: Page | None) -> Observed:
    """The register as an inventory shows it: its name holds the owner's id."""
    if page is None:
        raise OutcomeUnknown("the register was written and is not there")
    return Observed(
        kind=KIND,
        id=register_id(host),
        key=KEY,
        owner=host.owner.id,
        proof=Proof.NAME,
        actual={"form": page.form},
        outputs={"datastore": host.register.files().datastore},
    )


def registered(host: Host, key: Key, name: str, id_: str, actual: dict[str, JsonValue]) -> Observed:
    """A thing that the register proves, as an inventory shows it."""
    return Observed(
        kind=key.kind,
        id=id_,
        key=key,
        owner=host.owner.id,
        proof=Proof.REGISTER,
        actual=actual,
        outputs={"name": name},
        needs=(register_id(host),),
    )


def noted(host: Host, key: Key, name: str) -> Observed:
    """A thing that the register notes and that is not made yet."""
    pending = {"phase": Phase.PENDING, "ticket": {"step": "noted"}}
    return registered(host, key, name, f"noted:{key}", {}).model_copy(update=pending)
