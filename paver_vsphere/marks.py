"""Whose an object of the vCenter is: by its custom attributes, or, until it bears them, by a claimed name and place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from paver.contract import names
from paver.contract.resource import Key
from paver.contract.types import Owner
from paver_vsphere.inventory import Listing
from paver_vsphere.session import Row, moid

LABELS = "paver-labels"
SHARED = {"owner": names.OWNER, "environment": names.ENVIRONMENT, "key": names.KEY, "labels": LABELS}
"""Attributes of all environments of a vCenter, by the names in their keys."""


class Bearer(NamedTuple):
    """An object of ours."""

    key: Key
    row: Row
    labels: str
    left: tuple[str, ...]
    """Marks that it does not bear yet."""


@dataclass
class Fields:
    """The vCenter's attribute definitions: name to number."""

    numbers: dict[str, int] = field(default_factory=dict)

    def learn(self, definitions: Iterable[Any]) -> None:
        """What a listing shows of them."""
        self.numbers = {str(one.name): int(one.key) for one in definitions}

    def values(self, row: Row) -> dict[str, str]:
        """An object's attributes by name, the empty ones left out."""
        by_number = {number: name for name, number in self.numbers.items()}
        return {
            by_number[value.key]: str(value.value)
            for value in row.props.get("customValue") or ()
            if value.key in by_number and value.value
        }

    def shared(self) -> tuple[str, ...]:
        """Ids of the attributes that marks are written in."""
        return tuple(str(self.numbers[name]) for name in SHARED.values() if name in self.numbers)


def label_text(labels: Mapping[str, str]) -> str:
    """All labels in the one attribute that they share."""
    return ",".join(f"{key}={value}" for key, value in labels.items())


def bearers(
    listing: Listing,
    fields: Fields,
    owner: Owner,
    claims: Mapping[Key, str],
    kind: str,
    type_: str,
    place: Callable[[Row, Key], bool],
) -> Iterator[Bearer]:
    """Our objects of one noun.

    A mark counts on an object that bears the claimed name. What is not marked yet is ours where it bears a claimed name
    at the place that the key implies, and nobody else's mark.

    Args:
        listing: What is there.
        fields: The attribute definitions.
        owner: Whose.
        claims: Names that the owner's register has, by key.
        kind: The noun.
        type_: Its type in the vCenter.
        place: Whether an unmarked object stands where its key implies.
    """
    bare: list[tuple[Row, dict[str, str]]] = []
    found: set[Key] = set()
    for row in listing.all(type_):
        values = fields.values(row)
        marked = names.read_marks(values)
        if marked is None and values.get(names.OWNER) in {None, str(owner.id)}:
            bare.append((row, values))
        elif marked is not None and marked[0].id == owner.id and marked[1].kind == kind:
            key = marked[1]
            if claims.get(key) == row.props.get("name"):
                found.add(key)
                yield Bearer(key, row, values.get(LABELS, ""), ())
    for key, name in claims.items():
        if key.kind != kind or key in found:
            continue
        for row, values in bare:
            if row.props.get("name") == name and place(row, key):
                left = tuple(mark for mark, value in names.marks(owner, key).items() if values.get(mark) != value)
                yield Bearer(key, row, values.get(LABELS, ""), left)
                break


def of_others(listing: Listing, fields: Fields, owner: Owner) -> bool:
    """Whether another owner's mark is on anything."""
    return any(fields.values(row).get(names.OWNER, str(owner.id)) != str(owner.id) for row in listing.rows())


def ids(bearers_: Iterable[Bearer]) -> dict[str, str]:
    """Id to the name in the key."""
    return {moid(one.row.ref): one.key.name for one in bearers_}
