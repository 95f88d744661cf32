"""Whose a thing is: the marks on it, and the name that its key implies."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from paver.contract import names
from paver.contract.resource import Key, Proof
from paver.contract.types import Owner
from paver.memory.record import Record


class Implies(Protocol):
    """The name that a key implies, for one kind."""

    def __call__(self, owner: Owner, key: Key, /) -> str: ...


@dataclass(frozen=True, slots=True)
class Claim:
    """Why a thing is the owner's, and as what."""

    key: Key
    proof: Proof


def marked(record: Record) -> tuple[Owner, Key] | None:
    """Whose a thing says it is, in its tags or its description, and as what."""
    tags = record["tags"]
    return _marked(tags.get(names.OWNER), tags.get(names.ENVIRONMENT), tags.get(names.KEY), record["description"])


@lru_cache(maxsize=4096)
def _marked(owner: str | None, environment: str | None, key: str | None, text: str) -> tuple[Owner, Key] | None:
    """Cached, because the simulator reads the same marks millions of times."""
    found = {names.OWNER: owner, names.ENVIRONMENT: environment, names.KEY: key}
    tags = {name: value for name, value in found.items() if value is not None}
    return names.read_marks(tags) or names.read_marker(text)


def claim(record: Record, owner: Owner, implied: Implies, owned: Collection[str]) -> Claim | None:
    """What makes a thing the owner's, or None: it is somebody else's.

    Args:
        record: The thing.
        owner: The owner that is asked for.
        implied: The kind's rule for names.
        owned: Ids of what is known to be the owner's.
    """
    found = marked(record)
    if found is None:
        return None
    by, key = found
    # Clones and restored copies inherit marks, and nothing but the name tells them from the thing itself.
    if by.id != owner.id or key.kind != record["kind"] or record["name"] != implied(by, key):
        return None
    by_parent = not record["tags"] and any(id_ in owned for id_ in (*record["needs"], record["scope"]))
    return Claim(key, Proof.PARENT if by_parent else Proof.MARK)
