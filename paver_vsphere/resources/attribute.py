"""Definitions of custom attributes: the register's own, and the labels', which all environments share."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from paver.contract import names
from paver.contract.driver import Kind
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof
from paver.contract.types import Owner
from paver_vsphere.center import Center
from paver_vsphere.inventory import Listing
from paver_vsphere.marks import LABELS
from paver_vsphere.sdk import type_named
from paver_vsphere.session import moid

KIND = "attribute"
REGISTER = Key(kind=KIND, name="register")
LABELLED = Key(kind=KIND, name="labels")
REGISTER_PREFIX = "paver-register-"
"""How every environment's own attribute begins."""


class Attribute(Desired):
    """Wanted: the definition."""


def attributes(owner: Owner, *, labelled: bool) -> Iterator[Attribute]:
    """All of them; that of the labels only where there are any."""
    if labelled:
        yield Attribute(key=LABELLED, name=LABELS)
    yield Attribute(key=REGISTER, name=register_name(owner))


def register_name(owner: Owner) -> str:
    """This environment's own attribute, on a vCenter that it may share."""
    return f"{REGISTER_PREFIX}{owner.id.hex[: names.OWNER_DIGITS]}"


class AttributeKind(Kind[Attribute]):
    """Made where absent. The shared one is removed only when no object has a value in it."""

    def __init__(self, center: Center) -> None:
        self._center = center
        self._others = False

    def create(self, want: Attribute, attempt: Attempt) -> Answer:
        """Define it."""
        del attempt
        center = self._center
        add = center.content.customFieldsManager.AddCustomFieldDef
        type_ = type_named("Folder") if want.key == REGISTER else None
        made = center.connection.call(add, want.name, type_, what=f"define attribute {want.name}")
        center.fields.numbers[want.name] = int(made.key)
        return Done(have=self._observed(want.key, want.name, int(made.key)))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Remove the definition, and its values with it, after a look at everything that could have one."""
        del attempt
        if have.key != REGISTER and self._used(int(have.id)):
            self._others = True
            return Done(have=None)
        remove = self._center.content.customFieldsManager.RemoveCustomFieldDef
        self._center.connection.call(remove, int(have.id), what=f"remove {have.key}")
        return Done(have=None)

    def observe(self, listing: Listing, *, wanted: Collection[Key], ours: Collection[str]) -> Iterator[Observed]:
        """The definitions that are this environment's business.

        Args:
            listing: What is there.
            wanted: The keys that are wanted.
            ours: Ids of our objects. A value on any other one makes the labels' definition others' as well.
        """
        numbers = self._center.fields.numbers
        name = register_name(self._center.owner)
        if name in numbers:
            yield self._observed(REGISTER, name, numbers[name])
        if LABELS not in numbers:
            return
        labelled = {moid(row.ref) for row in listing.rows() if self._center.fields.labels(row)}
        if LABELLED in wanted or labelled & set(ours):
            found = self._observed(LABELLED, LABELS, numbers[LABELS])
            if self._others or labelled - set(ours):
                found = found.model_copy(update={"proof": Proof.ADOPTED, "owner": None})
            yield found

    def _observed(self, key: Key, name: str, number: int) -> Observed:
        return self._center.made(Attribute(key=key, name=name), str(number), Proof.NAME)

    def _used(self, number: int) -> bool:
        """VMs are looked at here alone: a listing does not read them."""
        rows: list[Any] = self._center.connection.retrieve({"ManagedEntity": ("customValue",)})
        return any(value.key == number and value.value for row in rows for value in row.props.get("customValue") or ())
