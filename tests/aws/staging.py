"""The environment of the documentation, as a spec: one region, three zones."""

from __future__ import annotations

import copy
from typing import Any

from paver.contract.spec import EnvironmentSpec
from paver_aws.settings import AwsSettings

OWNER = "7c1f0a52-5c4e-4b7e-9a0e-2f6d3b8e91a4"
SECTION: dict[str, Any] = {
    "region": "eu-west-1",
    "account": "123456789012",
    "zones": {"z1": "eu-west-1a", "z2": "eu-west-1b", "z3": "eu-west-1c"},
}
SPEC: dict[str, Any] = {
    "schema_version": 1,
    "name": "staging",
    "id": OWNER,
    "zones": 3,
    "address_space": "10.20.0.0/16",
    "networks": {"management": {}, "services": {"egress": "none"}, "workload": {}, "lb": {}},
    "datastores": {
        "vms": {"purpose": "ephemeral"},
        "disks": {"purpose": "persistent", "encrypted": True},
        "blobs": {"purpose": "object"},
    },
    "load_balancers": {
        "concourse": {"ports": [443]},
        "ssh": {"ports": [{"listen": 22, "target": 2222}], "public": True, "allow": ["198.51.100.0/24"]},
    },
    "jumpbox": {"public": True, "allow": ["198.51.100.0/24"]},
    "dns": {"zone": "staging.example.com"},
}


def staging(section: dict[str, Any] | None = None, **neutral: Any) -> tuple[EnvironmentSpec, AwsSettings]:
    """Spec and section, with some fields changed. What the section leaves out is `None` here."""
    spec = EnvironmentSpec.model_validate({**copy.deepcopy(SPEC), **neutral})
    fields = {name: value for name, value in {**SECTION, **(section or {})}.items() if value is not None}
    return spec, AwsSettings.model_validate(fields)
