"""Whose a thing is: the marks on it, and the name that its key implies."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
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


def claim(record: Record, owner: Owner, implied: Implies, owned: Collection[str]) -> Claim | None:
    """What makes a thing the owner's, or None: it is somebody else's.

    Args:
        record: The thing.
        owner: The owner that is asked for.
        implied: The kind's rule for names.
        owned: Ids of what is known to be the owner's.
    """
    marked = names.read_marks(record["tags"]) or names.read_marker(record["description"])
    if marked is None:
        return None
    by, key = marked
    # Clones and restored copies inherit marks, and nothing but the name tells them from the thing itself.
    if by.id != owner.id or key.kind != record["kind"] or record["name"] != implied(by, key):
        return None
    by_parent = not record["tags"] and any(id_ in owned for id_ in (*record["needs"], record["scope"]))
    return Claim(key, Proof.PARENT if by_parent else Proof.MARK)
