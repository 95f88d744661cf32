"""Marks: in the description where there is one, in labels where there is none, and in labels for people as well.

Labels of addresses and forwarding rules come by a call of their own (Compute Engine API Reference, `labels`), so that
what proves whose a thing of Compute is stands in its description, which the create call takes.
"""

from __future__ import annotations

from collections.abc import Mapping

from paver.contract import names
from paver.contract.resource import Key
from paver.contract.types import FrozenDict, Owner

LABELS = "paver-labels"
"""The label that says which of the other labels are paver's to keep. What robots of the project add is none of them."""
LONGEST = 63
OF_ENVIRONMENT = frozenset({"network", "router", "hosted-zone"})
"""Kinds of which there is one, called as the environment is."""


def implied(environment: str, key: Key, limit: int = LONGEST) -> str:
    """The name that a key implies."""
    parts = () if key.kind in OF_ENVIRONMENT else key.name.split("/")
    return names.name(environment, *parts, limit=limit)


def claim(description: str | None, name: str, owner: Owner, kind: str, limit: int = LONGEST) -> Key | None:
    """The key of a thing, by its description, where it is this owner's; None: it is somebody else's.

    A copy of a thing may have its marks and never has its name.
    """
    marked = names.read_marker(description)
    if marked is None or marked[0].id != owner.id or marked[1].kind != kind:
        return None
    return marked[1] if name == implied(marked[0].name, marked[1], limit) else None


def labels(owner: Owner, key: Key, wanted: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """Every label that a thing of ours is to have: the marks, the site's, and those of others that it has already."""
    ours = {LABELS, *kept(before)}
    others = {name: text for name, text in before.items() if name not in ours}
    found = {**others, **names.marks(owner, key, slash="_"), **wanted}
    return {**found, LABELS: "_".join(wanted)} if wanted else found


def kept(found: Mapping[str, str]) -> FrozenDict[str, str]:
    """Those labels that are the site's by way of paver."""
    return FrozenDict({name: found[name] for name in found.get(LABELS, "").split("_") if name in found})


def shown(found: Mapping[str, str], owner: Owner, key: Key) -> FrozenDict[str, str]:
    """The labels that are compared: where the marks are missing they differ from whatever is wanted."""
    marks = names.marks(owner, key, slash="_")
    return kept(found) if marks.items() <= found.items() else FrozenDict({"": ""})
