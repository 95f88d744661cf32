"""What is sent, held against Azure's own type definitions as if nothing else were allowed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from closed_world import findings, types_file
from papers import ROOT, both

from paver.contract.resource import Desired, Ref
from paver.engine.diff import resolved
from paver_azure.api import Api
from paver_azure.arm_types import TYPES
from paver_azure.driver import AzureDriver
from paver_azure.nouns import kinds

pytestmark = pytest.mark.skipif(types_file() is None, reason="the type definitions do not come with the sources")

GROUP = f"{ROOT}/resourceGroups/staging/providers"
HUB = f"{ROOT}/resourceGroups/hub/providers/Microsoft.Network"
OUTPUTS = {"public_key": "ssh-ed25519 AAAAC3Nza", "principal_id": ROOT[-36:], "address": "203.0.113.4"}
VARIANTS: Mapping[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "everything": ({"locks": True, "tags": {"cost": "4711"}}, {}),
    "no zones": (
        {"zones": None, "redundancy": "Standard_LRS", "availability_set": True, "next_hops": {"workload": "10.1.0.4"}},
        {},
    ),
    "adopted": (
        {
            "resource_group": "given",
            "virtual_network": f"{HUB}/virtualNetworks/hub",
            "subnets": {"lb": "front"},
            "private_zone": f"{HUB}/privateDnsZones/staging.example.com",
            "nat_zone": "1",
            "ssh_public_key": "ssh-ed25519 AAAAC3Nza",
            "service_principals": {"bosh-cpi": {"client_id": ROOT[-36:], "object_id": ROOT[-36:]}},
        },
        {
            "dns": {"existing": True, "servers": ["10.1.0.53"]},
            "jumpbox": {"existing": True, "public": False},
            "networks": {"lb": {"existing": True}},
        },
    ),
}


def told(ref: Ref) -> str:
    return OUTPUTS.get(ref.output, f"{GROUP}/Microsoft.Network/{ref.to.kind}/{ref.to.name.replace('/', '-')}")


def sent(directory: Path, variant: str) -> list[tuple[Desired, str, dict[str, Any]]]:
    section, parts = VARIANTS[variant]
    spec, settings = both(directory, section, **parts)
    found = kinds(Api(settings))
    wants = [want for want in AzureDriver().resources(spec, settings) if want.adopt is None]
    whole = [resolved(want, told) for want in wants]
    return [(w, found[w.key.kind].type, found[w.key.kind].body(w, spec.owner)) for w in whole]


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_body_is_what_its_type_allows(tmp_path: Path, variant: str) -> None:
    bodies = sent(tmp_path, variant)
    assert len(bodies) > 20
    wrong = {str(want.key): found for want, type_, body in bodies if (found := findings(type_, _version(type_), body))}
    assert wrong == {}


def test_the_check_sees_a_slip(tmp_path: Path) -> None:
    body = next(body for want, _, body in sent(tmp_path, "everything") if want.key.kind == "public-address")
    type_ = "Microsoft.Network/publicIPAddresses"
    slips: dict[str, dict[str, Any]] = {
        "unknown": {**body, "propertys": {}},
        "read-only": {**body, "properties": {**body["properties"], "provisioningState": "Succeeded"}},
        "none of": {**body, "sku": {"name": "Premium"}},
        "list is wanted": {**body, "zones": "1"},
        "number": {**body, "properties": {**body["properties"], "idleTimeoutInMinutes": "4"}},
    }
    assert findings(type_, _version(type_), body) == []
    for said, slip in slips.items():
        assert any(said in found for found in findings(type_, _version(type_), slip)), said


def _version(type_: str) -> str:
    return TYPES[type_].version
