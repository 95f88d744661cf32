"""The switch and the port groups that paver makes: MTU, trunks, what machines may; and hosts, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from environments import Document, Environment, census
from pyVmomi import vim
from recorded import unchanged
from sandboxes import Sandboxed, Server

from paver import api
from paver.contract.environment import PavedEnvironment
from paver_vsphere.session import Connection

pytestmark = pytest.mark.sandbox


def wide(document: Document) -> None:
    """A large MTU, a trunk, a network whose machines may forge and listen, and one on the hosts' own switches."""
    section = document["iaas"]["vsphere"]
    document["networks"]["storage"] = {"existing": True}
    section["host_settings"] = {"port_groups": {"backup": {"vlan": 31}}}
    section["port_groups"] = {"storage": "backup"}
    section["vlans"]["storage"] = 31
    section["mtu"] = 9000
    section["vlans"]["workload"] = [300, "100-200"]
    section["security"] = {"lb": {"forged_transmits": True, "promiscuous": True}}


class Members(list[list[str]]):
    """What each change of a switch does to how many hosts, in the order in which they are sent."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        super().__init__()
        call = Connection.call

        def watched(connection: Connection, method: Any, *args: Any, what: str, **kwargs: Any) -> Any:  # noqa: ANN401  whatever the API has
            if what.endswith("switch sandbox"):
                spec = getattr(args[0], "configSpec", args[0])
                self.append([str(member.operation) for member in spec.host or ()])
            return call(connection, method, *args, what=what, **kwargs)

        patch.setattr(Connection, "call", watched)


@pytest.fixture(scope="module")
def bare(stage: Sandboxed) -> dict[str, Any]:
    return census(stage)


@pytest.fixture(scope="module")
def environment(stage: Sandboxed, bare: dict[str, Any]) -> Iterator[Environment]:
    one = Environment(stage, wide)
    yield one
    one.destroy()
    assert census(stage) == bare


@pytest.fixture(scope="module")
def changes(environment: Environment) -> list[list[str]]:
    with pytest.MonkeyPatch.context() as patch:
        seen = Members(patch)
        environment.pave()
    return list(seen)


@pytest.fixture(scope="module")
def paved(environment: Environment, changes: list[list[str]]) -> PavedEnvironment:
    return environment.outputs()


def switch(stage: Sandboxed) -> dict[str, Any]:
    return stage.census("vcenter", "DistributedVirtualSwitch")["/sandbox/network/sandbox"]


def groups(stage: Sandboxed, what: str) -> dict[str, Any]:
    found = stage.census("vcenter", "DistributedVirtualPortgroup")
    return {
        name: found[f"/sandbox/network/sandbox-{name}"][what] for name in ("management", "services", "workload", "lb")
    }


def verified(environment: Environment) -> dict[str, list[str]]:
    with unchanged(environment.sandboxed):
        found = api.verify(environment.loaded(), environment.options())
    return {str(step.key): [change.field for change in step.changes] for step in found.edits}


def reconfigure(server: Server, **fields: Any) -> None:  # noqa: ANN401  any field of a switch
    found = server.all(vim.DistributedVirtualSwitch)["sandbox"]
    version = server.read(found, "config.configVersion")
    spec = vim.dvs.VmwareDistributedVirtualSwitch.ConfigSpec(configVersion=version, **fields)
    server.wait(found.ReconfigureDvs_Task(spec))


def regroup(server: Server, name: str, **setting: Any) -> None:  # noqa: ANN401  any setting of a port
    group = server.all(vim.dvs.DistributedVirtualPortgroup)[name]
    version = server.read(group, "config.configVersion")
    ports = vim.dvs.VmwareDistributedVirtualSwitch.VmwarePortConfigPolicy(**setting)
    spec = vim.dvs.DistributedVirtualPortgroup.ConfigSpec(configVersion=version, defaultPortConfig=ports)
    server.wait(group.ReconfigureDVPortgroup_Task(spec))


def test_each_host_joins_by_a_change_of_its_own(stage: Sandboxed, changes: list[list[str]]) -> None:
    assert changes == [[], ["add"], ["add"], ["add"]]
    assert len(switch(stage)["hosts"]) == 3


def test_the_switch_and_its_networks_are_as_the_section_says(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    assert switch(stage)["mtu"] == 9000
    assert groups(stage, "vlan") == {"management": 20, "services": 21, "workload": "100-200,300-300", "lb": 23}
    assert groups(stage, "allows") == {
        "management": [],
        "services": [],
        "workload": [],
        "lb": ["forged_transmits", "promiscuous"],
    }
    (subnet,) = paved.networks["workload"].subnets.values()
    assert subnet.driver["vlan"] == "100-200,300"
    with unchanged(stage):
        assert environment.pave() == paved
        assert environment.plan().empty


def test_a_port_group_that_hosts_get_meanwhile_is_adopted_once_they_have_it(paved: PavedEnvironment) -> None:
    storage = paved.networks["storage"]
    assert storage.existing
    assert [subnet.driver for subnet in storage.subnets.values()] == [{"port_group": "backup", "vlan": 31}]


def test_what_is_changed_by_hand_is_named_and_set_again(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    server, before = stage.vcenter(), census(stage)
    dvs = vim.dvs.VmwareDistributedVirtualSwitch
    reconfigure(server, maxMtu=1500)
    regroup(server, "sandbox-workload", vlan=dvs.VlanIdSpec(inherited=False, vlanId=7))
    open_ = dvs.MacManagementPolicy(inherited=False, allowPromiscuous=True, macChanges=True, forgedTransmits=False)
    regroup(server, "sandbox-services", macManagementPolicy=open_)
    assert verified(environment) == {
        "switch/sandbox": ["mtu"],
        "port-group/workload": ["vlan"],
        "port-group/services": ["allows"],
    }
    environment.pave()
    assert verified(environment) == {}
    assert census(stage) == before


def test_what_the_section_changes_is_changed_in_place(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {name: one.id for name, one in ids(environment).items()}

    def narrow(document: Document) -> None:
        section = document["iaas"]["vsphere"]
        del section["mtu"], section["security"]
        section["vlans"]["workload"] = 22

    environment.edit(narrow)
    planned = {str(step.key): (step.action.value, step.want and step.want.note) for step in environment.plan()}
    assert planned["switch/sandbox"] == ("update", "uplinks vmnic1")
    assert planned["port-group/workload"] == ("update", "VLAN 22")
    seen = Members(monkeypatch)
    environment.pave()
    assert seen == [[]]
    assert switch(stage)["mtu"] == 1500
    assert groups(stage, "vlan")["workload"] == 22
    assert groups(stage, "allows")["lb"] == []
    assert {name: one.id for name, one in ids(environment).items()} == before
    environment.edit(wide)
    told = environment.run("plan")
    for said in ("mtu  1500 → 9000", "vlan  22 → 100-200,300", "allows  + forged_transmits", "+ promiscuous"):
        assert said in told.stdout
    environment.pave()


def ids(environment: Environment) -> dict[str, Any]:
    steps = [step for step in environment.plan() if step.key.kind in {"switch", "port-group"}]
    return {str(step.key): step.have for step in steps}


def test_a_host_leaves_as_it_was_and_joins_again_each_by_a_change_of_its_own(
    stage: Sandboxed,
    bare: dict[str, Any],
    environment: Environment,
    paved: PavedEnvironment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    third = environment.section["zones"]["z3"]
    seen = Members(monkeypatch)
    environment.edit(lambda document: document.update(zones=2) or document["iaas"]["vsphere"]["zones"].pop("z3"))
    environment.pave()
    assert census(stage)["esxi-3"] == bare["esxi-3"]
    environment.edit(lambda document: document.update(zones=3) or document["iaas"]["vsphere"]["zones"].update(z3=third))
    environment.pave()
    assert seen == [["remove"], ["add"]]
    assert environment.plan().empty
