"""What a vCenter refuses of DRS rules and the simulator does not; and the machine that a vCenter runs in itself."""

# ruff: noqa: ANN401, F811  pyVmomi's objects carry no types; a fixture is imported and then an argument
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from environments import Environment
from populated import Paved, paved  # noqa: F401  the fixture
from pyVmomi import vim, vmodl
from sandboxes import Sandboxed, Server

pytestmark = pytest.mark.sandbox


def reconfigure(paved: Paved, cluster: vim.ClusterComputeResource | None = None, **change: Any) -> None:
    spec = vim.cluster.ConfigSpecEx(rulesSpec=[vim.cluster.RuleSpec(**change)])
    paved.wait((cluster or paved.cluster).ReconfigureComputeResource_Task(spec, True))


def apart(name: str, *vms: vim.VirtualMachine, **fields: Any) -> vim.cluster.AntiAffinityRuleSpec:
    return vim.cluster.AntiAffinityRuleSpec(name=name, enabled=True, vm=list(vms), **fields)


def rules(paved: Paved) -> dict[str, Any]:
    found: dict[str, Any] = paved.sandboxed.census("vcenter", "ClusterComputeResource")["/dc/host/c1"].get("rules", {})
    return found


def stored(paved: Paved, name: str) -> Any:
    return next(one for one in paved.vcenter.read(paved.cluster, "configurationEx").rule if one.name == name)


@pytest.fixture
def pair(paved: Paved) -> Iterator[tuple[vim.VirtualMachine, vim.VirtualMachine]]:
    """Two machines, and a rule about them."""
    one, other = paved.vm("one"), paved.vm("other")
    reconfigure(paved, operation="add", info=apart("pair", one, other))
    yield one, other
    for rule in paved.vcenter.read(paved.cluster, "configurationEx").rule:
        reconfigure(paved, operation="remove", removeKey=rule.key)
    for vm in paved.vcenter.all(vim.VirtualMachine).values():
        paved.wait(vm.Destroy_Task())


Pair = tuple[vim.VirtualMachine, vim.VirtualMachine]


def test_a_rule_is_kept_and_read_back_under_a_key_of_the_servers(paved: Paved, pair: Pair) -> None:
    machines = {"machines": ["one", "other"], "type": "ClusterAntiAffinityRuleSpec"}
    assert rules(paved) == {"pair": {**machines, "enabled": True, "mandatory": False}}
    before = stored(paved, "pair")
    reconfigure(paved, operation="edit", info=apart("pair", *pair, key=before.key, mandatory=True))
    assert rules(paved) == {"pair": {**machines, "enabled": True, "mandatory": True}}
    assert (stored(paved, "pair").key, stored(paved, "pair").ruleUuid) == (before.key, before.ruleUuid)


@pytest.mark.parametrize("kind", [vim.cluster.AntiAffinityRuleSpec, vim.cluster.AffinityRuleSpec])
@pytest.mark.parametrize("count", [1, 2])
def test_a_rule_about_fewer_than_two_machines_is_refused(paved: Paved, pair: Pair, kind: Any, count: int) -> None:
    vms = [pair[0]] * count  # the same one twice is one
    with pytest.raises(vmodl.fault.InvalidArgument):
        reconfigure(paved, operation="add", info=kind(name="another", enabled=True, vm=vms))
    assert list(rules(paved)) == ["pair"]


def test_a_rule_about_a_machine_that_is_not_in_the_cluster_is_refused(paved: Paved, pair: Pair) -> None:
    elsewhere = paved.folder("host").CreateClusterEx("c2", vim.cluster.ConfigSpecEx())
    with pytest.raises(vmodl.fault.InvalidArgument):
        reconfigure(paved, elsewhere, operation="add", info=apart("another", *pair))
    paved.wait(elsewhere.Destroy_Task())
    gone = paved.vm("gone")
    paved.wait(gone.Destroy_Task())
    with pytest.raises(vmodl.fault.InvalidArgument):
        reconfigure(paved, operation="add", info=apart("another", pair[0], gone))
    assert list(rules(paved)) == ["pair"]


@pytest.mark.parametrize("kind", [vim.cluster.AntiAffinityRuleSpec, vim.cluster.AffinityRuleSpec])
def test_a_name_that_another_rule_has_is_refused(paved: Paved, pair: Pair, kind: Any) -> None:
    with pytest.raises(vim.fault.DuplicateName):
        reconfigure(paved, operation="add", info=kind(name="pair", enabled=True, vm=list(pair)))


def test_what_is_not_there_is_neither_edited_nor_removed(paved: Paved, pair: Pair) -> None:
    key = stored(paved, "pair").key
    for change in (
        {"operation": "edit", "info": apart("pair", *pair, key=key + 1)},
        {"operation": "edit", "info": apart("pair", *pair)},
        {"operation": "remove", "removeKey": key + 1},
    ):
        with pytest.raises(vmodl.fault.InvalidArgument):
            reconfigure(paved, **change)
    assert list(rules(paved)) == ["pair"]


def test_a_machine_that_is_destroyed_leaves_its_rules(paved: Paved, pair: Pair) -> None:
    paved.wait(pair[0].Destroy_Task())
    assert rules(paved)["pair"]["machines"] == ["other"]


@pytest.fixture(scope="module")
def own(stage: Sandboxed) -> Iterator[Server]:
    """A vCenter that paver has made, on a host that is in one of its clusters."""

    def one_host(document: dict[str, Any]) -> None:
        section = document["iaas"]["vsphere"]
        document["zones"] = 1
        section["zones"] = {"z1": section["zones"]["z1"]}
        del section["jumpbox"]

    environment = Environment(stage, one_host)
    environment.pave()
    yield stage.vcenter()
    environment.destroy()


def test_a_vcenter_shows_the_machine_that_it_runs_in_as_its_host_does(stage: Sandboxed, own: Server) -> None:
    shown, host = own.all(vim.VirtualMachine)["sandbox-vcenter"], stage.esxi()
    there = host.all(vim.VirtualMachine)["sandbox-vcenter"]
    uuid = host.read(there, "config.uuid")
    assert own.read(shown, "config.uuid") == uuid
    assert own.content.searchIndex.FindAllByUuid(None, uuid, True, False) == [shown]
    assert own.read(shown, "runtime.powerState") == "poweredOn"
    assert own.read(own.read(shown, "parent"), "name") == "Discovered virtual machine"
    marks = [
        sorted((one.key, one.value) for one in server.read(vm, "config.extraConfig") if one.key.startswith("paver-"))
        for server, vm in ((own, shown), (host, there))
    ]
    assert marks[0] == marks[1] != []


def test_a_vcenter_is_not_ended_through_itself(own: Server) -> None:
    shown = own.all(vim.VirtualMachine)["sandbox-vcenter"]
    for call in (shown.PowerOffVM_Task, shown.Destroy_Task, shown.UnregisterVM, shown.ShutdownGuest):
        with pytest.raises(vmodl.fault.NotSupported):
            call()
