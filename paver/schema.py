"""JSON Schema of the documents, for editors and for whoever reads one in another language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from paver.contract.driver import Driver
from paver.contract.environment import PavedEnvironment
from paver.contract.spec import EnvironmentSpec
from paver.engine.plan_document import PlanDocument

DIALECT = "https://json-schema.org/draft/2020-12/schema"
VERSION = 1


def spec_schema(drivers: Iterable[Driver[Any]] = ()) -> dict[str, Any]:
    """What a spec may say; with drivers, what their sections may say too.

    It holds no rule that spans several fields: `paver validate` knows those.
    """
    schema = EnvironmentSpec.model_json_schema(mode="validation")
    sections: dict[str, Any] = {}
    for driver in drivers:
        section = _renamed(driver.settings.model_json_schema(mode="validation"), driver.name)
        schema["$defs"] |= section.pop("$defs", {})
        sections[driver.name] = section
    if sections:
        schema["properties"]["iaas"]["properties"] = sections
    return _headed("spec", "A spec of paver: what is asked for", schema)


def environment_schema() -> dict[str, Any]:
    """What an environment document promises."""
    document = PavedEnvironment.model_json_schema(mode="serialization")
    return _headed("environment", "An environment that paver made: what is there", document)


def plan_schema() -> dict[str, Any]:
    """What `plan -o json` prints, and `plan --out` keeps."""
    document = PlanDocument.model_json_schema(mode="serialization")
    return _headed("plan", "A plan of paver: what would be done", document)


def _headed(name: str, title: str, schema: dict[str, Any]) -> dict[str, Any]:
    head = {"$schema": DIALECT, "$id": f"urn:iaas-paver:{name}:{VERSION}"}
    _close(schema)
    return head | schema | {"title": title}


def _close(schema: Any) -> None:  # noqa: ANN401  any part of a schema
    """A mapping whose keys follow a pattern has no others: pydantic's validation says so, and its schema does not."""
    if isinstance(schema, dict):
        if "patternProperties" in schema:
            schema.setdefault("additionalProperties", False)
        for inner in schema.values():
            _close(inner)
    elif isinstance(schema, list):
        for inner in schema:
            _close(inner)


def _renamed(schema: Any, prefix: str) -> Any:  # noqa: ANN401  any part of a schema
    """The schema with its definitions under names of their own: two drivers may both have a `Zone`."""
    if isinstance(schema, list):
        return [_renamed(inner, prefix) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _renamed(inner, prefix) for key, inner in schema.items()}
    if isinstance(ref := found.get("$ref"), str):
        found["$ref"] = ref.replace("#/$defs/", f"#/$defs/{prefix}.")
    if isinstance(definitions := found.get("$defs"), dict):
        found["$defs"] = {f"{prefix}.{name}": inner for name, inner in definitions.items()}
    return found
