"""What a section may say: networks and zones that are there, other ports, a private jumpbox, rotation."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from gcp_projects import Document, Project

from paver.contract.errors import PreflightFailed, StepFailed
from paver_gcp.sandbox.example import PROJECT, REGION

COMPUTE = f"compute/v1/projects/{PROJECT}"
HERE = f"{COMPUTE}/regions/{REGION}"


def given(project: Project) -> None:
    """A network of others with a subnet, and a zone."""
    client = project.client
    client("POST", f"{COMPUTE}/global/networks", {"name": "given", "autoCreateSubnetworks": False})
    subnet = {"name": "given-lb", "network": "global/networks/given", "ipCidrRange": "10.20.32.0/20"}
    client("POST", f"{HERE}/subnetworks", subnet)
    url = f"https://www.googleapis.com/compute/v1/projects/{PROJECT}/global/networks/given"
    zone = {
        "name": "given-zone",
        "dnsName": "sandbox.example.com.",
        "description": "of others",
        "visibility": "private",
        "privateVisibilityConfig": {"networks": [{"networkUrl": url}]},
    }
    client("POST", f"dns/v1/projects/{PROJECT}/managedZones", zone)


def test_what_is_there_is_used_and_left_as_it_was(project: Project) -> None:
    given(project)

    def adopt(document: Document) -> None:
        document["networks"]["lb"] = {"existing": True}
        document["dns"]["existing"] = True
        document["iaas"]["gcp"].update(network="given", subnets={"lb": "given-lb"}, managed_zone="given-zone")

    before = project.census()
    environment = project.environment("adopting", adopt)
    paved = environment.pave()
    census = project.census()
    assert "network sandbox" not in census
    assert "subnet sandbox-lb" not in census
    assert census["subnet sandbox-management"] == 1
    assert paved.networks["lb"].subnets["lb"].driver["subnetwork"] == "given-lb"
    assert paved.driver["network"] == "given"
    machine = project.client("GET", f"{COMPUTE}/zones/{REGION}-b/instances/sandbox-jumpbox")
    assert machine["networkInterfaces"][0]["subnetwork"].endswith("/given-lb")
    with project.unchanged():
        assert not any(step.mutates for step in environment.plan())
    environment.destroy()
    assert project.census() == before


def test_a_private_jumpbox_and_a_balancer_of_two_protocols(project: Project) -> None:
    def change(document: Document) -> None:
        document["jumpbox"] = {}
        ports = [{"listen": 53, "target": 53, "protocol": protocol} for protocol in ("tcp", "udp")]
        document["load_balancers"] = {"names": {"ports": ports}}

    environment = project.environment("private", change)
    paved = environment.pave()
    assert paved.jumpbox is not None
    assert (str(paved.jumpbox.address), paved.jumpbox.public_address) == ("10.20.0.5", None)
    census = project.census()
    assert {name for name in census if name.startswith("forwarding-rule")} == {
        "forwarding-rule sandbox-names-tcp",
        "forwarding-rule sandbox-names-udp",
    }
    environment.destroy()


def test_a_name_that_is_taken_is_refused_and_nothing_of_it_is_touched(project: Project) -> None:
    project.client("POST", f"{HERE}/addresses", {"name": "sandbox-nat", "description": "of others"})
    environment = project.environment("taken")
    with pytest.raises(StepFailed) as refused:
        environment.pave_whatever_preflight_finds()
    assert refused.value.exit_code == 6
    assert project.client("GET", f"{HERE}/addresses/sandbox-nat")["description"] == "of others"
    project.client("DELETE", f"{HERE}/addresses/sandbox-nat")
    environment.pave()
    environment.destroy()


def test_an_operation_that_ends_in_an_error_is_told_and_the_next_run_goes_on(project: Project) -> None:
    environment = project.environment("limited")
    project.client.behave(quotas={"routers": 0})
    with pytest.raises(StepFailed) as refused:
        environment.pave_whatever_preflight_finds()
    project.client.behave(quotas={})
    assert "QUOTA_EXCEEDED" in str(refused.value.facts)
    environment.pave()
    assert not any(step.mutates for step in environment.plan())
    environment.destroy()


def test_a_role_that_was_deleted_by_hand_is_made_under_another_id(project: Project) -> None:
    environment = project.environment("roles")
    before = environment.pave().credentials["blobstore"].driver["role"]
    project.client("DELETE", f"v1/{before}")
    after = environment.pave().credentials["blobstore"].driver["role"]
    assert before != after
    assert before.rpartition("_")[0] == after.rpartition("_")[0]
    assert not any(step.mutates for step in environment.plan())
    environment.destroy()


def test_a_jumpbox_is_made_of_an_archive_where_one_is_named(project: Project) -> None:
    client = project.client
    client("POST", "storage/v1/b", {"name": "given-images", "location": REGION}, project=PROJECT)
    url = "https://storage.googleapis.com/given-images/disks/jumpbox.tar.gz"
    environment = project.environment(
        "archive", lambda document: document["iaas"]["gcp"].update(jumpbox={"tarball": url})
    )
    with pytest.raises(PreflightFailed) as refused:
        environment.pave()
    assert "there is no https" in str(refused.value.facts)
    client("POST", "upload/storage/v1/b/given-images/o", data=b"x", uploadType="media", name="disks/jumpbox.tar.gz")
    environment.pave()
    assert not any(step.mutates for step in environment.plan())
    assert project.census()["image sandbox-jumpbox"] == 1
    [disk] = client("GET", f"{COMPUTE}/zones/{REGION}-b/disks")["items"]
    assert disk["sourceImage"].endswith(f"projects/{PROJECT}/global/images/sandbox-jumpbox")
    environment.destroy()
    assert "image sandbox-jumpbox" not in project.census()
    client("DELETE", "storage/v1/b/given-images/o/disks%2Fjumpbox.tar.gz")
    client("DELETE", "storage/v1/b/given-images")


def test_an_account_that_policies_do_not_know_yet_is_waited_for(project: Project) -> None:
    project.client.behave(lag=5.0)
    environment = project.environment("lagging")
    environment.pave()
    project.client.behave(lag=0.0)
    told = [getattr(event, "error", "") for event in environment.events]
    environment.destroy()
    assert any("does not exist" in error for error in told)


def test_a_machine_that_is_starting_is_deleted_once_it_has_started(project: Project) -> None:
    environment = project.environment("starting")
    environment.pave()
    path = f"{COMPUTE}/zones/{REGION}-b/instances/sandbox-jumpbox"
    project.client("POST", f"{path}/stop")
    project.client.behave(latency=3.0)
    project.client.begin("POST", f"{path}/start")
    environment.destroy()
    project.client.behave(latency=0.05)
    assert "instance sandbox-jumpbox" not in project.census()


def test_the_reads_of_a_plan_do_not_grow_with_the_networks(project: Project) -> None:
    def networks(count: int) -> Any:
        def change(document: Document) -> None:
            more = {
                f"net{number}": {"purpose": "workload", "cidr": f"10.20.{128 + number}.0/25", "zones": ["z1"]}
                for number in range(count)
            }
            document["networks"] = {"management": {}, "lb": {}, **more}

        return change

    environment = project.environment("many", networks(1))
    environment.pave()
    project.wire.reset()
    environment.plan()
    few = project.counts().reading
    environment.edit(networks(50))
    environment.pave()
    project.wire.reset()
    assert not any(step.mutates for step in environment.plan())
    assert project.counts().reading == few
    environment.destroy()
    assert project.census() == Counter({f"{noun} {name}": 1 for noun, name in THEIRS})


THEIRS = (
    ("network", "given"),
    ("subnet", "given-lb"),
    ("hosted-zone", "given-zone"),
)
