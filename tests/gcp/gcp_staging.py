"""The environment of the documentation, as a spec: one region, three zones."""

from __future__ import annotations

import copy
from typing import Any

from paver.contract.spec import EnvironmentSpec
from paver_gcp.settings import GcpSettings

OWNER = "7c1f0a52-5c4e-4b7e-9a0e-2f6d3b8e91a4"
SECTION: dict[str, Any] = {
    "project": "acme-staging",
    "region": "europe-west1",
    "zones": {"z1": "europe-west1-b", "z2": "europe-west1-c", "z3": "europe-west1-d"},
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
        "ssh": {"ports": [2222], "public": True, "allow": ["198.51.100.0/24"]},
    },
    "jumpbox": {"public": True, "allow": ["198.51.100.0/24"]},
    "dns": {"zone": "staging.example.com"},
}


def staging(section: dict[str, Any] | None = None, **neutral: Any) -> tuple[EnvironmentSpec, GcpSettings]:
    """Spec and section, with some fields changed. What the section leaves out is `None` here."""
    spec = EnvironmentSpec.model_validate({**copy.deepcopy(SPEC), **neutral})
    fields = {name: value for name, value in {**SECTION, **(section or {})}.items() if value is not None}
    return spec, GcpSettings.model_validate(fields)
