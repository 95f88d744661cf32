"""What a spec or a document says against itself is refused at the place where it says it."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from paver.contract.capabilities import Capability
from paver.contract.checks import settings_problems
from paver.contract.environment import PavedEnvironment
from paver.contract.spec import EnvironmentSpec, SiteSettings

SPEC: dict[str, Any] = {
    "schema_version": 1,
    "name": "demo",
    "id": "3f0c7d0e-8a54-4a53-9d1b-0c6a2d9f4e17",
    "zones": 3,
    "address_space": "10.20.0.0/16",
    "dns": {"zone": "demo.example.com"},
    "networks": {"management": {}, "services": {}, "workload": {}, "lb": {}},
    "load_balancers": {"concourse": {"ports": [443]}},
    "certificates": {
        "authorities": {"root": {}, "middle": {"signed_by": "root"}},
        "leaves": {"web": {"names": ["web"], "signed_by": "middle"}},
    },
    "credentials": {"bosh-cpi": {"allows": "bosh-cpi"}},
    "datastores": {"vms": {"purpose": "ephemeral"}, "blobs": {"purpose": "object"}},
    "labels": {},
    "jumpbox": {},
}
DOCUMENT = Path(__file__).parents[1] / "golden" / "environment.json"


def spoiled(document: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    copy = json.loads(json.dumps(document))
    *parents, last = path.split("/")
    at = copy
    for part in parents:
        at = at[int(part) if part.isdigit() else part]
    at[last] = value
    return dict(copy)


def places(error: ValidationError) -> set[str]:
    found = set()
    for item in error.errors(include_input=False):
        if item["type"] == "whole":
            found |= {".".join(map(str, path)) for path, _ in item["ctx"]["problems"]}
        else:
            found.add(".".join(map(str, item["loc"])))
    return found


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("networks/services/cidr", "10.20.8.0/21", "networks.services.cidr"),
        ("networks/lb/cidr", "10.99.0.0/20", "networks.lb.cidr"),
        ("networks/workload/cidr", "10.20.64.0/26", "networks.workload.cidr"),
        ("networks/lb/zones", ["z4"], "networks.lb.zones"),
        ("networks/extra", {}, "networks.extra"),
        ("networks/services/reserved", ["10.20.200.1"], "networks.services.reserved.0"),
        ("networks/services/egress", "direct", "networks.services.egress"),
        ("networks/services/egress", "proxy", "networks.services.egress"),
        ("labels", {"paver-owner": "x"}, "labels.paver-owner"),
        ("load_balancers/jumpbox", {"ports": [443]}, "load_balancers.jumpbox"),
        ("load_balancers/concourse/network", "workload", "load_balancers.concourse.network"),
        ("load_balancers/concourse/ports", [443, 443], "load_balancers.concourse.ports.1"),
        ("load_balancers/concourse/ports", [70000], "load_balancers.concourse.ports.0.listen"),
        ("credentials/bosh-cpi/datastore", "blob", "credentials.bosh-cpi.datastore"),
        ("certificates/leaves/web/signed_by", "midle", "certificates.leaves.web.signed_by"),
        ("certificates/authorities/root/signed_by", "middle", "certificates.authorities.root.signed_by"),
        ("jumpbox/public", True, "jumpbox.allow"),
        ("secrets", "hunter2", "secrets"),
        ("name", "Staging", "name"),
        ("address_space", "10.0.0.0/8", "address_space"),
        ("zones", 5, "zones.4"),
        ("zones", [], "zones"),
    ],
)
def test_a_spec_that_contradicts_itself_is_refused_where_it_does(path: str, value: object, place: str) -> None:
    with pytest.raises(ValidationError) as refused:
        EnvironmentSpec.model_validate(spoiled(SPEC, path, value))
    assert place in places(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("section", "place"),
    [
        ({"addresses": {"blobs": "10.20.16.10"}}, "addresses"),
        ({"addresses": {"concourse": "10.20.32.5", "blobs": "10.20.16.10"}}, "addresses.concourse"),
        ({"addresses": {"concourse": "10.99.0.1", "blobs": "10.20.16.10"}}, "addresses.concourse"),
        ({"addresses": {"concourse": "10.20.16.10", "blobs": "10.20.16.10"}}, "addresses.blobs"),
        (
            {"addresses": {"concourse": "10.20.32.10", "blobs": "10.20.16.10"}, "gateways": {"lb": "10.99.0.1"}},
            "gateways.lb",
        ),
        (
            {"addresses": {"concourse": "10.20.32.10", "blobs": "10.20.16.10"}, "gateways": {"lbs": "10.20.32.1"}},
            "gateways.lbs",
        ),
        ({"addresses": {"concourse": "10.20.32.10", "blobs": "10.20.16.10"}, "zones": {"z1": "a"}}, "zones"),
    ],
)
def test_a_section_that_does_not_fit_the_spec_is_refused(section: dict[str, Any], place: str) -> None:
    spec = EnvironmentSpec.model_validate(SPEC)
    settings = SiteSettings.model_validate({"dns_servers": ["10.1.0.53"], **section})
    found = settings_problems(spec, "site", settings, frozenset())
    assert ("iaas", "site", *place.split(".")) in {path for path, _ in found}


def test_what_neither_driver_nor_site_gives_is_refused_by_its_capability() -> None:
    spec = EnvironmentSpec.model_validate(SPEC)
    said = " ".join(what for _, what in settings_problems(spec, "site", SiteSettings(), frozenset()))
    assert {str(one) for one in (Capability.LOAD_BALANCER, Capability.OBJECT_STORE, Capability.RESOLVER)} <= set(
        said.replace(":", " ").split()
    )
    assert not list(settings_problems(spec, "site", SiteSettings(), frozenset(Capability)))


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("networks/lb/subnets/lb-z1/static", ["10.40.32.5-10.40.32.9"], "networks.lb.subnets.lb-z1"),
        ("networks/lb/zones/z1/subnet", "workload", "networks.lb.zones.z1"),
        ("networks/management/assigned/director", "10.40.0.77", "networks.management.assigned.director"),
        ("services", {"iaas": {"url": "https://x", "ca": "vmca", "credential": None}}, "services.iaas.ca"),
        ("owner/name", "other", "owner.name"),
        ("password", "hunter2", "password"),
        ("schema_version", 2, "schema_version"),
        ("driver", {"key": "-----BEGIN PRIVATE KEY-----"}, ""),
    ],
)
def test_a_document_that_contradicts_itself_is_refused(path: str, value: object, place: str) -> None:
    with pytest.raises(ValidationError) as refused:
        PavedEnvironment.model_validate(spoiled(json.loads(DOCUMENT.read_text()), path, value))
    assert place in places(refused.value)
