"""Tags: whose a thing is, what its key is, and the site's labels. Case does not count in the names of tags."""

from __future__ import annotations

from collections.abc import Mapping

from paver.contract import names
from paver.contract.resource import Key
from paver.contract.types import FrozenDict, Owner

LABELS = "paver-labels"
"""The tag that says which of the other tags are labels of paver's. What a policy of the site adds is none of them."""
LONGEST_LABELS = 256
LONGEST_NAME = 64


def tags(owner: Owner, key: Key, labels: Mapping[str, str]) -> dict[str, str]:
    """Every tag that a thing of ours bears."""
    found = {**names.marks(owner, key), **labels}
    return {**found, LABELS: " ".join(labels)} if labels else found


def plain(found: Mapping[str, str] | None) -> dict[str, str]:
    """Tags as they are compared."""
    return {name.lower(): text for name, text in (found or {}).items()}


def labels(found: Mapping[str, str] | None) -> FrozenDict[str, str]:
    """Those tags that are labels of paver's."""
    there = plain(found)
    named = {name.lower(): name for name in there.get(LABELS, "").split()}
    return FrozenDict({named[name]: there[name] for name in named if name in there})


def merged(before: Mapping[str, str] | None, ours: Mapping[str, str]) -> dict[str, str]:
    """Ours, and those of others that are there."""
    there = plain(before)
    stale = {names.OWNER, names.ENVIRONMENT, names.KEY, LABELS, *labels(before), *(name.lower() for name in ours)}
    return {**{name: text for name, text in there.items() if name not in stale}, **ours}


def implied(environment: str, name: str, limit: int = LONGEST_NAME) -> str:
    """The name that a key's name implies: the environment's own for the one thing that is called after it."""
    parts = () if name == environment else name.split("/")
    return names.name(environment, *parts, limit=limit)


def claim(found: Mapping[str, str] | None, owner: Owner, kind: str) -> Key | None:
    """The key of a thing, by its tags, where they are this owner's; whether its name fits is the caller's to see."""
    marked = names.read_marks(plain(found))
    if marked is None or marked[0] != owner or marked[1].kind != kind:
        return None
    return marked[1]
