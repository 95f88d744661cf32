"""Whoever has exactly the role that `paver permissions` prints can do everything, and nothing in it is unused."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from gcp_commands import command
from gcp_projects import Environment, Project

from paver_gcp.sandbox.example import PROJECT

NAME = "paver-deployer"
SPARE = {
    # What an environment needs only where somebody has changed it by hand, or an earlier run was cut off.
    "compute.firewalls.update",
    "compute.images.get",  # images of the project's own
    "compute.images.useReadOnly",  # the same
    "compute.instances.start",
    "compute.regionBackendServices.update",
    "compute.regionHealthChecks.update",
    "compute.subnetworks.setPrivateIpGoogleAccess",
    "compute.subnetworks.update",
    "compute.networks.update",
    "dns.managedZones.get",
    "dns.managedZones.update",
    "iam.serviceAccountKeys.disable",
    "iam.serviceAccountKeys.enable",
    "iam.serviceAccounts.disable",
    "iam.serviceAccounts.enable",
    "storage.buckets.update",
}


@pytest.fixture(scope="module")
def deployer(project: Project) -> Environment:
    """An environment whose credentials have the printed role, and no other."""
    environment = project.environment("deployer")
    role = json.loads(command(environment, "permissions").out)
    client = project.client
    client("POST", f"v1/projects/{PROJECT}/roles", {"roleId": "deployer", "role": role})
    account = client("POST", f"v1/projects/{PROJECT}/serviceAccounts", {"accountId": NAME})
    key = client("POST", f"v1/{account['name']}/keys", {})
    file = Path(environment.file).with_name("deployer.json")
    file.touch(mode=0o600)
    file.write_bytes(base64.b64decode(key["privateKeyData"]))
    grant(project, f"projects/{PROJECT}/roles/deployer")
    environment.edit(lambda document: document["iaas"]["gcp"].update(credentials_file=str(file)))
    return environment


def grant(project: Project, role: str) -> None:
    path = f"v3/projects/{PROJECT}"
    policy = project.client("POST", f"{path}:getIamPolicy", {})
    member = f"serviceAccount:{NAME}@{PROJECT}.iam.gserviceaccount.com"
    policy["bindings"].append({"role": role, "members": [member]})
    project.client("POST", f"{path}:setIamPolicy", {"policy": policy})


def permit(project: Project, permissions: list[str]) -> None:
    body = {"includedPermissions": permissions}
    project.client("PATCH", f"v1/projects/{PROJECT}/roles/deployer", body, updateMask="includedPermissions")


def held(environment: Environment) -> list[str]:
    found: list[str] = json.loads(command(environment, "permissions").out)["includedPermissions"]
    return found


def test_the_printed_role_is_enough_to_pave_look_and_destroy_and_nothing_in_it_is_unused(
    project: Project, deployer: Environment
) -> None:
    deployer.edit(lambda document: document.update(labels={"team": "platform"}))
    assert command(deployer, "preflight").code == 0
    deployer.pave()
    assert not any(step.mutates for step in deployer.plan())
    assert command(deployer, "verify").code == 0
    deployer.destroy()
    needed = set(project.client.behave()["needed"])
    printed = set(held(deployer))
    assert needed <= printed
    assert printed - needed == SPARE


def test_a_permission_that_is_missing_is_told_by_preflight_exit_3(project: Project, deployer: Environment) -> None:
    whole = held(deployer)
    permit(project, [one for one in whole if one != "compute.routers.update"])
    outcome = command(deployer, "preflight")
    permit(project, whole)
    assert outcome.code == 3
    assert "not allowed: compute.routers.update" in " ".join((outcome.out + outcome.err).split())


def test_a_spec_without_a_thing_asks_for_nothing_that_makes_it(project: Project) -> None:
    def small(document: dict[str, Any]) -> None:
        document["load_balancers"] = {}
        document["credentials"] = {}
        document["datastores"].pop("blobs")

    environment = project.environment("small", small)
    permissions = set(held(environment))
    assert "compute.forwardingRules.create" not in permissions
    assert "iam.roles.create" not in permissions
    assert {"compute.forwardingRules.list", "iam.roles.list"} <= permissions
