"""Whose an object of the vCenter is: by its claimed name, and by its noted id or, until one is noted, by its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from paver.contract.resource import Key
from paver_vsphere.claims import Claim
from paver_vsphere.inventory import Listing
from paver_vsphere.session import Row, moid

LABELS = "paver-labels"
"""The attribute that all environments of a vCenter share for their labels."""

Stands = Callable[[Row, Key], bool]


class Bearer(NamedTuple):
    """An object of ours."""

    key: Key
    row: Row
    labels: str


class Intruder(NamedTuple):
    """What bears a claimed name in the place of what was noted."""

    key: Key
    row: Row
    noted: str


@dataclass
class Fields:
    """The vCenter's attribute definitions: name to number."""

    numbers: dict[str, int] = field(default_factory=dict)

    def learn(self, definitions: Iterable[Any]) -> None:
        """What a listing shows of them."""
        self.numbers = {str(one.name): int(one.key) for one in definitions}

    def labels(self, row: Row) -> str:
        """The labels of an object; empty where it has none."""
        number = self.numbers.get(LABELS)
        values = row.props.get("customValue") or ()
        return next((str(value.value) for value in values if value.key == number and value.value), "")

    def shared(self) -> tuple[str, ...]:
        """Id of the labels' attribute, where there is one."""
        return (str(self.numbers[LABELS]),) if LABELS in self.numbers else ()


def label_text(labels: Mapping[str, str]) -> str:
    """All labels in the one attribute that they share."""
    return ",".join(f"{key}={value}" for key, value in labels.items())


def bearers(
    listing: Listing, fields: Fields, claims: Mapping[Key, Claim], type_: str, stands: Stands, returns: Stands
) -> Iterator[Bearer]:
    """Our objects of one noun.

    An id counts on an object that bears the claimed name, wherever it stands: a clone or a twin has another one.

    Args:
        listing: What is there.
        fields: The attribute definitions.
        claims: What the register has of this noun, by key.
        type_: Its type in the vCenter.
        stands: Whether an object stands where its key implies.
        returns: Whether an object may be the noted one under another id.
    """
    for key, claim in claims.items():
        row = listing.get(claim.id) if claim.id else None
        if row is None or row.props.get("name") != claim.name:
            row = _in_place(listing, type_, key, claim.name, stands)
            if claim.id and row is not None and not returns(row, key):
                continue
        if row is not None:
            yield Bearer(key, row, fields.labels(row))


def intruders(
    listing: Listing, claims: Mapping[Key, Claim], found: Iterable[Bearer], type_: str, stands: Stands
) -> Iterator[Intruder]:
    """What bears a claimed name where our object would stand, and is not the one that was noted."""
    borne = {bearer.key for bearer in found}
    for key, claim in claims.items():
        if claim.id and key not in borne:
            row = _in_place(listing, type_, key, claim.name, stands)
            if row is not None:
                yield Intruder(key, row, claim.id)


def ids(bearers_: Iterable[Bearer]) -> dict[str, str]:
    """Id to the name in the key."""
    return {moid(one.row.ref): one.key.name for one in bearers_}


def _in_place(listing: Listing, type_: str, key: Key, name: str, stands: Stands) -> Row | None:
    return next((row for row in listing.all(type_) if row.props.get("name") == name and stands(row, key)), None)
