"""From an empty project to the environment document and back, judged by a raw client past paver."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from gcp_projects import Environment, Project

from paver.contract.bosh import VM_SIZES
from paver.contract.environment import PavedEnvironment
from paver.contract.errors import DataAtRisk, SecretMissing, StepFailed
from paver.engine.plan import Action
from paver_gcp.bosh import MACHINE_TYPES, GcpBosh
from paver_gcp.sandbox import foreign
from paver_gcp.sandbox.census import FADING, census
from paver_gcp.sandbox.example import PROJECT, REGION

ZONES = ("z1", "z2", "z3")
HERE = f"compute/v1/projects/{PROJECT}/regions/{REGION}"


def made(owner: UUID) -> Counter[str]:
    """What paving the example makes."""
    short = owner.hex[:10]
    rules = ("deny-in", "deny-out", "in-internal", "in-director", "in-jumpbox", "in-concourse", "in-ssh")
    rules += ("health-concourse", "health-ssh", "out-all", "out-iaas", "out-management", "out-workload", "out-lb")
    return Counter(
        [
            *("network sandbox", "router sandbox", "hosted-zone sandbox"),
            *(f"subnet sandbox-{name}" for name in ("management", "services", "workload", "lb")),
            *(f"firewall sandbox-{name}" for name in rules),
            *(f"address sandbox-{name}" for name in ("nat", "jumpbox", "concourse", "ssh")),
            *("nat of sandbox-management", "nat of sandbox-workload"),
            *(f"health-check sandbox-{name}" for name in ("concourse", "ssh")),
            *(f"instance-group sandbox-{name}-{zone}" for name in ("concourse", "ssh") for zone in ZONES),
            *(f"backend-service sandbox-{name}-tcp" for name in ("concourse", "ssh")),
            *(f"forwarding-rule sandbox-{name}-tcp" for name in ("concourse", "ssh")),
            *("instance sandbox-jumpbox", "disk sandbox-jumpbox"),
            *(f"service-account sandbox-{name}" for name in ("bosh-cpi", "blobstore")),
            *(f"service-account-key of sandbox-{name}" for name in ("bosh-cpi", "blobstore")),
            *("role sandbox_bosh_cpi", "role sandbox_blobstore"),
            "policy of sandbox-bosh-cpi on the project",
            f"policy of sandbox-blobstore on sandbox-blobs-{short}",
            f"bucket sandbox-blobs-{short}",
            f"bucket paver-lease-{owner}",
            *(f"record A {name}.sandbox.example.com." for name in ("concourse", "ssh", "jumpbox")),
            *(f"record TXT _paver.{name}.sandbox.example.com." for name in ("concourse", "ssh", "jumpbox")),
        ]
    )


@pytest.fixture(scope="module")
def environment(project: Project) -> Environment:
    return project.environment()


@pytest.fixture(scope="module")
def paved(project: Project, environment: Environment) -> PavedEnvironment:
    assert project.census() == Counter()
    return environment.pave()


def test_an_empty_project_becomes_everything_that_the_spec_says(
    project: Project, environment: Environment, paved: PavedEnvironment
) -> None:
    assert project.census() == made(environment.id)


def test_a_second_pave_and_a_plan_send_nothing_that_changes_anything(
    project: Project, environment: Environment, paved: PavedEnvironment
) -> None:
    with project.unchanged():
        assert not any(step.mutates for step in environment.plan())
        assert environment.pave() == paved


def test_reading_costs_one_list_a_kind_and_one_call_an_owned_container(
    project: Project, environment: Environment, paved: PavedEnvironment
) -> None:
    project.wire.reset()
    environment.plan()
    asked = Counter(exchange.operation.partition(f"/projects/{PROJECT}")[2] for exchange in project.wire.exchanges)
    lists = {name: count for name, count in asked.items() if name and "serviceAccounts/" not in name}
    assert set(lists.values()) == {1}, lists


def test_the_document_names_what_is_there(project: Project, paved: PavedEnvironment) -> None:
    subnet = paved.networks["workload"].subnets["workload"]
    told = project.client("GET", f"{HERE}/subnetworks/{subnet.driver['subnetwork']}")
    assert told["ipCidrRange"] == str(subnet.cidr) == "10.20.64.0/18"
    assert told["privateIpGoogleAccess"]
    assert paved.zones["z2"].fault_domain == "europe-west1-c"
    address = project.client("GET", f"{HERE}/addresses/sandbox-ssh")["address"]
    assert [str(one) for one in paved.load_balancers["ssh"].addresses] == [address]
    inner = project.client("GET", f"{HERE}/forwardingRules/sandbox-concourse-tcp")["IPAddress"]
    assert [str(one) for one in paved.load_balancers["concourse"].addresses] == [inner]
    assert str(paved.networks["workload"].zones["z2"].block) == "10.20.80.0/20"
    machine = project.client("GET", f"compute/v1/{paved.jumpbox.driver['instance']}") if paved.jumpbox else {}
    noted = {item["key"]: item["value"] for item in machine["metadata"]["items"]}
    assert paved.jumpbox is not None
    assert paved.jumpbox.host_key == noted["paver-host-key"]
    assert "169.254.169.254" in paved.proxy.no_proxy


def test_bosh_is_told_native_names_and_where_the_key_is(paved: PavedEnvironment) -> None:
    bosh, bucket = GcpBosh(), paved.datastores["blobs"].object
    assert bucket is not None
    told = bosh.director(paved).variables
    assert told == {
        "project_id": PROJECT,
        "zone": f"{REGION}-b",
        "network": "sandbox",
        "subnetwork": "sandbox-management",
        "tags": ["sandbox-director", "sandbox-internal"],
        "gcp_credentials_json": paved.credentials["bosh-cpi"].secret,
        "service_account": paved.credentials["bosh-cpi"].principal,
        "bucket_name": bucket.bucket,
        "director_gcs_credentials_json": paved.credentials["blobstore"].secret,
        "agent_gcs_credentials_json": paved.credentials["blobstore"].secret,
    }
    assert bosh.zone(paved, "z3") == {"zone": f"{REGION}-d"}
    assert bosh.subnet(paved, "workload", "workload") == {
        "network_name": "sandbox",
        "subnetwork_name": "sandbox-workload",
        "tags": ["sandbox-internal"],
    }
    assert bosh.balancer(paved, "ssh") == {
        "backend_service": {"name": "sandbox-ssh-tcp", "scheme": "EXTERNAL"},
        "tags": ["sandbox-ssh"],
    }
    assert {bosh.machine(paved, name, size)["machine_type"] for name, size in VM_SIZES.items()} == set(
        MACHINE_TYPES.values()
    )


def test_everything_says_whose_it_is(project: Project, environment: Environment, paved: PavedEnvironment) -> None:
    bare = ("nat", "policy", "service-account-key", "disk", "record")
    for thing in census(project.client):
        if thing.noun not in bare and thing.noun != FADING:
            marks = f"{thing.state.get('description', '')} {thing.state.get('labels', {})}"
            assert str(environment.id) in marks, thing
    [disk] = [thing for thing in census(project.client) if thing.noun == "disk"]
    assert disk.state["labels"]["paver-owner"] == str(environment.id)


def test_the_jumpbox_lets_in_one_key_and_has_no_account(project: Project, paved: PavedEnvironment) -> None:
    machine = project.client("GET", f"compute/v1/projects/{PROJECT}/zones/{REGION}-b/instances/sandbox-jumpbox")
    items = {item["key"]: item["value"] for item in machine["metadata"]["items"]}
    assert items["ssh-keys"].startswith("paver:ssh-ed25519 ")
    assert (items["block-project-ssh-keys"], items["enable-oslogin"]) == ("TRUE", "FALSE")
    assert "serviceAccounts" not in machine
    assert machine["networkInterfaces"][0]["networkIP"] == "10.20.32.5"


def test_a_bucket_is_governed_by_its_policy_alone_private_and_versioned(
    project: Project, environment: Environment, paved: PavedEnvironment
) -> None:
    bucket = project.client("GET", f"storage/v1/b/sandbox-blobs-{environment.id.hex[:10]}")
    access = bucket["iamConfiguration"]
    assert access["uniformBucketLevelAccess"]["enabled"]
    assert access["publicAccessPrevention"] == "enforced"
    assert bucket["versioning"]["enabled"]


def test_a_key_that_was_shown_is_stored_whole_and_then_confirmed(
    project: Project, environment: Environment, paved: PavedEnvironment
) -> None:
    email = paved.credentials["bosh-cpi"].principal
    account = project.client("GET", f"v1/projects/{PROJECT}/serviceAccounts/{email}")
    [key] = project.client("GET", f"v1/{account['name']}/keys")["keys"]
    assert account["description"].endswith(f"confirmed={key['name'].rpartition('/')[2]}")
    stored = list((project.directory / "environment-secrets").rglob("*bosh-cpi*"))
    text = "".join(path.read_text() for path in stored if path.is_file())
    assert json.dumps(email) in text.replace("\\", "")


def test_only_one_bucket_is_the_blobstores(project: Project, paved: PavedEnvironment) -> None:
    policy = project.client("POST", f"v3/projects/{PROJECT}:getIamPolicy", {})
    members = [member for binding in policy["bindings"] for member in binding["members"]]
    assert not any("blobstore" in member for member in members)


def test_a_lost_secret_store_is_refused_before_anything_is_changed(
    project: Project, environment: Environment, paved: PavedEnvironment
) -> None:
    kept = project.directory / "environment-secrets"
    away = kept.rename(project.directory / "away")
    try:
        with project.unchanged(), pytest.raises(SecretMissing) as refused:
            environment.pave()
        assert "bosh-cpi" in refused.value.names
    finally:
        away.rename(kept)


def test_another_network_is_made_beside_the_others(
    project: Project, environment: Environment, paved: PavedEnvironment
) -> None:
    def add(document: dict[str, Any]) -> None:
        document["networks"]["extra"] = {"purpose": "workload", "cidr": "10.20.128.0/20"}

    environment.edit(add)
    steps = [f"{step.action} {step.key}" for step in environment.plan() if step.mutates]
    assert sorted(steps) == ["create firewall/out/extra", "create nat/extra", "create subnet/extra"]
    environment.pave()
    environment.edit(lambda document: document["networks"].pop("extra"))
    assert {step.action for step in environment.plan() if step.mutates} == {Action.DELETE}
    environment.pave()
    assert project.census() == made(environment.id)


def test_a_record_of_others_in_our_zone_is_left_alone(
    project: Project, environment: Environment, paved: PavedEnvironment
) -> None:
    path = f"dns/v1/projects/{PROJECT}/managedZones/sandbox/changes"
    record = {"name": "theirs.sandbox.example.com.", "type": "A", "ttl": 60, "rrdatas": ["10.20.0.9"]}
    project.client("POST", path, {"additions": [record]})
    assert not any(step.mutates for step in environment.plan())
    project.client("POST", path, {"deletions": [record]})


def test_a_record_whose_mark_alone_is_left_is_made_again(
    project: Project, environment: Environment, paved: PavedEnvironment
) -> None:
    path = f"dns/v1/projects/{PROJECT}/managedZones/sandbox"
    [record] = [
        one
        for one in project.client.all(f"{path}/rrsets", "rrsets")
        if one["name"].startswith("ssh.") and one["type"] == "A"
    ]
    project.client("POST", f"{path}/changes", {"deletions": [record]})
    assert [str(step.key) for step in environment.plan() if step.mutates] == ["record/ssh"]
    environment.pave()
    assert project.census() == made(environment.id)


def test_labels_that_robots_add_stay_and_are_no_drift(
    project: Project, environment: Environment, paved: PavedEnvironment
) -> None:
    environment.edit(lambda document: document.update(labels={"team": "platform"}))
    environment.pave()
    path = f"{HERE}/addresses/sandbox-ssh"
    found = project.client("GET", path)
    assert found["labels"]["team"] == "platform"
    body = {"labels": {**found["labels"], "cost": "4711"}, "labelFingerprint": found["labelFingerprint"]}
    project.client("POST", f"{path}/setLabels", body)
    assert not any(step.mutates for step in environment.plan())
    environment.edit(lambda document: document.pop("labels"))
    environment.pave()
    left = project.client("GET", path)["labels"]
    assert (left.get("team"), left["cost"]) == (None, "4711")


def test_a_machine_of_others_in_our_subnet_is_named_and_stays_with_what_it_stands_on(
    project: Project, environment: Environment, paved: PavedEnvironment
) -> None:
    foreign.machine(project.client, "squatter", f"projects/{PROJECT}/regions/{REGION}/subnetworks/sandbox-services")
    with pytest.raises(StepFailed) as refused:
        environment.destroy()
    assert "instances/squatter" in str(dict(refused.value.facts))
    left = {"network sandbox": 1, "subnet sandbox-services": 1, "instance squatter": 1, "disk squatter": 1}
    assert project.census() == Counter({**left, f"bucket paver-lease-{environment.id}": 1})
    project.client("DELETE", f"compute/v1/projects/{PROJECT}/zones/{REGION}-b/instances/squatter")
    environment.pave()


def test_users_data_stops_destroy_before_the_first_delete(
    project: Project, environment: Environment, paved: PavedEnvironment
) -> None:
    bucket = f"sandbox-blobs-{environment.id.hex[:10]}"
    for name in ("a", "b", "b"):
        project.client("POST", f"upload/storage/v1/b/{bucket}/o", data=b"data", uploadType="media", name=name)
    with project.unchanged(), pytest.raises(DataAtRisk, match="3 objects"):
        environment.destroy()


def test_destroy_leaves_nothing_but_roles_whose_ids_stay_taken(
    project: Project, environment: Environment, paved: PavedEnvironment
) -> None:
    environment.destroy(delete_data=True)
    assert project.census() == Counter()
    fading = [thing for thing in census(project.client) if thing.noun == FADING]
    assert fading
    assert all("until=20" in thing.state["description"] for thing in fading)
    environment.pave()
    assert project.census() == made(environment.id)
    environment.destroy()
    assert project.census() == Counter()
