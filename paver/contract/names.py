"""How things are named and marked, so that they are found again by anybody who has the spec."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from uuid import UUID

from pydantic import ValidationError

from paver.contract.resource import Key
from paver.contract.types import Owner

OWNER, ENVIRONMENT, KEY = "paver-owner", "paver-environment", "paver-key"
"""The three marks, spelled the same on every IaaS."""

_MARKER = re.compile(r"\bpaver owner=([0-9a-f-]{36}) environment=([a-z0-9-]+) key=([a-z0-9./-]+)")
OWNER_DIGITS = 10


def fit(name: str, limit: int, separator: str = "-") -> str:
    """The name itself where the limit allows, else its head and eight hex digits of its SHA-256."""
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return name[: limit - 9].rstrip("-_") + separator + digest


def name(environment: str, *parts: str, limit: int = 63) -> str:
    """`staging`, `staging-workload`, `staging-workload-z1`: for a thing that the IaaS lets us name."""
    return fit("-".join((environment, *parts)), limit)


def global_name(environment: str, owner: UUID, *parts: str) -> str:
    """A name that the whole world, or an account, shares: the owner's first ten hex digits make it ours."""
    return "-".join((environment, *parts, owner.hex[:OWNER_DIGITS]))


def folded_name(environment: str, owner: UUID) -> str:
    """The same where hyphens are not allowed and 24 characters are all there is (Azure storage accounts)."""
    return environment.replace("-", "")[:14] + owner.hex[:OWNER_DIGITS]


def marks(owner: Owner, key: Key, *, slash: str = "/") -> dict[str, str]:
    """The three tags, labels or attributes. No name holds an underscore, so `_` for `/` can be undone."""
    return {OWNER: str(owner.id), ENVIRONMENT: owner.name, KEY: str(key).replace("/", slash)}


def read_marks(found: Mapping[str, str], *, slash: str = "/") -> tuple[Owner, Key] | None:
    """Whose a thing is by its tags, or None where they say nothing that could be ours.

    A mark counts only on an object that also bears the name its key implies: that is the caller's to check.
    """
    return _read(found.get(OWNER), found.get(ENVIRONMENT), (found.get(KEY) or "").replace(slash, "/"))


def marker(owner: Owner, key: Key) -> str:
    """The three marks in one line of text, for things that have a description and no tags."""
    return f"paver owner={owner.id} environment={owner.name} key={key}"


def read_marker(text: str | None) -> tuple[Owner, Key] | None:
    """Whose a thing is by its description, or None."""
    found = _MARKER.search(text or "")
    return _read(*found.groups()) if found else None


def _read(owner: str | None, environment: str | None, key: str | None) -> tuple[Owner, Key] | None:
    try:
        return Owner.model_validate({"id": owner, "name": environment}), Key.parse(key or "")
    except ValidationError:
        return None
