"""The site's groups: what their role says, on what is made and nowhere else, and not longer than that is there."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from directory import PASSWORD, Directory
from example import SECTION, example
from pyVmomi import vim
from sandboxes import Sandboxed, Server
from vcenters import Existing, census

from paver.contract.errors import NotOurs, StepFailed
from paver.contract.resource import Key
from paver_vsphere.resources.group_permission import GroupPermission, group_permission_key
from paver_vsphere.wanted import vcenter_resources

ON_THE_DATACENTER = "group-permission/operators.vsphere.local/datacenter/sandbox"
Change = Callable[[dict[str, Any]], None]


def wanted(section: dict[str, Any]) -> list[GroupPermission]:
    return [want for want in vcenter_resources(*example(None, section)) if isinstance(want, GroupPermission)]


def test_a_datacenter_that_is_made_stands_for_all_that_is_in_it() -> None:
    found = wanted({"groups": {"CORP\\operators": "ReadOnly", "CORP\\auditors": "View"}})
    assert [str(want.key) for want in found] == [
        f"group-permission/{name}.corp/datacenter/staging" for name in ("operators", "auditors")
    ]
    assert {want.role for want in found} == {"ReadOnly", "View"}


def test_in_a_datacenter_of_others_only_what_is_made_is_shown() -> None:
    given = {zone: {"cluster": "shared"} for zone in SECTION["zones"]}
    stores = {**SECTION["datastores"], "disks": {"existing": "shared-disks"}}
    found = wanted({"groups": {"CORP\\ops": "ReadOnly"}, "appliance": None, "zones": given, "datastores": stores})
    assert {str(want.key).removeprefix("group-permission/ops.corp/") for want in found} == {
        "folder/staging",
        *(f"resource-pool/{zone}" for zone in SECTION["zones"]),
        "switch/staging",
        *(f"port-group/{name}" for name in ("management", "services", "workload", "lb")),
        "datastore/vms",
    }


def test_networks_and_a_switch_of_others_are_not_ours_to_show() -> None:
    given = {zone: {"cluster": "shared"} for zone in SECTION["zones"]}
    names = ("management", "services", "workload", "lb")
    section = {
        "groups": {"CORP\\ops": "ReadOnly"},
        "appliance": None,
        "zones": given,
        "vlans": {},
        "uplinks": None,
        "port_groups": {name: f"dv-{name}" for name in names},
    }
    spec, settings = example({"networks": {name: {"existing": True} for name in names}}, section)
    keys = [want.key.name for want in vcenter_resources(spec, settings) if isinstance(want, GroupPermission)]
    assert keys
    assert not [key for key in keys if "switch/" in key or "port-group/" in key]


def test_groups_whose_names_no_key_can_spell_have_keys_of_their_own() -> None:
    folder = Key(kind="folder", name="staging")
    keys = [group_permission_key(rf"CORP\{name}", folder) for name in ("Domain Admins", "domain-admins", "Ü", "Ö")]
    assert len({str(key) for key in keys}) == len(keys)
    assert group_permission_key(r"corp\Ops", folder) == group_permission_key(r"CORP\ops", folder)


@pytest.fixture
def operators(sandboxed: Sandboxed, administrator: Server) -> Iterator[str]:
    """A group with one user, and a role that lets folders be made."""
    roles = administrator.content.authorizationManager
    number = roles.AddAuthorizationRole("tidying", ["Folder.Create", "Folder.Delete"])
    with Directory(sandboxed).group("operators", "olga") as group:
        yield group
    roles.RemoveAuthorizationRole(number, True)


def granting(groups: dict[str, str]) -> Change:
    def change(document: dict[str, Any]) -> None:
        document["iaas"]["vsphere"]["groups"] = groups

    return change


def permissions(sandboxed: Sandboxed, path: str = "Datacenter /sandbox") -> list[str]:
    found: list[str] = census(sandboxed)[path].get("permissions", [])
    return [one for one in found if one.startswith("VSPHERE.LOCAL\\operators=")]


@pytest.mark.sandbox
def test_a_member_may_do_what_the_role_says_on_what_is_made_and_nowhere_else(
    sandboxed: Sandboxed, administrator: Server, operators: str
) -> None:
    before = census(sandboxed)
    one = Existing(sandboxed, granting({operators: "tidying"}))
    one.pave()
    assert one.plan() == {}
    assert permissions(sandboxed) == ["VSPHERE.LOCAL\\operators=tidying propagate=true"]
    olga = sandboxed.vcenter("olga@vsphere.local", PASSWORD)
    olga.all(vim.Folder)["vms"].CreateFolder("notes")
    olga.wait(olga.all(vim.Folder)["notes"].Destroy_Task())
    with pytest.raises(vim.fault.NoPermission):
        olga.content.rootFolder.CreateFolder("elsewhere")
    with pytest.raises(vim.fault.NoPermission):
        olga.all(vim.ResourcePool)["sandbox"].Destroy_Task()
    one.state = one.state.with_name("another-state")
    assert one.plan() == {}
    one.destroy()
    assert census(sandboxed) == before


@pytest.mark.sandbox
def test_what_is_changed_by_hand_is_seen_and_put_right(
    sandboxed: Sandboxed, administrator: Server, operators: str
) -> None:
    one = Existing(sandboxed, granting({operators: "ReadOnly"}))
    one.pave()
    try:
        datacenter: Any = administrator.all(vim.Datacenter)["sandbox"]
        manager = administrator.content.authorizationManager
        other = vim.AuthorizationManager.Permission(principal=operators, group=True, roleId=-1, propagate=False)
        manager.SetEntityPermissions(datacenter, [other])
        assert one.plan() == {ON_THE_DATACENTER: "update"}
        one.pave()
        assert permissions(sandboxed) == ["VSPHERE.LOCAL\\operators=ReadOnly propagate=true"]
        manager.RemoveEntityPermission(datacenter, operators, True)
        assert one.plan() == {ON_THE_DATACENTER: "create"}
        one.pave()
        assert one.plan() == {}
    finally:
        one.destroy()


@pytest.mark.sandbox
def test_another_role_is_given_in_place_and_a_group_that_is_left_out_loses_it(
    sandboxed: Sandboxed, operators: str
) -> None:
    one = Existing(sandboxed, granting({operators: "ReadOnly"}))
    one.pave()
    try:
        one.edit(granting({operators: "tidying"}))
        assert one.plan() == {ON_THE_DATACENTER: "update"}
        one.pave()
        assert permissions(sandboxed) == ["VSPHERE.LOCAL\\operators=tidying propagate=true"]
        one.edit(granting({}))
        assert one.plan() == {ON_THE_DATACENTER: "delete"}
        one.pave()
        assert permissions(sandboxed) == []
        assert ON_THE_DATACENTER not in one.register()
        assert one.plan() == {}
    finally:
        one.destroy()


@pytest.mark.sandbox
def test_what_others_have_granted_to_the_group_is_refused_and_left_as_it_is(
    sandboxed: Sandboxed, administrator: Server, operators: str
) -> None:
    one = Existing(sandboxed)
    one.pave()
    try:
        theirs = vim.AuthorizationManager.Permission(principal=operators, group=True, roleId=-2, propagate=True)
        datacenter: Any = administrator.all(vim.Datacenter)["sandbox"]
        administrator.content.authorizationManager.SetEntityPermissions(datacenter, [theirs])
        before = census(sandboxed)
        one.edit(granting({operators: "tidying"}))
        with pytest.raises((NotOurs, StepFailed)) as caught:
            one.pave()
        assert caught.value.exit_code == 6
        assert "operators@vsphere.local" in f"{caught.value}{caught.value.facts}"
        assert census(sandboxed) == before
        administrator.content.authorizationManager.RemoveEntityPermission(datacenter, operators, True)
        one.pave()
        assert permissions(sandboxed) == ["VSPHERE.LOCAL\\operators=tidying propagate=true"]
    finally:
        one.destroy()


@pytest.mark.sandbox
def test_a_group_or_a_role_that_is_not_there_is_found_before_anything_is_made(
    sandboxed: Sandboxed, operators: str
) -> None:
    groups = {operators: "tidy", "VSPHERE.LOCAL\\nobody": "ReadOnly", "CORP\\operators": "ReadOnly"}
    one = Existing(sandboxed, granting(groups))
    asked = subprocess.run(one.command("preflight"), capture_output=True, text=True, check=False)
    said = " ".join(asked.stdout.split())
    assert asked.returncode == 7, said
    assert "has no role tidy" in said
    assert "it has Admin" in said
    assert "knows no group VSPHERE.LOCAL\\nobody" in said
    assert "knows no group CORP\\operators" in said
    assert f"knows no group {operators}" not in said
    one.edit(granting({operators: "tidying"}))
    asked = subprocess.run(one.command("preflight"), capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stdout
