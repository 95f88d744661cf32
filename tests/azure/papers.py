"""Specs on paper: what is wanted of Azure without Azure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from paver.contract.resource import Desired, Key, Ref
from paver.contract.spec import EnvironmentSpec
from paver.settings import LoadedSpec, load_spec
from paver_azure.driver import AzureDriver
from paver_azure.settings import AzureSettings

OWNER = "7c1f0a52-5c4e-4b7e-9a0e-2f6d3b8e91a4"
TENANT = "9d1e3c55-6a0b-4f0e-8f39-0a4c1b2d3e4f"
SUBSCRIPTION = "0f8fad5b-d9cb-469f-a165-70867728950e"
ROOT = f"/subscriptions/{SUBSCRIPTION}"
SPEC: dict[str, Any] = {
    "schema_version": 1,
    "name": "staging",
    "id": OWNER,
    "labels": {"team": "platform"},
    "zones": 3,
    "address_space": "10.20.0.0/16",
    "networks": {"management": {}, "services": {"egress": "none"}, "workload": {}, "lb": {}},
    "datastores": {
        "vms": {"purpose": "ephemeral"},
        "disks": {"purpose": "persistent"},
        "blobs": {"purpose": "object", "encrypted": True},
    },
    "credentials": {
        "bosh-cpi": {"allows": "bosh-cpi"},
        "blobstore": {"allows": "blobstore", "datastore": "blobs"},
        "names": {"allows": "dns"},
        "registry": {"allows": "registry"},
    },
    "load_balancers": {
        "concourse": {"ports": [443]},
        "ssh": {"ports": [{"listen": 22, "target": 2222}], "public": True, "allow": ["198.51.100.0/24"]},
        "web": {"ports": [443, {"listen": 53, "target": 5353, "protocol": "udp"}], "public": True},
    },
    "jumpbox": {"public": True, "allow": ["198.51.100.0/24"]},
    "dns": {"zone": "staging.example.com"},
    "secrets": "file:secrets",
    "iaas": {
        "azure": {
            "tenant": TENANT,
            "subscription": SUBSCRIPTION,
            "location": "westeurope",
            "zones": {"z1": "1", "z2": "2", "z3": "3"},
        }
    },
}


def merged(before: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """One document laid over another; None takes a field away."""
    found = dict(before)
    for name, value in over.items():
        if value is None:
            found.pop(name, None)
        elif isinstance(value, dict) and isinstance(found.get(name), dict):
            found[name] = merged(found[name], value)
        else:
            found[name] = value
    return found


def loaded(directory: Path, section: Mapping[str, Any] | None = None, **parts: Any) -> LoadedSpec:
    """The spec of these tests, changed."""
    document = merged(merged(SPEC, parts), {"iaas": {"azure": dict(section or {})}})
    file = directory / "environment.yml"
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    return load_spec(file, iaas="azure", environ={})


def wanted(directory: Path, section: Mapping[str, Any] | None = None, **parts: Any) -> dict[str, Desired]:
    """What the driver wants of it, by key."""
    spec, settings = both(directory, section, **parts)
    return {str(want.key): want for want in AzureDriver().resources(spec, settings)}


def both(
    directory: Path, section: Mapping[str, Any] | None = None, **parts: Any
) -> tuple[EnvironmentSpec, AzureSettings]:
    """The spec and the section."""
    found = loaded(directory, section, **parts)
    assert isinstance(found.settings, AzureSettings)
    return found.spec, found.settings


def to(kind: str, name: str, output: str = "id") -> Ref:
    """A reference."""
    return Ref(to=Key(kind=kind, name=name), output=output)
