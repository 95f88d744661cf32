"""Definitions of custom attributes: those of the marks, which all environments share, and the register's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from paver.contract import names
from paver.contract.driver import Kind
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof
from paver.contract.types import Owner
from paver_vsphere.center import Center
from paver_vsphere.marks import SHARED
from paver_vsphere.sdk import type_named

KIND = "attribute"
REGISTER = Key(kind=KIND, name="register")


class Attribute(Desired):
    """Wanted: the definition."""


def attributes(owner: Owner) -> Iterator[Attribute]:
    """All of them."""
    for name, native in SHARED.items():
        yield Attribute(key=Key(kind=KIND, name=name), name=native)
    yield Attribute(key=REGISTER, name=register_name(owner))


def register_name(owner: Owner) -> str:
    """This environment's own attribute, on a vCenter that it may share."""
    return f"paver-register-{owner.id.hex[: names.OWNER_DIGITS]}"


class AttributeKind(Kind[Attribute]):
    """Made where absent. A shared one is removed only when no object has a value in it."""

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

    def observe(self, definitions: list[Any], *, others: bool) -> Iterator[Observed]:
        """The definitions of these names.

        Args:
            definitions: All of the vCenter's.
            others: Whether another owner's mark was seen: then the shared ones are used, and not ours to remove.
        """
        wanted = {attribute.name: attribute.key for attribute in attributes(self._center.owner)}
        for definition in definitions:
            key = wanted.get(str(definition.name))
            if key is None:
                continue
            found = self._observed(key, str(definition.name), int(definition.key))
            if key != REGISTER and (others or self._others):
                found = found.model_copy(update={"proof": Proof.ADOPTED, "owner": None})
            yield found

    def _observed(self, key: Key, name: str, number: int) -> Observed:
        return self._center.made(Attribute(key=key, name=name), str(number), Proof.NAME)

    def _used(self, number: int) -> bool:
        """VMs are looked at here alone: a listing does not read them."""
        rows = self._center.connection.retrieve({"ManagedEntity": ("customValue",)})
        return any(value.key == number and value.value for row in rows for value in row.props.get("customValue") or ())
