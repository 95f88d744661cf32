"""`paver verify --for bosh` on vSphere: as the director's user, by name and path; what is gone or refused is named."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from environments import Document, Environment
from pyVmomi import vim
from sandboxes import Sandboxed, Server

from paver import api
from paver.contract.environment import PavedEnvironment
from paver.contract.errors import SpecError
from paver.contract.findings import Cause, Finding, Severity
from paver.contract.types import SecretRef
from paver.engine.findings import exit_code
from paver_vsphere.permissions import CLUSTERS, LEVELS

pytestmark = pytest.mark.sandbox

ALWAYS = frozenset({"System.Anonymous", "System.Read", "System.View"})
"""What every role has; the server takes none of it away."""
UNKNOWN = frozenset({"VirtualMachine.Config.Unlock"})
"""What the sandbox's vCenter does not know, so that it is in no role."""
PARTS = 3
"""A run in CI takes one of so many parts, another one every day."""
PRIVILEGES = [
    (level, privilege)
    for level in LEVELS
    if level != CLUSTERS  # test_zones.py has zones that are groups of a cluster's hosts
    for privilege in LEVELS[level]
    if privilege not in ALWAYS | UNKNOWN
]
RENAMED = (vim.Datacenter, vim.ClusterComputeResource, vim.Folder)
CASES = [
    (vim.Datacenter, "sandbox", "datacenter", "sandbox is not there"),
    (vim.ClusterComputeResource, "sandbox-z1", "cluster", "sandbox-z1 of zone z1 is not there"),
    (vim.ClusterComputeResource, "sandbox-z2", "cluster", "sandbox-z2 of zone z2 is not there"),
    (vim.ResourcePool, "sandbox", "pool", "/sandbox of zone z"),
    (vim.Folder, "sandbox", "folder", "sandbox/vms is not there"),
    (vim.Folder, "vms", "folder", "sandbox/vms is not there"),
    (vim.Folder, "templates", "folder", "sandbox/templates is not there"),
    (vim.Datastore, "sandbox-vms", "datastore", "sandbox-vms is not there"),
    (vim.Datastore, "sandbox-disks", "datastore", "sandbox-disks is not there"),
    (vim.DistributedVirtualPortgroup, "sandbox-management", "port group", "sandbox-management is not there"),
    (vim.DistributedVirtualPortgroup, "sandbox-services", "port group", "sandbox-services is not there"),
    (vim.DistributedVirtualPortgroup, "sandbox-workload", "port group", "sandbox-workload is not there"),
    (vim.DistributedVirtualPortgroup, "sandbox-lb", "port group", "sandbox-lb is not there"),
]


def smaller(document: Document) -> None:
    """Two zones are enough to look at."""
    section = document["iaas"]["vsphere"]
    document["zones"] = 2
    del section["zones"]["z3"]
    # Either machine of paver's would hold what is taken away here.
    del section["jumpbox"]
    document["datastores"]["own"] = {"purpose": "ephemeral", "existing": True}
    section["datastores"]["own"] = {"existing": "datastore1", "host": section["zones"]["z1"]["hosts"][0]}
    section["appliance"]["datastore"] = "own"


@pytest.fixture(scope="module")
def environment(stage: Sandboxed) -> Environment:
    return Environment(stage, smaller)


@pytest.fixture(scope="module")
def paved(environment: Environment) -> PavedEnvironment:
    return environment.pave()


@pytest.fixture(scope="module")
def administrator(stage: Sandboxed, paved: PavedEnvironment) -> Server:
    return stage.vcenter()


@pytest.fixture(scope="module")
def file(environment: Environment, paved: PavedEnvironment) -> Path:
    """The document, kept."""
    path = environment.base / "kept.json"
    path.write_text(paved.model_dump_json())
    return path


def look(environment: Environment, kept: PavedEnvironment | None = None) -> tuple[Finding, ...]:
    return api.verify_bosh(environment.loaded(), environment.options(), kept)


def failures(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{found.check}: {found.what}" for found in findings if found.severity is Severity.FAIL]


def test_as_the_director_everything_is_found_and_allowed(environment: Environment, paved: PavedEnvironment) -> None:
    before = environment.sandboxed.control("/census")
    found = look(environment)
    assert failures(found) == []
    assert {one.check for one in found if one.severity is Severity.OK} == {
        *("login", "datacenter", "folder", "cluster", "pool", "datastore", "pattern", "port group"),
        *("permission", "disk path"),
    }
    principal = paved.credentials["bosh-cpi"].principal
    assert [one.what.partition(" logs in to")[0] for one in found if one.check == "login"] == [principal]
    assert environment.sandboxed.control("/census") == before


def test_a_privilege_that_the_vcenter_does_not_know_is_told(environment: Environment, paved: PavedEnvironment) -> None:
    [warned] = [found for found in look(environment, paved) if found.severity is Severity.WARN]
    assert all(name in warned.what for name in UNKNOWN)


def test_the_command_prints_what_it_found_as_preflight_does(environment: Environment, paved: PavedEnvironment) -> None:
    done = environment.run("verify", "--for", "bosh")
    assert done.returncode == 0, done.stderr
    assert "sandbox-workload is there" in done.stdout
    assert "Nothing was changed." in done.stdout
    done = environment.run("verify", "--for", "bosh", "-o", "json")
    document = json.loads(done.stdout)
    assert (document["environment"], document["iaas"], document["exit_code"]) == ("sandbox", "vsphere", 0)


@contextmanager
def without(environment: Environment, server: Server, kind: Any, name: str) -> Iterator[None]:  # noqa: ANN401  a class without types
    """Under another name, where the sandbox renames: it is not what the CPI asks for. Else gone, and paved again."""
    found = every(server, kind, name)
    assert found
    if kind in RENAMED:
        for one in found:
            server.wait(one.Rename_Task("elsewhere"))
        try:
            yield
        finally:
            for one in found:
                server.wait(one.Rename_Task(name))
        return
    for one in found:
        if kind is vim.Datastore:
            for mount in server.read(one, "host"):
                server.read(mount.key, "configManager.datastoreSystem").RemoveDatastore(one)
        else:
            server.wait(one.Destroy_Task())
    try:
        yield
    finally:
        environment.pave()


def every(server: Server, kind: Any, name: str) -> list[Any]:  # noqa: ANN401  a class without types
    content = server.content
    view = content.viewManager.CreateContainerView(content.rootFolder, [kind], True)
    return [one for one in server.read(view, "view") if server.read(one, "name") == name]


@pytest.mark.parametrize(("kind", "name", "check", "what"), CASES, ids=[f"{case[2]} {case[1]}" for case in CASES])
def test_what_is_not_there_is_seven_and_named(
    kind: Any,  # noqa: ANN401  a class without types
    name: str,
    check: str,
    what: str,
    environment: Environment,
    paved: PavedEnvironment,
    administrator: Server,
) -> None:
    with without(environment, administrator, kind, name):
        found = look(environment, paved)
    assert any(one.startswith(f"{check}: ") and what in one for one in failures(found)), failures(found)
    assert exit_code(found) == 7
    assert failures(look(environment, paved)) == []


def test_a_datastore_that_a_clusters_hosts_do_not_mount_is_no_place_for_its_disks(
    environment: Environment, paved: PavedEnvironment, administrator: Server
) -> None:
    [host] = administrator.read(administrator.all(vim.ClusterComputeResource)["sandbox-z2"], "host")
    [disks] = every(administrator, vim.Datastore, "sandbox-disks")
    administrator.read(host, "configManager.datastoreSystem").RemoveDatastore(disks)
    try:
        found = look(environment, paved)
        assert failures(found) == ["pattern: ^(sandbox-disks)$ matches no datastore of sandbox-z2 for persistent disks"]
        assert exit_code(found) == 7
    finally:
        environment.pave()
    assert failures(look(environment, paved)) == []


def test_without_a_kept_document_what_the_look_missed_is_named(environment: Environment, file: Path) -> None:
    server = environment.sandboxed.vcenter()
    server.wait(server.all(vim.DistributedVirtualPortgroup)["sandbox-lb"].Destroy_Task())
    try:
        done = environment.run("verify", "--for", "bosh")
        assert done.returncode == 7, done.stderr
        assert "port-group/lb (sandbox-lb) is not there" in done.stdout
        assert "--environment FILE" in done.stdout
        done = environment.run("verify", "--for", "bosh", "--environment", str(file))
        assert done.returncode == 7, done.stderr
        assert "FAIL  port group   sandbox-lb is not there" in done.stdout
        assert "sandbox-workload is there" in done.stdout
    finally:
        environment.pave()


def lacking(environment: Environment, paved: PavedEnvironment, administrator: Server, part: int, parts: int) -> None:
    """Each privilege of a part, dropped from its role, is named, and everything that fails is denied."""
    manager = administrator.content.authorizationManager
    roles = {role.name: role for role in administrator.read(manager, "roleList")}
    for level, privilege in PRIVILEGES[part::parts]:
        role = roles[f"sandbox-{level}-{environment.digits}"]
        full = [name for name in role.privilege if name not in ALWAYS]
        assert privilege in full
        manager.UpdateAuthorizationRole(role.roleId, role.name, [name for name in full if name != privilege])
        try:
            found = look(environment, paved)
        finally:
            manager.UpdateAuthorizationRole(role.roleId, role.name, full)
        assert exit_code(found) == 3, (level, privilege)
        assert all(f" lacks {privilege} on " in one for one in failures(found)), failures(found)


def test_without_a_privilege_of_todays_part_it_is_three_and_named(
    environment: Environment, paved: PavedEnvironment, administrator: Server
) -> None:
    lacking(environment, paved, administrator, dt.datetime.now(dt.UTC).date().toordinal() % PARTS, PARTS)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_without_any_one_privilege_it_is_three_and_named(
    part: int, environment: Environment, paved: PavedEnvironment, administrator: Server
) -> None:
    lacking(environment, paved, administrator, part, PARTS)


def test_without_any_one_grant_it_is_three_and_the_object_is_named(
    environment: Environment, paved: PavedEnvironment, administrator: Server
) -> None:
    manager = administrator.content.authorizationManager
    mine = [one for one in manager.RetrieveAllPermissions() if "sandbox-bosh-cpi" in one.principal]
    assert len(mine) == 8
    for one in mine:
        name = "the root folder"
        if one.entity != administrator.content.rootFolder:
            name = administrator.read(one.entity, "name")
        manager.RemoveEntityPermission(one.entity, one.principal, False)
        try:
            found = look(environment, paved)
        finally:
            manager.SetEntityPermissions(one.entity, [one])
        assert exit_code(found) == 3, name
        assert any(" lacks " in line and name in line for line in failures(found)), (name, failures(found))
    assert failures(look(environment, paved)) == []


def test_a_wrong_password_is_three(environment: Environment, paved: PavedEnvironment) -> None:
    other = environment.base / "other.password"
    other.touch(mode=0o600)
    other.write_text("not-the-password")
    cpi = paved.credentials["bosh-cpi"].model_copy(update={"secret": SecretRef(store="file", path="other.password")})
    kept = paved.model_copy(update={"credentials": {**paved.credentials, "bosh-cpi": cpi}})
    found = look(environment, kept)
    assert exit_code(found) == 3
    assert [one.cause for one in found] == [Cause.DENIED]
    assert "user name or the password is wrong" in found[0].what
    assert "not-the-password" not in str(found)


def test_another_vcenter_than_the_documents_is_six(environment: Environment, paved: PavedEnvironment) -> None:
    target = paved.target.model_copy(update={"id": "00000000-0000-4000-8000-000000000000"})
    found = look(environment, paved.model_copy(update={"target": target}))
    assert [one.check for one in found] == ["identity"]
    assert exit_code(found) == 6


def test_another_environments_document_is_refused(environment: Environment, paved: PavedEnvironment) -> None:
    other = paved.model_copy(update={"owner": paved.owner.model_copy(update={"name": "other"})})
    with pytest.raises(SpecError):
        look(environment, other)
