"""The environment of the documentation, as a spec: three bare hosts, three zones."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from paver.contract.spec import EnvironmentSpec
from paver_vsphere.settings import VsphereSettings

OWNER = "7c1f0a52-5c4e-4b7e-9a0e-2f6d3b8e91a4"
SECTION: dict[str, Any] = {
    "vcenter": "vcenter.staging.example.com",
    "password": "env:VCENTER_PASSWORD",
    "known_hosts": "certs/esxi.known_hosts",
    "esxi_password": "env:ESXI_PASSWORD",
    "appliance": {
        "ova": "files/vcenter.ova",
        "sha256": "3f1c9b0a7d5e2468ace013579bdf02468ace13579bdf02468ace13579bdf0246",
        "root_password": "env:VCENTER_ROOT_PASSWORD",
    },
    "datacenter": "staging",
    "zones": {
        "z1": {"cluster": "staging-z1", "hosts": ["esxi-1.example.com"]},
        "z2": {"cluster": "staging-z2", "hosts": ["esxi-2.example.com"]},
        "z3": {"cluster": "staging-z3", "hosts": ["esxi-3.example.com"]},
    },
    "uplinks": ["vmnic1"],
    "vlans": {"management": 20, "services": 21, "workload": 22, "lb": 23},
    "datastores": {
        "vms": {"nfs": "nas.example.com:/staging/vms"},
        "disks": {"nfs": "nas.example.com:/staging/disks"},
    },
    "addresses": {"concourse": "10.20.32.10", "ssh": "10.20.32.11", "blobs": "10.20.16.10"},
    "dns_servers": ["10.1.0.53", "10.1.1.53"],
}
SPEC: dict[str, Any] = {
    "schema_version": 1,
    "name": "staging",
    "id": OWNER,
    "zones": 3,
    "address_space": "10.20.0.0/16",
    "networks": {
        "management": {},
        "services": {"cidr": "10.20.16.0/20", "egress": "proxy", "reserved": ["10.20.16.200-10.20.16.220"]},
        "workload": {},
        "lb": {},
    },
    "datastores": {
        "vms": {"purpose": "ephemeral", "capacity_gib": 2000},
        "disks": {"purpose": "persistent", "capacity_gib": 4000, "encrypted": True},
        "blobs": {"purpose": "object"},
    },
    "load_balancers": {
        "concourse": {"ports": [443]},
        "ssh": {"ports": [{"listen": 22, "target": 2222}], "public": True, "allow": ["198.51.100.0/24"]},
    },
    "jumpbox": {"public": True, "allow": ["198.51.100.0/24"]},
    "proxy": {"https": "http://proxy.example.com:3128"},
    "labels": {"team": "platform", "cost-centre": "4711"},
    "dns": {"zone": "staging.example.com"},
}


def example(
    spec: dict[str, Any] | None = None, section: dict[str, Any] | None = None
) -> tuple[EnvironmentSpec, VsphereSettings]:
    """The example with some of its keys replaced; None takes a key out."""
    context = {"base": Path("/site")}
    return (
        EnvironmentSpec.model_validate(_changed(SPEC, spec), context=context),
        VsphereSettings.model_validate(_changed(SECTION, section), context=context),
    )


def _changed(base: dict[str, Any], changes: dict[str, Any] | None) -> dict[str, Any]:
    merged = {**copy.deepcopy(base), **(changes or {})}
    return {key: value for key, value in merged.items() if value is not None}
