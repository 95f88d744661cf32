"""Networks that are there: a port group, a standard one, a segment of NSX, a switch; adopted, checked, left alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from environments import Change, Document, Environment, census
from pyVmomi import vim
from recorded import unchanged
from sandboxes import Sandboxed, Server
from tenants import on_clusters, on_two_hosts, tenant

from paver import api
from paver.contract.errors import PreflightFailed
from paver.contract.findings import Severity
from paver.engine.plan import Action
from paver_vsphere.bosh import VsphereBosh
from paver_vsphere.session import Connection

pytestmark = pytest.mark.sandbox

SEGMENT = "tenant-segment"


@pytest.fixture(scope="module")
def first(stage: Sandboxed) -> Iterator[Environment]:
    """The environment that made the vCenter, on two of three hosts; a segment is there as well."""
    one = Environment(stage, on_two_hosts, label="first")
    one.pave()
    stage.control("/settings", {"segments": {SEGMENT: True}})
    yield one
    stage.control("/settings", {"segments": {SEGMENT: False}})
    one.destroy()


def adopting(name: str, ca: Path, **networks: str) -> Change:
    """These networks by what bears their names; the others are made on the first environment's switch."""

    def change(document: Document) -> None:
        on_clusters(name, ca)(document)
        section = document["iaas"]["vsphere"]
        for network in networks:
            document["networks"][network] = {"existing": True}
            del section["vlans"][network]
        section["port_groups"] = dict(networks)
        if len(networks) < len(document["networks"]):
            section["switch"] = "sandbox"

    return change


def findings(environment: Environment, check: str = "") -> list[str]:
    return [
        one.what
        for one in environment.preflight()
        if one.severity is not Severity.OK and (not check or one.check == check)
    ]


def test_networks_of_every_sort_and_a_switch_are_adopted_and_stay_as_they_were(
    stage: Sandboxed, first: Environment, ca: Path
) -> None:
    before = census(stage)
    wanted = {"lb": "sandbox-lb", "services": "VM Network", "workload": SEGMENT}
    second = tenant(stage, "second", adopting("second", ca, **wanted))
    second.edit(lambda document: document["iaas"]["vsphere"]["vlans"].update(lb=23, services=0))
    planned = {str(step.key): step.action for step in second.plan()}
    for key in ("switch/second", "network/lb", "network/services", "network/workload"):
        assert planned[key] is Action.ADOPT
    assert planned["port-group/management"] is Action.CREATE
    paved = second.pave()
    assert {name: network.existing for name, network in paved.networks.items()} == {
        "management": False,
        "services": True,
        "workload": True,
        "lb": True,
    }
    told = {
        name: (subnet.driver["port_group"], subnet.driver["vlan"])
        for name, network in paved.networks.items()
        for subnet in network.subnets.values()
    }
    assert told == {
        "management": ("second-management", 20),
        "services": ("VM Network", 0),
        "workload": (SEGMENT, None),
        "lb": ("sandbox-lb", 23),
    }
    assert paved.driver["switch"] == "sandbox"
    assert VsphereBosh().subnet(paved, "workload", "workload") == {"name": SEGMENT}
    looked = api.verify_bosh(second.loaded(), second.options(), paved)
    assert [one.what for one in looked if one.severity is Severity.FAIL] == []
    with unchanged(stage):
        assert second.pave() == paved
        assert first.plan().empty
    second.destroy()
    assert census(stage) == before


def test_a_look_at_what_is_adopted_is_one_call_more(
    stage: Sandboxed, first: Environment, ca: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    read = Connection.read

    def counted(connection: Connection, method: Any, *args: Any, what: str, **kwargs: Any) -> Any:  # noqa: ANN401  whatever the API has
        calls.append(what)
        return read(connection, method, *args, what=what, **kwargs)

    monkeypatch.setattr(Connection, "read", counted)
    tenant(stage, "alone", on_clusters("alone", ca)).plan()
    alone = len(calls)
    tenant(stage, "calls", adopting("calls", ca, lb="sandbox-lb", services="VM Network", workload=SEGMENT)).plan()
    assert len(calls) - alone == alone + 1


def test_where_all_networks_are_adopted_no_switch_is_made(stage: Sandboxed, first: Environment, ca: Path) -> None:
    before = census(stage)
    wanted = {
        "management": "sandbox-management",
        "services": "sandbox-services",
        "workload": SEGMENT,
        "lb": "sandbox-lb",
    }
    second = tenant(stage, "none", adopting("none", ca, **wanted))
    paved = second.pave()
    assert paved.driver["switch"] is None
    switches = set(stage.census("vcenter", "DistributedVirtualSwitch"))
    assert switches == {"/sandbox/network/sandbox"}
    second.destroy()
    assert census(stage) == before


def test_an_adopted_port_group_asks_for_no_right_to_make_one(stage: Sandboxed, first: Environment, ca: Path) -> None:
    made: Any = api.permissions(tenant(stage, "asks", adopting("asks", ca, lb="sandbox-lb")).loaded())
    privileges = set(made["role"]["privileges"])
    assert "DVPortgroup.Create" in privileges
    assert not {name for name in privileges if name.startswith("DVSwitch.")}


def test_another_vlan_than_the_spec_says_is_refused(stage: Sandboxed, first: Environment, ca: Path) -> None:
    second = tenant(stage, "tagged", adopting("tagged", ca, lb="sandbox-lb", workload=SEGMENT))
    second.edit(lambda document: document["iaas"]["vsphere"]["vlans"].update(lb=99, workload=5))
    assert findings(second, "networks") == [
        "sandbox-lb has VLAN 23; the spec says VLAN 99 for lb",
        f"{SEGMENT} has a segment's tags, which NSX sets; the spec says VLAN 5 for workload",
    ]
    with unchanged(stage), pytest.raises(PreflightFailed) as caught:
        api.pave(second.loaded(), second.options(), judge=lambda findings: None)
    assert caught.value.exit_code == 7
    assert {"network/lb", "network/workload"} == {key for key, _ in caught.value.facts}


def test_a_network_or_switch_that_is_not_there_is_named_with_those_that_are(
    stage: Sandboxed, first: Environment, ca: Path
) -> None:
    second = tenant(stage, "lost", adopting("lost", ca, lb="nowhere"))
    second.edit(lambda document: document["iaas"]["vsphere"].update(switch="elsewhere"))
    with unchanged(stage):
        result = second.run("pave", "-y")
    assert result.returncode == 7
    said = " ".join(result.stderr.split())
    assert "has no network nowhere" in said
    assert "VM Network" in said
    assert "has no switch elsewhere" in said


def test_a_segment_that_shows_as_a_port_group_has_no_vlan_either(
    stage: Sandboxed, first: Environment, ca: Path
) -> None:
    with segments(stage.vcenter(), 1) as name:
        second = tenant(stage, "nsx", adopting("nsx", ca, lb=name))
        (subnet,) = second.pave().networks["lb"].subnets.values()
        assert subnet.driver == {"port_group": name, "vlan": None}
        second.destroy()


def test_of_two_networks_of_one_name_none_is_adopted(stage: Sandboxed, first: Environment, ca: Path) -> None:
    with segments(stage.vcenter(), 2) as name:
        second = tenant(stage, "twice", adopting("twice", ca, lb=name))
        assert [said for said in findings(second, "names") if f"has 2 networks {name}" in said]
        with unchanged(stage), pytest.raises(PreflightFailed, match="is not as the spec says") as caught:
            api.pave(second.loaded(), second.options(), judge=lambda findings: None)
        assert caught.value.facts == (("network/lb", "does not fit: namesakes"),)


@contextmanager
def segments(server: Server, count: int) -> Iterator[str]:
    """As NSX makes them: a port group of its own on each of so many switches, all of one name."""
    switch = server.all(vim.DistributedVirtualSwitch)["sandbox"]
    spec = vim.dvs.DistributedVirtualPortgroup.ConfigSpec(
        name="NSX-segment", type="ephemeral", numPorts=0, backingType="nsx"
    )
    for _ in range(count):
        server.wait(switch.AddDVPortgroup_Task([spec]))
    groups = server.read(switch, "portgroup")
    try:
        yield "NSX-segment"
    finally:
        for group in groups:
            if server.read(group, "name") == "NSX-segment":
                server.wait(group.Destroy_Task())


@contextmanager
def small_switch(server: Server) -> Iterator[str]:
    """A switch with a port group, on the first zone's host alone and with no NIC."""
    datacenter = server.all(vim.Datacenter)["sandbox"]
    hosts = server.all(vim.HostSystem)
    host = hosts[min(hosts)]
    dvs = vim.dvs.VmwareDistributedVirtualSwitch
    member = vim.dvs.HostMember.ConfigSpec(operation="add", host=host, backing=vim.dvs.HostMember.PnicBacking())
    spec = vim.DistributedVirtualSwitch.CreateSpec(configSpec=dvs.ConfigSpec(name="small", host=[member]))
    switch = server.wait(server.read(datacenter, "networkFolder").CreateDVS_Task(spec))
    group = vim.dvs.DistributedVirtualPortgroup.ConfigSpec(name="small-group", type="earlyBinding", numPorts=8)
    server.wait(switch.AddDVPortgroup_Task([group]))
    try:
        yield "small-group"
    finally:
        server.wait(switch.Destroy_Task())


def test_a_network_must_be_on_every_host_of_its_zones(stage: Sandboxed, first: Environment, ca: Path) -> None:
    other = stage.where.hosts[1].rpartition(":")[0]
    with small_switch(stage.vcenter()) as name:
        second = tenant(stage, "reach", adopting("reach", ca, lb=name))
        (absent, bare) = findings(second, "networks")
        assert absent == f"{name} of lb is not on {other}"
        assert bare.startswith(f"{name} has no NIC on {stage.where.hosts[0].rpartition(':')[0]}: gateway ")
        with unchanged(stage), pytest.raises(PreflightFailed) as caught:
            api.pave(second.loaded(), second.options(), judge=lambda findings: None)
        assert caught.value.facts == (("network/lb", "does not fit: unreached"),)
        second.edit(lambda document: document["networks"]["lb"].update(zones=["z1"]))
        assert not [said for said in findings(second, "networks") if "is not on" in said]


def test_a_network_that_changes_after_the_pave_is_drift_and_not_repaired(
    stage: Sandboxed, first: Environment, ca: Path
) -> None:
    second = tenant(stage, "drift", adopting("drift", ca, lb="sandbox-lb"))
    second.edit(lambda document: document["iaas"]["vsphere"]["vlans"].update(lb=23))
    second.pave()
    first.edit(lambda document: document["iaas"]["vsphere"]["vlans"].update(lb=24))
    first.pave()
    found = api.verify(second.loaded(), second.options())
    assert {str(step.key) for step in found.edits} == {"network/lb"}
    assert second.run("pave", "-y").returncode == 7
    first.edit(lambda document: document["iaas"]["vsphere"]["vlans"].update(lb=23))
    first.pave()
    assert second.plan().empty
    second.destroy()
