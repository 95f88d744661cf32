"""The schemas of the tree against those of the last release, and the comparison against every row of the promise."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from promise import Direction, breaks

from paver.schema import environment_schema, plan_schema, spec_schema

PROMISED = Path(__file__).parents[1] / "golden" / "promised"
MADE: dict[str, tuple[Callable[[], dict[str, Any]], Direction]] = {
    "spec": (spec_schema, "input"),
    "environment": (environment_schema, "output"),
    "plan": (plan_schema, "output"),
}


def promised(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PROMISED / f"{name}.schema.json").read_text())
    return found


@pytest.mark.parametrize("name", sorted(MADE))
def test_no_promise_of_the_last_release_is_broken(name: str) -> None:
    made, direction = MADE[name]
    assert breaks(promised(name), json.loads(json.dumps(made())), direction) == []


OBJECT: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "maxLength": 16, "pattern": "^[a-z]+$"},
        "egress": {"enum": ["nat", "none"], "type": "string", "default": "nat"},
        "size": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}], "default": None},
        "zone": {"$ref": "#/$defs/Zone"},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}, "propertyNames": {"maxLength": 9}},
        "ports": {"type": "array", "items": {"type": "integer"}},
    },
    "$defs": {"Zone": {"type": "object", "required": [], "properties": {"rack": {"type": "string"}}}},
}


def field(name: str, **parts: object) -> Callable[[dict[str, Any]], object]:
    return lambda schema: schema["properties"].update({name: {**schema["properties"].get(name, {}), **parts}})


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], object], str, str]] = {
    "a field is added": (field("more", type="string"), "", ""),
    "a field goes": (lambda s: s["properties"].pop("egress"), "egress: is gone", "egress: is gone"),
    "another type": (field("ports", type="string"), "ports: may no longer be array", "ports: may no longer be array"),
    "required": (lambda s: s["required"].append("egress"), "egress: is required now", ""),
    "no longer required": (lambda s: s["required"].remove("name"), "", "name: is no longer always there"),
    "nullable": (field("egress", anyOf=[{"enum": ["nat", "none"], "type": "string"}, {"type": "null"}]),
                 "", "egress: may be null now"),
    "no longer null": (field("size", anyOf=[{"type": "integer", "minimum": 1}]), "size: may no longer be null", ""),
    "a word more": (field("egress", enum=["nat", "none", "proxy"]), "", 'egress: "proxy" is new'),
    "a word fewer": (field("egress", enum=["nat"]), 'egress: "none" is no longer taken', ""),
    "longer": (field("name", maxLength=32), "", "name: maxLength was 16 and is 32"),
    "shorter": (field("name", maxLength=8), "name: maxLength was 16 and is 8", ""),
    "a lower bound comes": (field("name", minLength=2), "name: minLength was None and is 2", ""),
    "another pattern": (field("name", pattern="^[a-z-]+$"), "name: pattern was ^[a-z]+$ and is ^[a-z-]+$",
                        "name: pattern was ^[a-z]+$ and is ^[a-z-]+$"),
    "another default": (field("egress", default="none"), 'egress: default was "nat"', 'egress: default was "nat"'),
    "deep inside": (lambda s: s["$defs"]["Zone"]["properties"].pop("rack"), "zone.rack: is gone", "zone.rack: is gone"),
    "of an item": (field("ports", items={"type": "string"}), "ports.*: may no longer be integer",
                   "ports.*: may no longer be integer"),
    "shorter keys": (field("labels", propertyNames={"maxLength": 5}), "labels.[key]: maxLength was 9 and is 5", ""),
    "closed": (lambda s: s["$defs"]["Zone"].update(additionalProperties=False), "zone: is closed now", ""),
    "a title": (field("name", title="Name", description="What it is called"), "", ""),
}  # fmt: skip
"""By row: a change, and what an input's and an output's readers are told of it; empty: it is allowed."""


@pytest.mark.parametrize("row", sorted(CHANGES))
@pytest.mark.parametrize("direction", ["input", "output"])
def test_every_row_of_the_promise_is_kept_by_the_comparison(row: str, direction: Direction) -> None:
    change, of_input, of_output = CHANGES[row]
    changed = copy.deepcopy(OBJECT)
    change(changed)
    if "anyOf" in changed["properties"].get("egress", {}):
        changed["properties"]["egress"] = {"anyOf": changed["properties"]["egress"]["anyOf"], "default": "nat"}
    said = of_input if direction == "input" else of_output
    found = breaks(OBJECT, changed, direction)
    assert (said in found) if said else found == []


@pytest.mark.parametrize("name", sorted(MADE))
def test_a_field_that_goes_from_a_real_schema_is_told(name: str) -> None:
    old = promised(name)
    new = copy.deepcopy(old)
    gone = next(iter(new["properties"]))
    del new["properties"][gone]
    assert f"{gone}: is gone" in breaks(old, new, MADE[name][1])
