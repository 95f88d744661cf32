"""What a cloud-config is, as a schema: of what the renderer may say, not of all that BOSH takes."""

from __future__ import annotations

from typing import Any

NAME = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]*$"}
ADDRESS = {"type": "string", "pattern": r"^\d{1,3}(\.\d{1,3}){3}$"}
CIDR = {"type": "string", "pattern": r"^\d{1,3}(\.\d{1,3}){3}/\d{1,2}$"}
RANGE = {"type": "string", "pattern": r"^\d{1,3}(\.\d{1,3}){3}(-\d{1,3}(\.\d{1,3}){3})?$"}
PROPERTIES = {"type": "object"}


def _named(*required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name", *required],
            "properties": {"name": NAME, **properties},
        },
    }


SUBNET = {
    "type": "object",
    "additionalProperties": False,
    "required": ["range", "gateway", "azs", "dns", "reserved", "static", "cloud_properties"],
    "properties": {
        "range": CIDR,
        "gateway": ADDRESS,
        "azs": {"type": "array", "items": NAME, "minItems": 1, "uniqueItems": True},
        "dns": {"type": "array", "items": ADDRESS, "minItems": 1},
        "reserved": {"type": "array", "items": RANGE},
        "static": {"type": "array", "items": RANGE},
        "cloud_properties": PROPERTIES,
    },
}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["azs", "networks", "vm_types", "disk_types", "vm_extensions", "compilation"],
    "properties": {
        "azs": {**_named(cloud_properties=PROPERTIES), "minItems": 1},
        "networks": _named(
            "type",
            "subnets",
            type={"const": "manual"},
            subnets={"type": "array", "minItems": 1, "items": SUBNET},
        ),
        "vm_types": _named("cloud_properties", cloud_properties=PROPERTIES),
        "disk_types": _named("disk_size", disk_size={"type": "integer", "minimum": 1024}, cloud_properties=PROPERTIES),
        "vm_extensions": _named("cloud_properties", cloud_properties=PROPERTIES),
        "compilation": {
            "type": "object",
            "additionalProperties": False,
            "required": ["workers", "reuse_compilation_vms", "az", "vm_type", "network"],
            "properties": {
                "workers": {"type": "integer", "minimum": 1},
                "reuse_compilation_vms": {"type": "boolean"},
                "az": NAME,
                "vm_type": NAME,
                "network": NAME,
            },
        },
    },
}
