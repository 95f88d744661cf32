"""What the emulated IaaS knows of a thing, and the rules it has for each kind of thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypedDict

from pydantic import JsonValue


class Record(TypedDict):
    """One thing. A record is never changed in place: a change puts a new one there, so that readers keep theirs."""

    id: str
    kind: str
    scope: str
    """Id of the control plane that serves it; empty: the account itself."""
    name: str
    needs: list[str]
    """Ids of what it stands on; those cannot be deleted."""
    tags: dict[str, str]
    description: str
    fields: dict[str, JsonValue]
    data: list[str]
    """Names of the users' objects in it."""
    doing: Literal["", "create", "update", "delete"]
    until: float
    """When it is done with that."""
    fades: float | None
    """Deleted, and listed until then."""
    broken: bool
    token: str
    """Of the call that made it."""
    digest: str
    """SHA-256 of the secret that belongs to it; the IaaS does not keep the secret either."""


class Calls(TypedDict):
    """How often each operation was called, whatever came of it."""

    mutating: dict[str, int]
    reading: dict[str, int]
    bookkeeping: dict[str, int]
    """Of leases."""


class LeaseSlip(TypedDict):
    """What lies where an owner's lease lies."""

    text: str
    version: str


class State(TypedDict):
    """The whole world, as the file has it."""

    version: int
    account: str
    serial: int
    """Of the thing made last."""
    count: int
    """Of all calls."""
    things: dict[str, Record]
    past: dict[str, list[tuple[float, Record | None]]]
    """By id: until when the thing was that record, or was not there. Only as far back as a listing may lag."""
    leases: dict[str, LeaseSlip]
    """By owner."""
    calls: Calls
    log: list[tuple[str, str]]
    """The latest changing calls: operation, and the name or id that it was about."""


@dataclass(frozen=True, slots=True)
class Noun:
    """How the API treats one kind."""

    unique: Literal["", "scope", "parent"] = ""
    """Within what a name is taken; empty: a second create makes a second one."""
    waits: frozenset[str] = frozenset()
    """Of create, update and delete: what takes time."""
    tags: bool = True
    fades: bool = False
    """A deleted one stays listed for a while."""
    tokens: bool = False
    """A create with a token that was seen before answers with what the first one made."""
    full: bool = True
    """Whether it is deleted with users' data in it."""


SLOW = frozenset({"create", "update", "delete"})

NOUNS: Mapping[str, Noun] = MappingProxyType(
    {
        "network": Noun(),
        "subnet": Noun(unique="parent"),
        "gateway": Noun(waits=frozenset({"create", "delete"})),
        "rule": Noun(unique="parent", tags=False),
        "volume": Noun(),
        "bucket": Noun(unique="scope", full=False),
        "key": Noun(fades=True),
        "control-plane": Noun(unique="scope", waits=frozenset({"create"})),
        "pool": Noun(unique="scope", tags=False),
        "account": Noun(unique="scope"),
        "balancer": Noun(unique="scope", waits=SLOW),
        "machine": Noun(tokens=True, waits=frozenset({"create"})),
    }
)
"""By kind; any other is as a network is."""

ANY = Noun()


def noun(kind: str) -> Noun:
    """The rules for a kind."""
    return NOUNS.get(kind, ANY)
