"""Everything that would fail later, found at once, with the exit code that it deserves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from gcp_commands import command
from gcp_projects import Document, Environment, Project

from paver_gcp.sandbox import foreign
from paver_gcp.sandbox.example import PROJECT, REGION
from paver_gcp.sandbox.places import SERVICES

COMPUTE = f"compute/v1/projects/{PROJECT}"


@pytest.fixture(autouse=True)
def behaving(project: Project) -> Iterator[None]:
    yield
    project.client.behave(quotas={}, services=list(SERVICES), faults=[])


def section(**fields: Any) -> Callable[[Document], None]:
    return lambda document: document["iaas"]["gcp"].update(fields)


def found(environment: Environment) -> tuple[int, str]:
    """The exit code, and what failed, in one text."""
    outcome = command(environment, "preflight")
    text = outcome.out + outcome.err
    return outcome.code, "\n".join(line for line in text.splitlines() if not line.strip().startswith("ok "))


def test_the_example_has_nothing_to_complain_of(project: Project) -> None:
    with project.unchanged():
        code, said = found(project.environment("fine"))
    assert (code, "FAIL" in said) == (0, False)


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (section(project="no-such-project"), 3, "no-such-project' (or it may not exist)"),
        (section(zones={"z1": f"{REGION}-a", "z2": f"{REGION}-c", "z3": f"{REGION}-d"}), 7,
         f"{REGION} has no zone {REGION}-a"),
        (section(region="mars-west1", zones={f"z{n}": f"mars-west1-{n and 'abc'[n - 1]}" for n in (1, 2, 3)}), 7,
         "Google has no region mars-west1"),
        (section(jumpbox={"machine_type": "x9-huge"}), 7, "x9-huge is not offered"),
        (section(jumpbox={"image": "projects/nobody/global/images/none"}), 7, "there is no image"),
        (section(credentials_file="/nonexistent/file.json"), 3, "cannot be read"),
        (section(network="no-such-network"), 7, "there is no network"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_named(project: Project, change: Callable[[Document], None], code: int, said: str) -> None:
    with project.unchanged():
        ended, text = found(project.environment("absent", change))
    assert said in text
    assert ended == code


def test_a_service_that_is_switched_off_is_named_with_what_switches_it_on(project: Project) -> None:
    project.client.behave(services=[name for name in SERVICES if not name.startswith("dns")])
    code, text = found(project.environment("services"))
    assert code == 7
    assert "gcloud services enable dns.googleapis.com" in " ".join(text.split())


def test_a_quota_that_would_be_met_is_named_before_anything_is_made(project: Project) -> None:
    project.client.behave(quotas={"addresses": 2})
    code, text = found(project.environment("quota"))
    assert code == 7
    assert "3 more of STATIC_ADDRESSES are wanted, and the quota leaves 2" in " ".join(text.split())


def test_a_name_that_another_environment_has_is_named_with_its_owner(project: Project) -> None:
    body = {
        "name": "sandbox-nat",
        "description": f"paver owner={foreign.THEIRS.id} environment=sandbox key=address/nat",
    }
    project.client("POST", f"{COMPUTE}/regions/{REGION}/addresses", body)
    code, text = found(project.environment("names"))
    project.client("DELETE", f"{COMPUTE}/regions/{REGION}/addresses/sandbox-nat")
    assert code == 7
    assert f"address sandbox-nat belongs to the environment sandbox ({foreign.THEIRS.id})" in " ".join(text.split())


def test_ranges_of_a_network_that_is_there_are_looked_at(project: Project) -> None:
    client = project.client
    client("POST", f"{COMPUTE}/global/networks", {"name": "given", "autoCreateSubnetworks": False})
    subnet = {"name": "theirs", "network": "global/networks/given", "ipCidrRange": "10.20.16.0/24"}
    client("POST", f"{COMPUTE}/regions/us-central1/subnetworks", subnet)
    code, text = found(project.environment("overlap", section(network="given")))
    client("DELETE", f"{COMPUTE}/regions/us-central1/subnetworks/theirs")
    client("DELETE", f"{COMPUTE}/global/networks/given")
    assert code == 7
    assert "10.20.16.0/20 overlaps the subnet theirs (10.20.16.0/24)" in " ".join(text.split())


def test_a_question_that_nobody_answers_is_asked_again(project: Project) -> None:
    project.client.behave(faults=[{"method": "compute.*", "code": 503, "times": 3}])
    code, _ = found(project.environment("again"))
    assert code == 0
