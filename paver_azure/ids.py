"""Resource ids: how they are put together, taken apart, and brought to one spelling. Case does not count in them."""

from __future__ import annotations

import re
from typing import NamedTuple

from paver_azure.arm_types import TYPES

# Resource Manager documentation, "resourceId" and "Comparison operators": ids are compared without regard to case, and
# resource providers tell them in whatever case they like.
_WORDS = {
    word.lower(): word
    for word in (
        "subscriptions",
        "resourceGroups",
        "providers",
        "frontendIPConfigurations",
        "backendAddressPools",
        "ipConfigurations",
        "blobServices",
        *(part for type_ in TYPES for part in type_.split("/")),
    )
}
_RESOURCE = re.compile(r"/subscriptions/[^/\s'\",;]+/resourceGroups/[^\s'\",;]+", re.IGNORECASE)
_PROVIDER = "/providers/"


class Parts(NamedTuple):
    """A resource's id, taken apart."""

    group: str
    names: tuple[str, ...]
    """Of the resource and its parents, outermost first."""


def canonical(id_: str) -> str:
    """The one spelling of an id: Azure's own words in Azure's own case, names in lower case."""
    return "/".join(_WORDS.get(part.lower(), part.lower()) for part in id_.rstrip("/").split("/"))


def parts(id_: str) -> Parts:
    """The group and the names in an id below a group: `…/resourceGroups/G/providers/NAMESPACE/TYPE/NAME/TYPE/NAME`."""
    words = id_.strip("/").split("/")
    names = words[7::2] if len(words) > 6 else ()  # noqa: PLR2004  the place of the first name
    return Parts(words[3], tuple(names))


def top(id_: str) -> str:
    """The id of the resource that a part of it belongs to: the interface of an IP configuration."""
    head, _, tail = canonical(id_).rpartition(_PROVIDER)
    namespace, *words = tail.split("/")
    return "/".join((head + _PROVIDER + namespace, *words[:2]))


def named(text: str) -> tuple[str, ...]:
    """Every resource's id that a message names, in one spelling and once."""
    return tuple(dict.fromkeys(canonical(found.rstrip(".")) for found in _RESOURCE.findall(text)))


def group_id(root: str, group: str) -> str:
    """The id of a group."""
    return canonical(f"{root}/resourceGroups/{group}")


def resource_id(group: str, type_: str, *names: str) -> str:
    """The id of a resource.

    Args:
        group: The id of its group.
        type_: `Microsoft.Network/virtualNetworks/subnets`.
        names: Its own and its parents', outermost first.
    """
    namespace, *words = type_.split("/")
    path = "/".join(part for pair in zip(words, names, strict=True) for part in pair)
    return canonical(f"{group}{_PROVIDER}{namespace}/{path}")


def child(parent: str, collection: str, name: str) -> str:
    """The id of something inside a resource."""
    return canonical(f"{parent}/{collection}/{name}")


def last(id_: str) -> str:
    """The name of whatever an id is about."""
    return id_.rstrip("/").rpartition("/")[2]
