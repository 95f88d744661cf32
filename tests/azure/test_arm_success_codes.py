"""The emulator's success codes are held against Azure's own SDK, which refuses every other one."""

from __future__ import annotations

import importlib
import inspect
import re
from typing import IO, Any, get_args

import pytest

from paver_azure.arm_types import TYPES, Type
from paver_azure.sandbox.kinds import KINDS
from paver_azure.sdk import _MODULES

ACCEPTED = re.compile(r"status_code not in \[([0-9, ]+)\]")


class Nobody:
    """A credential that is never asked."""

    def get_token(self, *scopes: str, **options: Any) -> None:
        raise AssertionError(scopes)


def accepted(row: Type, method: str) -> set[int]:
    """The codes that an operation of the SDK takes for success: read from its source."""
    module, name = _MODULES[row.service]
    client = getattr(importlib.import_module(module), name)(Nobody(), "subscription", base_url="https://127.0.0.1")
    operations = type(getattr(client, row.operations))
    source = inspect.getsource(getattr(operations, method))
    if method.startswith("begin_"):
        source += inspect.getsource(getattr(operations, f"_{method.removeprefix('begin_')}_initial"))
    return {int(code) for found in ACCEPTED.findall(source) for code in found.split(",")}


@pytest.mark.parametrize("name", sorted(TYPES))
def test_every_answer_to_a_change_is_one_that_the_sdk_takes(name: str) -> None:
    kind, row = KINDS[name.lower()], TYPES[name]
    assert kind.version == row.version
    assert {kind.created, kind.updated} <= accepted(row, row.create)
    gone = accepted(row, row.delete)
    assert kind.deleted in gone
    # A group that is not there is 404 (Resource Manager's reference); everything else is gone already, 204.
    assert 204 in gone or name == "Microsoft.Resources/resourceGroups"


def patched(row: Type) -> set[str] | None:
    """What the body of a type's PATCH may name, by the SDK; None: it has none."""
    module, name = _MODULES[row.service]
    client = getattr(importlib.import_module(module), name)(Nobody(), "subscription", base_url="https://127.0.0.1")
    operations = type(getattr(client, row.operations))
    for method in ("begin_update", "update", "update_tags"):
        if hasattr(operations, method):
            asked = inspect.signature(getattr(operations, method)).parameters.values()
            [model] = [get_args(one.annotation)[0] for one in asked if IO[bytes] in get_args(one.annotation)]
            return members(model)
    return None


def members(model: Any) -> set[str]:
    """A model's own members as they are on the wire: two generators have written the packages."""
    if hasattr(model, "_attribute_map"):
        return {one["key"].partition(".")[0] for one in model._attribute_map.values()}
    model()  # the other one looks a class's members up when the first is made
    return {field._rest_name for field in model._attr_to_rest_field.values()}


@pytest.mark.parametrize("name", sorted(TYPES))
def test_a_patch_names_what_the_sdk_can_send(name: str) -> None:
    allowed = patched(TYPES[name])
    kind = KINDS[name.lower()]
    assert bool(kind.patched) == (allowed is not None)
    assert set(kind.patched) <= (allowed or set())


def test_the_emulator_keeps_every_type_that_the_driver_knows() -> None:
    assert {name.lower() for name in TYPES} <= KINDS.keys()
