"""What is remembered of an environment between runs, in the state directory: who answered, and the last pave.

It may be lost at any time. What it holds is compared with what is found, and never believed over it.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import socket
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import UUID

from pydantic import Field, ValidationError

from paver.contract.errors import Refused
from paver.contract.types import Frozen, FrozenDict, Map, Owner
from paver.secrets import atomic

FILE = "record.json"


class Record(Frozen):
    """One environment on one IaaS."""

    version: Literal[1] = 1
    owner: UUID
    identities: Map[str, Map[str, str]] = Field(default_factory=FrozenDict)
    """Scope (empty: the first session) to the identity that answered there."""
    paved_at: datetime | None = None
    paved_by: str = ""
    wanted: str = ""
    """The digest of what that pave wanted."""


def directory_for(root: Path, owner: Owner, iaas: str) -> Path:
    """Where the state of one environment on one IaaS is. Two teams' environments of one name stay two."""
    return root / f"{owner.name}-{owner.id.hex[:10]}-{iaas}"


def default_root(environ: Mapping[str, str] = os.environ) -> Path:
    """`$XDG_STATE_HOME/paver`."""
    return Path(environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "paver"


def make_private(directory: Path) -> None:
    """Make a directory that only its user sees, and all above it that is missing."""
    for missing in reversed([step for step in (directory, *directory.parents) if not step.exists()]):
        with contextlib.suppress(FileExistsError):
            missing.mkdir(mode=0o700)


def whoami() -> str:
    """`ci on worker-3`: for people."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = f"user {os.getuid()}"
    return f"{user} on {socket.gethostname()}"


def read(directory: Path, owner: UUID) -> Record:
    """The record, or an empty one where there is none.

    Raises:
        Refused: It is another environment's or no record; naming file and field.
    """
    path = directory / FILE
    try:
        record = Record.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Record(owner=owner)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise Refused(
            f"{path} is no record of this paver",
            facts=[(".".join(map(str, first["loc"])) or "file", first["msg"])],
            hint="move it away: it is made anew from what is there",
        ) from None
    if record.owner != owner:
        raise Refused(
            f"{path} belongs to another environment",
            facts=[("owner", f"{record.owner} on record, {owner} in the spec")],
            hint="name another --state-dir",
        )
    return record


def write(directory: Path, record: Record) -> None:
    """Keep it: the old file or the new one, never a torn one."""
    make_private(directory)
    private_file(directory, FILE, record.model_dump_json(indent=1).encode() + b"\n")


def private_file(directory: Path, name: str, data: bytes) -> None:
    """Put a file into a directory that is there: all of it or none, and for its user only."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        atomic.replace(descriptor, name, data)
    finally:
        os.close(descriptor)
