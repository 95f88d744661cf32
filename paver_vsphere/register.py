"""The register: what was noted on a host's datastore before it was made, for things that can bear no mark.

One file per environment, `.paver/<owner id>.json`, on the host's first datastore that is not mounted over the network.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import Field, JsonValue, ValidationError

from paver.contract.errors import NotFound, NotOurs, Rejected
from paver.contract.resource import Key
from paver.contract.types import Frozen, FrozenDict, Map, Owner
from paver_vsphere.exchange import DatastoreFiles
from paver_vsphere.session import Connection

DIRECTORY = ".paver"
MOUNTED = frozenset({"NFS", "NFS41", "vvol"})
"""Types of datastores that are not the host's own: such a one may come and go."""


class Note(Frozen):
    """One thing that was, or is about to be, made."""

    name: str
    """The native name that the key implies."""
    before: Map[str, JsonValue] = Field(default_factory=FrozenDict)
    """Earlier values of a given thing's settings, to be put back."""


class Page(Frozen):
    """The file."""

    form: int = 1
    owner: str
    environment: str
    notes: Map[str, Note] = Field(default_factory=FrozenDict)
    """By logical key."""


@dataclass
class Register:
    """The register of one environment on one host. Writers take turns; each write is one PUT of the whole file.

    Args:
        connection: The host's session.
        owner: Whose register.
    """

    connection: Connection
    owner: Owner
    _turn: threading.RLock = field(default_factory=threading.RLock)
    """A file is not replaced at once: whoever reads while it is written reads a part."""
    _files: DatastoreFiles | None = None

    @property
    def path(self) -> str:
        """Below the datastore's root."""
        return f"{DIRECTORY}/{self.owner.id}.json"

    def files(self) -> DatastoreFiles:
        """The datastore that holds it. Raises Rejected where the host has none."""
        if self._files is None:
            rows = self.connection.retrieve({"Datastore": ("name", "summary.type", "summary.accessible")})
            self._files = DatastoreFiles(self.connection, first_datastore([row.props for row in rows]))
        return self._files

    def read(self) -> Page | None:
        """The page as it is now; None where there is no file.

        Raises:
            Rejected: It is damaged, or another owner's.
            NotOurs: It is of another name than the spec's, by which this environment's things could not be told.
        """
        try:
            with self._turn:
                content = self.files().read(self.path)
        except NotFound:
            return None
        return parsed(content, f"[{self.files().datastore}] {self.path} on {self.connection.where}", self.owner)

    def begin(self) -> None:
        """Write the file, with nothing noted. One PUT."""
        self._write({})

    def note(self, key: Key, name: str) -> None:
        """Note a thing before it is made. One PUT, none where it stands there. Raises NotFound without a file."""
        with self._turn:
            notes = dict(self._page().notes)
            if str(key) not in notes:
                self._write({**notes, str(key): Note(name=name)})

    def forget(self, key: Key) -> None:
        """Strike a thing out after it is gone. One PUT, none where it does not stand there."""
        with self._turn:
            page = self.read()
            if page is not None and str(key) in page.notes:
                self._write({other: note for other, note in page.notes.items() if other != str(key)})

    def _page(self) -> Page:
        page = self.read()
        if page is None:
            raise NotFound(f"the register {self.path} on {self.connection.where} is gone")
        return page

    def _write(self, notes: Mapping[str, Note]) -> None:
        page = Page(owner=str(self.owner.id), environment=self.owner.name, notes=FrozenDict(notes))
        self.files().write(self.path, page.model_dump_json(indent=2).encode())


def parsed(content: bytes, where: str, owner: Owner) -> Page:
    """A register's page.

    Raises:
        Rejected: It is damaged, or another owner's.
        NotOurs: It is of another name than the spec's.
    """
    try:
        page = Page.model_validate(json.loads(content))
    except (ValueError, ValidationError):
        raise Rejected(f"the register {where} is damaged", hint="put it right by hand, or from a backup") from None
    if page.owner != str(owner.id):
        raise Rejected(f"the register {where} belongs to {page.environment} {page.owner}")
    if page.environment != owner.name:
        raise NotOurs(
            f"the environment of owner {page.owner} is called {page.environment}, not {owner.name}",
            facts=[("noted in", where)],
            hint=f"write name: {page.environment} in the spec. Nothing was changed",
        )
    return page


def first_datastore(found: list[Mapping[str, object]]) -> str:
    """The first of a host's own datastores by name. Raises Rejected where it has none that can be reached."""
    own = sorted(
        str(row["name"])
        for row in found
        if row.get("summary.accessible", True) and str(row.get("summary.type")) not in MOUNTED
    )
    if not own:
        raise Rejected(
            "the host has no datastore of its own", hint="make one on a local disk: the register lives there"
        )
    return own[0]


def datastore_path(files: DatastoreFiles, path: str) -> str:
    """The path as vSphere writes it: `[datastore1] .paver/…`."""
    return f"[{files.datastore}] {path}"
