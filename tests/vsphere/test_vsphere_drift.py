"""From bare hosts by a plan that was kept; then edits by hand, through pyVmomi: verify names each, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from environments import Environment, census, multiset
from recorded import unchanged
from sandboxes import Sandboxed, Server

from paver import api
from paver.contract import names
from paver.contract.resource import Key
from paver.contract.types import Owner
from paver.engine.drift import Drift
from paver_vsphere.sdk import vim

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def environment(stage: Sandboxed) -> Iterator[Environment]:
    """Paved by a plan that could not see into the vCenter, since there was none; destroyed at the end."""
    one = Environment(stage)
    before = census(stage)
    with unchanged(stage):
        planned = one.run("plan", "--out", str(stage.directory / "plan.json"))
    assert planned.returncode == 0, planned.stderr
    assert "known after appliance/vcenter" in planned.stdout
    done = one.run("pave", str(stage.directory / "plan.json"))
    assert done.returncode == 0, done.stderr
    yield one
    one.destroy()
    assert census(stage) == before


@pytest.fixture
def mended(environment: Environment) -> Iterator[Environment]:
    """Whatever a test does by hand, pave puts right."""
    before = multiset(census(environment.sandboxed)["vcenter"])
    yield environment
    again = environment.run("pave", "-y", *(f"--replace-secret={name}" for name in drift(environment).lost))
    assert again.returncode == 0, again.stderr
    assert environment.plan().empty
    assert multiset(census(environment.sandboxed)["vcenter"]) == before


def drift(environment: Environment) -> Drift:
    with unchanged(environment.sandboxed):
        return api.verify(environment.loaded(), environment.options())


def edits(found: Drift) -> set[str]:
    return {str(step.key) for step in found.edits}


def group_on(server: Server, switch: Any, name: str, description: str) -> None:  # noqa: ANN401  pyVmomi's objects carry no types
    ports = vim().dvs.VmwareDistributedVirtualSwitch
    policy = ports.VmwarePortConfigPolicy(vlan=ports.VlanIdSpec(inherited=False, vlanId=7))
    spec = vim().dvs.DistributedVirtualPortgroup.ConfigSpec(
        name=name, type="earlyBinding", numPorts=8, description=description, defaultPortConfig=policy
    )
    server.wait(switch.AddDVPortgroup_Task([spec]))


def described(server: Server, group: Any, description: str) -> None:  # noqa: ANN401  the same
    version = server.read(group, "config.configVersion")
    spec = vim().dvs.DistributedVirtualPortgroup.ConfigSpec(configVersion=version, description=description)
    server.wait(group.ReconfigureDVPortgroup_Task(spec))


def test_a_kept_plan_paves_bare_hosts_whole(environment: Environment) -> None:
    assert environment.plan().empty
    assert drift(environment).empty


def test_a_kept_plan_is_of_no_use_a_second_time(environment: Environment, stage: Sandboxed) -> None:
    with unchanged(stage):
        refused = environment.run("pave", str(stage.directory / "plan.json"))
    assert refused.returncode == 6
    assert "planned: create appliance/vcenter; now: keep appliance/vcenter" in " ".join(refused.stderr.split())


def test_a_kept_plan_is_refused_for_one_edit_by_hand(mended: Environment, stage: Sandboxed) -> None:
    plan = stage.directory / "second.json"
    assert mended.run("plan", "--out", str(plan)).returncode == 0
    server = stage.vcenter()
    server.wait(server.all(vim().Folder)["templates"].Destroy_Task())
    with unchanged(stage):
        refused = mended.run("pave", str(plan), "-o", "json")
    assert refused.returncode == 6
    said = " ".join(refused.stderr.split())
    assert "folder/templates planned: keep folder/templates (Folder:" in said
    assert "now: create folder/templates" in said
    assert said.count("planned: ") == 1 + ("permission" in said)


def test_edits_of_many_sorts_are_named_and_nothing_else(mended: Environment, stage: Sandboxed) -> None:
    server, ours = stage.vcenter(), Owner(id=mended.id, name="sandbox")
    groups = server.all(vim().dvs.DistributedVirtualPortgroup)
    switch = server.all(vim().DistributedVirtualSwitch)["sandbox"]
    theirs = names.marker(Owner(id=uuid4(), name="sandbox"), Key(kind="port-group", name="lb"))
    described(server, groups["sandbox-lb"], theirs)
    server.wait(groups["sandbox-lb"].Rename_Task("theirs"))
    group_on(server, switch, "sandbox-more", names.marker(ours, Key(kind="port-group", name="more")))
    group_on(server, switch, "sandbox-copy", names.marker(ours, Key(kind="port-group", name="services")))
    server.wait(groups["sandbox-services"].Destroy_Task())
    manager: Any = server.content.authorizationManager
    role = next(one for one in server.read(manager, "roleList") if one.name == f"sandbox-root-{mended.digits}")
    manager.UpdateAuthorizationRole(role.roleId, role.name, ["Global.ManageCustomFields"])
    found = drift(mended)
    assert edits(found) == {"port-group/lb", "port-group/more", "port-group/services", "role/root"}
    assert not found.following
    groups = server.all(vim().dvs.DistributedVirtualPortgroup)
    for name in ("theirs", "sandbox-copy"):
        server.wait(groups[name].Destroy_Task())


def test_what_goes_with_a_folder_follows_from_it(mended: Environment, stage: Sandboxed) -> None:
    server = stage.vcenter()
    server.wait(server.all(vim().VirtualMachine)["sandbox-jumpbox"].PowerOffVM_Task())
    top = server.read(server.all(vim().Folder)["templates"], "parent")
    server.wait(top.Destroy_Task())
    found = drift(mended)
    assert edits(found) == {"folder/sandbox"}
    assert {str(one.step.key) for one in found.following} == {
        "folder/vms",
        "folder/templates",
        "machine/jumpbox",
        "permission/bosh-cpi/folder/sandbox",
    }
    told = mended.run("verify", "-o", "json")
    assert told.returncode == 7
    assert json.loads(told.stdout)["edits"] == ["folder/sandbox"]


def test_a_password_that_left_the_store_is_an_edit_and_its_user_follows(mended: Environment) -> None:
    (mended.base / "environment-secrets" / "vsphere" / "bosh-cpi").unlink()
    found = drift(mended)
    assert edits(found) == {"credential/bosh-cpi"}
    assert {str(one.step.key) for one in found.following} >= {"user/bosh-cpi"}
    assert found.lost == ("bosh-cpi",)
