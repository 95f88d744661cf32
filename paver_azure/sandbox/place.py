"""What a path of the resource manager is about."""

from __future__ import annotations

from typing import NamedTuple

from paver_azure.sandbox.kinds import GROUPS

PROVIDERS = "providers"


class Place(NamedTuple):
    """A path, taken apart."""

    id: str
    """All of it."""
    subscription: str
    group: str
    """The group's name in lower case; empty: below the subscription."""
    scope: str
    """What comes before the last `/providers/`."""
    type: str
    """In lower case; empty: there is none."""
    names: tuple[str, ...]
    rest: tuple[str, ...]
    """The words after the namespace, in lower case."""

    @property
    def whole(self) -> bool:
        """Whether it is one resource; else a collection, or an action."""
        return bool(self.names) and len(self.rest) % 2 == 0

    @property
    def key(self) -> str:
        """The id as it is compared."""
        return self.id.lower()


def place(path: str) -> Place:
    """The place of a path below `/subscriptions/S`."""
    words = path.strip("/").split("/")
    low = [word.lower() for word in words]
    subscription = low[1] if len(low) > 1 else ""
    group = low[3] if len(low) > 3 and low[2] == "resourcegroups" else ""  # noqa: PLR2004  the place of the name
    if PROVIDERS not in low:
        is_group = low[2:3] == ["resourcegroups"]
        names = tuple(words[3:4]) if is_group else ()
        rest = tuple(low[2:])
        return Place(path, subscription, group, "", GROUPS if is_group and len(low) <= 4 else "", names, rest)  # noqa: PLR2004  the same
    at = len(low) - 1 - low[::-1].index(PROVIDERS)
    namespace, rest = low[at + 1] if len(low) > at + 1 else "", tuple(low[at + 2 :])
    scope = "/" + "/".join(words[:at])
    type_ = "/".join((namespace, *rest[0::2])) if rest else ""
    return Place(path, subscription, group, scope, type_, tuple(words[at + 3 :: 2]), rest)


def parent(id_: str) -> str:
    """The id of what a resource is a child of; empty: it is no child."""
    head, _, tail = id_.rpartition(f"/{PROVIDERS}/")
    words = tail.split("/")
    return f"{head}/{PROVIDERS}/{'/'.join(words[:-2])}" if len(words) > 3 else ""  # noqa: PLR2004  namespace, type, name


def group_of(id_: str) -> str:
    """The id of the group that something is in, in lower case; empty: in none."""
    words = id_.lower().split("/")
    return "/".join(words[:5]) if words[3:4] == ["resourcegroups"] else ""
