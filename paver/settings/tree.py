"""A file as values that know where they were written, and how several files become one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from paver.settings.message import KeyPath, Place
from paver.settings.scalars import Scalar


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its place: the key's in a mapping, its own in a list."""

    place: Place
    value: dict[str, Node] | list[Node] | Scalar

    def plain(self) -> Any:  # noqa: ANN401  any YAML value
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value

    def places(self, path: KeyPath = ()) -> dict[KeyPath, Place]:
        """Every value's place, by path."""
        found = {path: self.place}
        children = self.value.items() if isinstance(self.value, dict) else ()
        items = enumerate(self.value) if isinstance(self.value, list) else ()
        for key, child in (*children, *items):
            found |= child.places((*path, key))
        return found


def merged(earlier: Node, later: Node) -> Node:
    """Both as one: mappings key by key, everything else the later one's; a later null takes an earlier value away."""
    if not isinstance(earlier.value, dict) or not isinstance(later.value, dict):
        return later
    found = dict(earlier.value)
    for key, child in later.value.items():
        if key not in found:
            found[key] = child
        elif child.value is None:
            del found[key]
        else:
            found[key] = merged(found[key], child)
    return Node(earlier.place, found)
