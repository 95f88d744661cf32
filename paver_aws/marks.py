"""Tags: whose a thing is, what its key is, and the site's labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from paver.contract import names
from paver.contract.resource import Key
from paver.contract.types import FrozenDict, Owner

NAME = "Name"
LABELS = "paver-labels"
"""The tag that says which of the other tags are labels of paver's. What account-wide robots add is none of them."""
LONGEST_LABELS = 255


def tags(owner: Owner, key: Key, name: str, labels: Mapping[str, str]) -> dict[str, str]:
    """Every tag that a thing of ours bears."""
    found = {NAME: name, **names.marks(owner, key), **labels}
    return {**found, LABELS: " ".join(labels)} if labels else found


def pairs(found: Mapping[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Tags as most of AWS's APIs want them."""
    return [{key: name, value: text} for name, text in found.items()]


def plain(found: Iterable[Mapping[str, str]] | None, key: str = "Key", value: str = "Value") -> dict[str, str]:
    """Tags as most of AWS's APIs tell them."""
    return {pair[key]: pair[value] for pair in found or ()}


def specifications(*resources: str, of: Mapping[str, str]) -> Sequence[dict[str, object]]:
    """The `TagSpecifications` of an EC2 create call."""
    return [{"ResourceType": resource, "Tags": pairs(of)} for resource in resources]


def labels(found: Mapping[str, str]) -> FrozenDict[str, str]:
    """Those tags that are labels of paver's."""
    return FrozenDict({name: found[name] for name in found.get(LABELS, "").split() if name in found})


def implied(environment: str, key: Key, limit: int = 255) -> str:
    """The name that a key implies: the environment's own for the one thing that is called after it."""
    parts = () if key.name == environment else key.name.split("/")
    return names.name(environment, *parts, limit=limit)


def claim(found: Mapping[str, str], owner: Owner, kind: str, limit: int = 255) -> Key | None:
    """The key of a thing, by its tags, where it is this owner's; None: it is somebody else's.

    A copy of a thing may have its marks and never has its name.
    """
    marked = names.read_marks(found)
    if marked is None or marked[0].id != owner.id or marked[1].kind != kind:
        return None
    return marked[1] if found.get(NAME) == implied(marked[0].name, marked[1], limit) else None
