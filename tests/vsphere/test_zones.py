"""Zones as they really are: a cluster, a pool in one, a group of its hosts; and what the document says of each.

The sandbox has no DRS: what is looked at is what was stored, and what is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from environments import Document, Environment, census
from recorded import unchanged
from sandboxes import Sandboxed, Server
from tenants import on_clusters, root_ca, tenant

from paver import api
from paver.contract.environment import PavedEnvironment
from paver.contract.findings import Severity
from paver_vsphere.bosh import VsphereBosh
from paver_vsphere.sdk import vim, vmodl

pytestmark = pytest.mark.sandbox


def mixed(document: Document) -> None:
    """Two zones are host groups of one cluster, the third is a cluster of its own."""
    zones = document["iaas"]["vsphere"]["zones"]
    for zone in ("z1", "z2"):
        zones[zone] |= {"cluster": "shared", "host_group": {}}


@pytest.fixture(scope="module")
def environment(stage: Sandboxed) -> Iterator[Environment]:
    before = census(stage)
    one = Environment(stage, mixed)
    yield one
    one.destroy()
    assert census(stage) == before


@pytest.fixture(scope="module")
def paved(environment: Environment) -> PavedEnvironment:
    return environment.pave()


def groups(stage: Sandboxed) -> dict[str, list[str]]:
    found: dict[str, list[str]] = stage.census("vcenter", "ClusterComputeResource")["/sandbox/host/shared"]["groups"]
    return found


def address(stage: Sandboxed, number: int) -> str:
    return stage.where.hosts[number].rpartition(":")[0]


def reconfigure(server: Server, name: str, **spec: Any) -> None:  # noqa: ANN401  any part of a cluster's configuration
    cluster = server.all(vim().ClusterComputeResource)[name]
    server.wait(cluster.ReconfigureComputeResource_Task(vim().cluster.ConfigSpecEx(**spec), True))


def group(operation: str, name: str, hosts: list[Any]) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
    return vim().cluster.GroupSpec(operation=operation, info=vim().cluster.HostGroup(name=name, host=hosts))


def without(name: str) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
    return vim().cluster.GroupSpec(operation="remove", removeKey=name)


def machines(name: str) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
    return vim().cluster.GroupSpec(operation="add", info=vim().cluster.VmGroup(name=name, vm=[]))


def verified(environment: Environment) -> dict[str, str]:
    with unchanged(environment.sandboxed):
        found = api.verify(environment.loaded(), environment.options())
    return {str(step.key): step.action.value for step in found.edits}


def test_each_zone_is_the_group_of_its_hosts_and_the_document_says_so(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    names = [f"sandbox-z{number}-{environment.digits}" for number in (1, 2)]
    assert groups(stage) == {names[0]: [address(stage, 0)], names[1]: [address(stage, 1)]}
    zones = paved.zones
    assert [zone.fault_domain for zone in zones.values()] == [f"shared/{names[0]}", f"shared/{names[1]}", "sandbox-z3"]
    assert [zone.shares_fate_with for zone in zones.values()] == [(), (), ()]
    with unchanged(stage):
        assert environment.pave() == paved
        assert environment.outputs() == paved


def test_the_cpi_is_told_the_group_and_the_rule(environment: Environment, paved: PavedEnvironment) -> None:
    bosh, name = VsphereBosh(), f"sandbox-z2-{environment.digits}"
    expected = {"resource_pool": "sandbox-z2", "host_group": {"name": name, "drs_rule": "MUST"}}
    assert bosh.zone(paved, "z2")["datacenters"] == [{"name": "sandbox", "clusters": [{"shared": expected}]}]
    assert bosh.zone(paved, "z3")["datacenters"] == [
        {"name": "sandbox", "clusters": [{"sandbox-z3": {"resource_pool": "sandbox"}}]}
    ]
    told = [one.value for one in bosh.director(paved).operations if one.path.endswith("clusters")]
    of_z1 = {"name": f"sandbox-z1-{environment.digits}", "drs_rule": "MUST"}
    assert told == [[{"((vcenter_cluster))": {"resource_pool": "((vcenter_rp))", "host_group": of_z1}}]] * 2


def test_the_director_may_change_the_clusters_that_have_groups_and_no_other(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    found = stage.census("vcenter", "ClusterComputeResource")
    (granted,) = found["/sandbox/host/shared"]["permissions"]
    assert granted.endswith(f"=sandbox-clusters-{environment.digits} propagate=false")
    assert "permissions" not in found["/sandbox/host/sandbox-z3"]
    principal = paved.credentials["bosh-cpi"].principal
    assert principal is not None
    secrets, _ = api.subject_of(environment.loaded(), environment.options())
    director = stage.vcenter(principal, secrets.minted("bosh-cpi").get_secret_value())
    reconfigure(director, "shared", groupSpec=[machines("directors")])
    reconfigure(director, "shared", groupSpec=[without("directors")])
    with pytest.raises(vim().fault.NoPermission):
        reconfigure(director, "sandbox-z3", groupSpec=[machines("directors")])


def test_who_looks_as_the_director_finds_the_groups_and_the_right_to_use_them(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    def look() -> list[str]:
        found = api.verify_bosh(environment.loaded(), environment.options(), paved)
        return [f"{one.check}: {one.what}" for one in found if one.severity is Severity.FAIL]

    server, before = stage.vcenter(), groups(stage)
    name = f"sandbox-z1-{environment.digits}"
    assert look() == []
    hosts = server.all(vim().HostSystem)
    reconfigure(server, "shared", groupSpec=[without(name)])
    assert look() == [f"host group: {name} of zone z1 is not there"]
    reconfigure(server, "shared", groupSpec=[group("add", name, [hosts[address(stage, 0)]])])
    assert groups(stage) == before
    manager = server.content.authorizationManager
    role = next(one for one in server.read(manager, "roleList") if one.name == f"sandbox-clusters-{environment.digits}")
    held, privilege = list(role.privilege), "Host.Inventory.EditCluster"
    manager.UpdateAuthorizationRole(role.roleId, role.name, [one for one in held if one != privilege])
    (lacking,) = look()
    assert lacking.endswith(f" lacks {privilege} on cluster shared")
    manager.UpdateAuthorizationRole(role.roleId, role.name, held)
    assert look() == []


def test_a_group_that_was_changed_or_removed_by_hand_is_shown_and_set_right(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    before, server = groups(stage), stage.vcenter()
    hosts = server.all(vim().HostSystem)
    names = sorted(before)
    reconfigure(server, "shared", groupSpec=[group("edit", names[0], [hosts[address(stage, n)] for n in (0, 1)])])
    assert verified(environment) == {"host-group/z1": "update"}
    reconfigure(server, "shared", groupSpec=[without(names[1])])
    assert verified(environment) == {"host-group/z1": "update", "host-group/z2": "create"}
    assert environment.pave() == paved
    assert groups(stage) == before


def test_a_group_of_others_is_left_alone(stage: Sandboxed, environment: Environment, paved: PavedEnvironment) -> None:
    server = stage.vcenter()
    host = server.all(vim().HostSystem)[address(stage, 0)]
    reconfigure(server, "shared", groupSpec=[group("add", "sandbox-z1-0123456789", [host])])
    with unchanged(stage):
        assert environment.pave() == paved
    reconfigure(server, "shared", groupSpec=[without("sandbox-z1-0123456789")])


def test_a_zone_that_is_a_group_no_longer_gives_it_up_unless_a_rule_of_others_holds_it(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    server, name = stage.vcenter(), f"sandbox-z2-{environment.digits}"
    rule = vim().cluster.VmHostRuleInfo(
        name="their-rule", enabled=True, mandatory=True, vmGroupName="theirs", affineHostGroupName=name
    )
    reconfigure(server, "shared", groupSpec=[machines("theirs")])
    reconfigure(server, "shared", rulesSpec=[vim().cluster.RuleSpec(operation="add", info=rule)])
    rules = server.read(server.all(vim().ClusterComputeResource)["shared"], "configurationEx").rule
    key = next(one.key for one in rules if one.name == "their-rule")
    environment.edit(lambda document: document["iaas"]["vsphere"]["zones"]["z2"].pop("host_group"))
    held = environment.run("pave", "-y")
    assert held.returncode == 4
    assert "DRS rule their-rule" in held.stderr
    assert name in groups(stage)
    reconfigure(server, "shared", rulesSpec=[vim().cluster.RuleSpec(operation="remove", removeKey=key)])
    reconfigure(server, "shared", groupSpec=[without("theirs")])
    document = environment.pave()
    assert list(groups(stage)) == [f"sandbox-z1-{environment.digits}"]
    assert document.zones["z2"].fault_domain == "shared"
    assert document.zones["z1"].shares_fate_with == ("z2",)
    environment.edit(lambda document: document["iaas"]["vsphere"]["zones"]["z2"].update(host_group={}))
    assert environment.pave() == paved


@pytest.fixture
def on_racks(stage: Sandboxed, paved: PavedEnvironment) -> Iterator[Environment]:
    """A second environment: on the first one's clusters, with a group that somebody else has made."""
    ca = root_ca(stage, paved)

    def change(document: Document) -> None:
        on_clusters("second", ca)(document)
        document["iaas"]["vsphere"]["zones"] = {
            "z1": {"cluster": "shared", "host_group": {"existing": "rack-1"}},
            "z2": {"cluster": "sandbox-z3"},
        }

    server = stage.vcenter()
    host = server.all(vim().HostSystem)[address(stage, 0)]
    reconfigure(server, "shared", groupSpec=[group("add", "rack-1", [host])])
    yield tenant(stage, "second", change)
    reconfigure(server, "shared", groupSpec=[without("rack-1")])


def test_a_group_that_is_there_is_adopted_and_stays(stage: Sandboxed, on_racks: Environment) -> None:
    before = census(stage)
    document = on_racks.pave()
    zone = document.zones["z1"]
    assert (zone.fault_domain, zone.driver["host_group"]) == ("shared/rack-1", "rack-1")
    with unchanged(stage):
        assert on_racks.pave() == document
    on_racks.destroy()
    assert census(stage) == before


def test_an_empty_group_and_a_cluster_without_drs_are_found_before_anything_is_made(
    stage: Sandboxed, on_racks: Environment
) -> None:
    server = stage.vcenter()
    host = server.all(vim().HostSystem)[address(stage, 0)]
    reconfigure(server, "shared", groupSpec=[group("edit", "rack-1", [])])
    reconfigure(server, "shared", drsConfig=vim().cluster.DrsConfigInfo(enabled=False))
    try:
        failed = {one.check: one.what for one in on_racks.preflight() if one.severity.value == "fail"}
        assert set(failed) == {"drs", "names"}
        assert "host group rack-1 of cluster shared is empty" in failed["names"]
        with unchanged(stage):
            refused = on_racks.run("plan")
        assert refused.returncode == 7
        assert "does not fit: hosts" in refused.stderr
    finally:
        reconfigure(server, "shared", drsConfig=vim().cluster.DrsConfigInfo(enabled=True))
        reconfigure(server, "shared", groupSpec=[group("edit", "rack-1", [host])])


def test_the_sandbox_refuses_groups_and_rules_that_a_vcenter_refuses(stage: Sandboxed, paved: PavedEnvironment) -> None:
    server = stage.vcenter()
    elsewhere = group("add", "elsewhere", [server.all(vim().HostSystem)[address(stage, 2)]])
    about_nothing = vim().cluster.VmHostRuleInfo(name="one", vmGroupName="none", affineHostGroupName="none")
    rule = vim().cluster.RuleSpec(operation="add", info=about_nothing)
    for change in ({"groupSpec": [elsewhere]}, {"rulesSpec": [rule]}):
        with pytest.raises(vmodl().fault.InvalidArgument):
            reconfigure(server, "shared", **change)
