"""`paver verify --for bosh` on Google: as the director's service account; what is gone or refused is named."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from gcp_commands import command
from gcp_projects import Document, Environment, Project

from paver import api
from paver.contract.environment import PavedEnvironment
from paver.contract.findings import Cause, Finding, Severity
from paver.contract.types import SecretRef
from paver.engine.findings import exit_code
from paver_gcp import policies
from paver_gcp.sandbox.example import PROJECT

PARTS = 3
"""A run in CI takes one of so many parts, another one every day."""
COMPUTE = f"compute/v1/projects/{PROJECT}"


def smaller(document: Document) -> None:
    """Two zones are enough to look at."""
    document["zones"] = 2
    del document["iaas"]["gcp"]["zones"]["z3"]


@pytest.fixture(scope="module")
def environment(project: Project) -> Environment:
    return project.environment("looked-at", smaller)


@pytest.fixture(scope="module")
def paved(environment: Environment) -> PavedEnvironment:
    return environment.pave()


def look(environment: Environment, kept: PavedEnvironment | None = None) -> tuple[Finding, ...]:
    return api.verify_bosh(environment.loaded(), environment.options(), kept)


def failures(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{found.check}: {found.what}" for found in findings if found.severity is Severity.FAIL]


def changed(paved: PavedEnvironment, change: Callable[[Any], None]) -> PavedEnvironment:
    """The same document, but for what somebody changed in it."""
    document = json.loads(paved.model_dump_json())
    change(document)
    return PavedEnvironment.model_validate(document)


def test_as_the_directors_account_everything_is_found_and_allowed(
    project: Project, environment: Environment, paved: PavedEnvironment
) -> None:
    before = project.census()
    with project.unchanged():
        found = look(environment)
    assert [one for one in found if one.severity is not Severity.OK] == []
    assert {one.check for one in found} == {
        *("login", "permission", "zone", "machine type", "disk type", "network", "subnetwork"),
        *("backend service", "instance group", "bucket"),
    }
    assert next(one.what for one in found if one.check == "login").startswith(paved.credentials["bosh-cpi"].principal)
    assert project.census() == before


def test_with_a_kept_document_nobody_but_the_director_signs_in(
    environment: Environment, paved: PavedEnvironment
) -> None:
    own = environment.section["credentials_file"]
    environment.edit(lambda document: document["iaas"]["gcp"].update(credentials_file="not-there.json"))
    try:
        assert exit_code(look(environment, paved)) == 0
    finally:
        environment.edit(lambda document: document["iaas"]["gcp"].update(credentials_file=own))


def subnet(network: str) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        document["networks"][network]["subnets"][network]["driver"]["subnetwork"] = "other"

    return change


def top(document: Any) -> None:
    document["driver"]["network"] = "other"


def balancer(document: Any) -> None:
    document["load_balancers"]["ssh"]["driver"]["backend_services"] = ["other"]


def zone(document: Any) -> None:
    document["zones"]["z2"]["driver"]["zone"] = "europe-west1-x"


def bucket(document: Any) -> None:
    document["datastores"]["blobs"]["object"]["bucket"] = "other-bucket"


def moved(document: Any) -> None:
    document["networks"]["workload"]["subnets"]["workload"]["driver"]["network"] = "other"


CASES: dict[str, tuple[Callable[[Any], None], str]] = {
    **{
        f"subnetwork {name}": (subnet(name), f"subnetwork: other of {name} is not there")
        for name in ("management", "services", "workload", "lb")
    },
    "network": (top, "network: other is not there"),
    "another network": (moved, "subnetwork: sandbox-workload of workload is in network sandbox, not in other"),
    "backend service": (balancer, "backend service: other of load balancer ssh is not there"),
    "zone": (zone, "zone: Google has no zone europe-west1-x for z2"),
    "machine type": (zone, "machine type: e2-medium in europe-west1-x is not there"),
    "disk type": (zone, "disk type: pd-balanced in europe-west1-x is not there"),
    "bucket": (bucket, "bucket: other-bucket of datastore blobs is not there"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_not_there_is_seven_and_named(case: str, environment: Environment, paved: PavedEnvironment) -> None:
    change, what = CASES[case]
    found = look(environment, changed(paved, change))
    assert what in failures(found), failures(found)
    assert exit_code(found) == 7


def test_what_somebody_deleted_is_named_with_a_kept_document_and_without(
    project: Project, environment: Environment, paved: PavedEnvironment
) -> None:
    region = f"{COMPUTE}/regions/europe-west1"
    store = paved.datastores["blobs"].object
    assert store is not None
    project.client("DELETE", f"storage/v1/b/{store.bucket}")
    project.client("DELETE", f"{region}/forwardingRules/sandbox-ssh-tcp")
    project.client("DELETE", f"{region}/backendServices/sandbox-ssh-tcp")
    service = project.client("GET", f"{region}/backendServices/sandbox-concourse-tcp")
    kept = [one for one in service["backends"] if "/zones/europe-west1-b/" in one["group"]]
    body = {"fingerprint": service["fingerprint"], "backends": kept}
    project.client("PATCH", f"{region}/backendServices/sandbox-concourse-tcp", body)
    try:
        found = look(environment, paved)
        assert exit_code(found) == 7
        assert set(failures(found)) == {
            f"bucket: {store.bucket} of datastore blobs is not there",
            "backend service: sandbox-ssh-tcp of load balancer ssh is not there",
            "instance group: sandbox-concourse-tcp has none in europe-west1-c",
        }
        done = command(environment, "verify", "--for", "bosh")
        assert done.code == 7
        assert "backend-service/ssh/tcp (sandbox-ssh-tcp) is not there" in done.out
    finally:
        environment.pave()
    assert failures(look(environment, paved)) == []


def lacking(project: Project, environment: Environment, paved: PavedEnvironment, part: int) -> None:
    role = paved.credentials["bosh-cpi"].driver["role"]

    def permit(permissions: list[str]) -> None:
        project.client("PATCH", f"v1/{role}", {"includedPermissions": permissions}, updateMask="includedPermissions")

    try:
        for permission in policies.CPI[part::PARTS]:
            permit([one for one in policies.CPI if one != permission])
            found = look(environment, paved)
            assert exit_code(found) == 3, (permission, failures(found))
            assert all(permission in one for one in failures(found)), (permission, failures(found))
    finally:
        permit(list(policies.CPI))
    assert failures(look(environment, paved)) == []


@pytest.mark.timeout(300)
def test_without_a_permission_of_todays_part_it_is_three_and_named(
    project: Project, environment: Environment, paved: PavedEnvironment
) -> None:
    lacking(project, environment, paved, dt.datetime.now(dt.UTC).date().toordinal() % PARTS)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("part", range(PARTS))
def test_without_any_one_permission_it_is_three_and_named(
    part: int, project: Project, environment: Environment, paved: PavedEnvironment
) -> None:
    lacking(project, environment, paved, part)


def test_without_its_role_on_the_project_the_account_lacks_everything(
    project: Project, environment: Environment, paved: PavedEnvironment
) -> None:
    path = f"v3/projects/{PROJECT}"
    policy = project.client("POST", f"{path}:getIamPolicy", {})
    role = paved.credentials["bosh-cpi"].driver["role"]
    kept = [one for one in policy["bindings"] if one["role"] != role]
    project.client("POST", f"{path}:setIamPolicy", {"policy": {"bindings": kept}})
    try:
        found = look(environment, paved)
    finally:
        project.client("POST", f"{path}:setIamPolicy", {"policy": {"bindings": policy["bindings"]}})
    assert exit_code(found) == 3
    assert all(permission in failures(found)[0] for permission in policies.CPI)


def with_secret(paved: PavedEnvironment, secret: SecretRef) -> PavedEnvironment:
    cpi = paved.credentials["bosh-cpi"].model_copy(update={"secret": secret})
    return paved.model_copy(update={"credentials": {**paved.credentials, "bosh-cpi": cpi}})


@pytest.mark.parametrize("text", ["not-the-key", '{"type": "service_account", "private_key": "not-the-key"}'])
def test_what_is_no_key_is_three_and_not_told(text: str, environment: Environment, paved: PavedEnvironment) -> None:
    place = environment.file.parent / "other.key"
    place.touch(mode=0o600)
    place.write_text(text)
    found = look(environment, with_secret(paved, SecretRef(store="file", path="other.key")))
    assert [one.cause for one in found] == [Cause.DENIED]
    assert exit_code(found) == 3
    assert "not-the-key" not in str(found)


def test_a_key_that_was_taken_away_is_three(
    project: Project, environment: Environment, paved: PavedEnvironment
) -> None:
    account = f"v1/projects/{PROJECT}/serviceAccounts/{paved.credentials['bosh-cpi'].principal}"
    made = project.client("POST", f"{account}/keys", {})
    place = environment.file.parent / "taken.key"
    place.touch(mode=0o600)
    place.write_bytes(base64.b64decode(made["privateKeyData"]))
    kept = with_secret(paved, SecretRef(store="file", path="taken.key"))
    assert exit_code(look(environment, kept)) == 0
    project.client("DELETE", f"v1/{made['name']}")
    found = look(environment, kept)
    assert [one.cause for one in found] == [Cause.DENIED]
    assert exit_code(found) == 3
