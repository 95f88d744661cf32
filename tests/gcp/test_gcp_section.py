"""Where the section does not fit by itself, or does not fit the spec."""

from __future__ import annotations

from typing import Any

import pytest
from gcp_staging import SECTION, staging
from pydantic import ValidationError

from paver_gcp.driver import GcpDriver
from paver_gcp.section import section_problems
from paver_gcp.settings import GcpSettings

NETWORKS = {"management": {}, "services": {"egress": "none"}, "workload": {}, "lb": {}}


def problems(section: dict[str, Any] | None = None, **neutral: Any) -> dict[str, str]:
    found = section_problems(*staging(section, **neutral))
    return {".".join(str(part) for part in path): what for path, what in found}


def test_the_section_of_the_documentation_fits() -> None:
    assert problems() == {}


@pytest.mark.parametrize(
    ("section", "neutral", "where", "said"),
    [
        ({"zones": {"z1": "us-central1-a", "z2": "europe-west1-c", "z3": "europe-west1-d"}}, {}, "iaas.gcp.zones.z1",
         "is not in europe-west1"),
        ({"zones": {"z1": "europe-west1-c", "z2": "europe-west1-c", "z3": "europe-west1-d"}}, {}, "iaas.gcp.zones.z2",
         "fail together"),
        ({}, {"networks": {**NETWORKS, "lb": {"existing": True}}}, "iaas.gcp.network", "name the network"),
        ({"network": "net"}, {"networks": {**NETWORKS, "lb": {"existing": True}}}, "iaas.gcp.subnets.lb",
         "name its subnet"),
        ({"subnets": {"lb": "some"}}, {}, "iaas.gcp.subnets.lb", "is none of"),
        ({"network": "projects/other/global/networks/net"}, {}, "networks.workload", "shared by another project"),
        ({}, {"dns": {"zone": "a.example.com", "existing": True}}, "iaas.gcp.managed_zone", "name its managed zone"),
        ({"managed_zone": "some"}, {}, "iaas.gcp.managed_zone", "is not existing"),
        ({}, {"load_balancers": {"web": {"ports": [{"listen": 443, "target": 8443}]}}}, "load_balancers.web.ports.0",
         "changes no port"),
        ({}, {"load_balancers": {"web": {"ports": [1, 2, 3, 4, 5, 6]}}}, "load_balancers.web.ports", "more than 5"),
        ({}, {"load_balancers": {"nat": {"ports": [443]}}}, "load_balancers.nat", "call it otherwise"),
        ({}, {"labels": {f"label-{'x' * 20}-{n}": "a" for n in range(4)}}, "labels", "longer than 63"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_spec_is_named_by_its_path(
    section: dict[str, Any], neutral: dict[str, Any], where: str, said: str
) -> None:
    assert said in problems(section, **neutral)[where]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("project", "123456789012"),
        ("region", "europe-west1-b"),
        ("zones", {"z1": "europe-west1"}),
        ("endpoint", "http://compute.example.com"),
        ("endpoint", "http://127.0.0.1.example.com"),
        ("endpoint", "https://{service}.example.com/path"),
        ("endpoint", "https://{region}.example.com"),
        ("network", "Net"),
        ("network", "projects/123456789012/global/networks/net"),
        ("jumpbox", {"image": "ubuntu"}),
        ("jumpbox", {"disk_gib": 5}),
        ("accounts", {}),
    ],
)
def test_a_value_out_of_its_form_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        GcpSettings.model_validate({**SECTION, field: value})


def test_an_endpoint_may_be_a_private_one_or_the_sandboxes() -> None:
    for endpoint in ("https://{service}-acme.p.googleapis.com/", "http://127.0.0.1:8080"):
        assert GcpSettings.model_validate({**SECTION, "endpoint": endpoint}).endpoint == endpoint.rstrip("/")


def test_the_template_of_init_names_what_only_a_person_knows() -> None:
    text = GcpDriver().template(["z1", "z2", "z3"])
    assert [line.split(":")[0].strip() for line in text.splitlines() if "FILL IN" in line] == [
        "project",
        "region",
        "zones",
        "z1",
        "z2",
        "z3",
    ]
