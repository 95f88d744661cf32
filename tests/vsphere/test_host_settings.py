"""What a spec asks of its ESXi hosts: set while the environment is there, and as it was when it is gone."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from environments import Change, Document, Environment, census
from recorded import forget, mutations, unchanged
from sandboxes import Sandboxed, Server

from paver import api
from paver.contract.errors import Refused
from paver.engine.plan import Step
from paver_vsphere.sdk import vim

pytestmark = pytest.mark.sandbox

SETTINGS: Document = {
    "ntp": ["ntp-1.example.com", "ntp-2.example.com"],
    "dns_servers": ["10.1.0.53", "10.1.1.53"],
    "search_domains": ["example.com"],
    "services": {"ssh": True, "ntpd": True},
    "port_groups": {"vmotion": {"vlan": 30}, "VM Network": {"vlan": 9}},
}
SETTING = {"UpdateDateTimeConfig", "UpdateDnsConfig", "UpdateServicePolicy"} | {
    *(f"{verb}Service" for verb in ("Start", "Stop", "Restart")),
    *(f"{verb}PortGroup" for verb in ("Add", "Update", "Remove")),
}


def two_hosts(document: Document) -> None:
    """The third host is nobody's."""
    document["zones"] = 2
    del document["iaas"]["vsphere"]["zones"]["z3"]


def asking(settings: Document | None) -> Change:
    """What edits a spec so that it asks for these settings, or for none."""

    def change(document: Document) -> None:
        section = document["iaas"]["vsphere"]
        section.pop("host_settings", None)
        if settings is not None:
            section["host_settings"] = settings

    return change


def facts(stage: Sandboxed, scope: str) -> Document:
    """A host's settings, as the sandbox itself has them."""
    (props,) = stage.census(scope, "HostSystem").values()
    services = {name: props["services"][name] for name in ("TSM-SSH", "ntpd")}
    groups = {name.partition("/")[2]: one["vlan"] for name, one in stage.census(scope, "HostPortGroup").items()}
    groups = {name: vlan for name, vlan in groups.items() if name in {"vmotion", "VM Network"}}
    return {"ntp": props["ntp"] or [], "dns": props["dns"], "services": services, "port groups": groups}


def setting_calls(stage: Sandboxed) -> dict[str, int]:
    """Calls that set something on a host, since the record was emptied."""
    return {name: count for name, count in mutations(stage).items() if name.partition(" ")[2] in SETTING}


@pytest.fixture(scope="module")
def environment(stage: Sandboxed) -> Iterator[Environment]:
    """Paved on two hosts, with nothing set on them; destroyed at the end, which leaves them as they were."""
    before = census(stage)
    one = Environment(stage, two_hosts)
    one.pave()
    yield one
    one.edit(asking(None))
    one.destroy()
    assert census(stage) == before


@pytest.fixture
def at_first(stage: Sandboxed, environment: Environment) -> Iterator[dict[str, Document]]:
    """What both hosts were set to before; after each test nothing is asked of them, and they are so again."""
    before = {scope: facts(stage, scope) for scope in ("esxi-1", "esxi-2")}
    yield before
    environment.edit(asking(None))
    environment.pave()
    assert {scope: facts(stage, scope) for scope in before} == before
    assert notes(stage, environment) == []


def notes(stage: Sandboxed, environment: Environment) -> list[str]:
    """The notes on all hosts' datastores."""
    files = [
        file
        for scope in ("esxi-1", "esxi-2", "esxi-3")
        for props in stage.census(scope, "Datastore").values()
        for file in props["files"]
    ]
    return sorted(file for file in files if str(environment.id) in file and file != f".paver/{environment.id}.json")


def drift(environment: Environment) -> dict[str, Step]:
    with unchanged(environment.sandboxed):
        found = api.verify(environment.loaded(), environment.options())
    return {str(step.key): step for step in found.edits}


def key_of(stage: Sandboxed, number: int) -> str:
    return "host-settings/" + stage.where.hosts[number].rpartition(":")[0].replace(".", "-")


def dns(server: Server, **changed: object) -> None:
    """Set a host's resolvers by hand."""
    fields = {"dhcp": False, "hostName": "by-hand", "domainName": "example.com", "address": ["192.0.2.1"], **changed}
    server.manager("networkSystem").UpdateDnsConfig(vim().host.DnsConfig(**fields))


def test_nothing_is_set_where_nothing_is_asked(
    stage: Sandboxed, environment: Environment, at_first: dict[str, Document]
) -> None:
    forget(stage)
    environment.pave()
    assert setting_calls(stage) == {}
    assert notes(stage, environment) == []
    assert not [key for key in environment.register() if key.startswith("host-settings")]


def test_both_hosts_are_set_once_and_nothing_is_left_to_do(
    stage: Sandboxed, environment: Environment, at_first: dict[str, Document]
) -> None:
    environment.edit(asking(SETTINGS))
    with unchanged(stage):
        assert {str(step.key) for step in environment.plan() if step.mutates} == {
            key_of(stage, 0),
            key_of(stage, 1),
            "register/vcenter",
            "register-ids/vcenter",
        }
    environment.pave()
    for scope in ("esxi-1", "esxi-2"):
        now = facts(stage, scope)
        assert now["ntp"] == SETTINGS["ntp"]
        assert (now["dns"]["servers"], now["dns"]["search"]) == (SETTINGS["dns_servers"], SETTINGS["search_domains"])
        assert now["dns"]["name"] == at_first[scope]["dns"]["name"]
        assert now["services"] == {"TSM-SSH": "running, on", "ntpd": "running, on"}
        assert now["port groups"] == {"vmotion": 30, "VM Network": 9}
    assert len(notes(stage, environment)) == 2
    with unchanged(stage):
        environment.pave()
    assert drift(environment) == {}


def test_a_host_that_nobody_names_is_left_alone(
    stage: Sandboxed, environment: Environment, at_first: dict[str, Document]
) -> None:
    before = facts(stage, "esxi-3")
    environment.edit(asking(SETTINGS))
    environment.pave()
    assert facts(stage, "esxi-3") == before


def test_what_was_changed_by_hand_is_shown_and_set_right(
    stage: Sandboxed, environment: Environment, at_first: dict[str, Document]
) -> None:
    environment.edit(asking(SETTINGS))
    environment.pave()
    wanted = facts(stage, "esxi-1")
    host = stage.esxi(0)
    host.manager("serviceSystem").StopService("TSM-SSH")
    clock = vim().host.DateTimeConfig(ntpConfig=vim().host.NtpConfig(server=["by-hand.example.com"]))
    host.manager("dateTimeSystem").UpdateDateTimeConfig(clock)
    found = drift(environment)
    assert set(found) == {key_of(stage, 0)}
    changes = {change.field: (change.before, change.after) for change in found[key_of(stage, 0)].changes}
    assert changes["ntp"] == (["by-hand.example.com"], SETTINGS["ntp"])
    assert changes["services"][0] == {"ssh": "stopped, policy on", "ntpd": "on"}
    environment.pave()
    assert facts(stage, "esxi-1") == wanted


def test_what_is_asked_for_later_is_noted_then_and_what_was_noted_stays(
    stage: Sandboxed, environment: Environment, at_first: dict[str, Document]
) -> None:
    environment.edit(asking({"ntp": ["first.example.com"]}))
    environment.pave()
    environment.edit(asking({"ntp": ["second.example.com"], "services": {"ssh": True}}))
    environment.pave()
    assert facts(stage, "esxi-1")["ntp"] == ["second.example.com"]
    assert facts(stage, "esxi-1")["services"]["TSM-SSH"] == "running, on"
    # The fixture sees that both are as they were before the first.


def test_what_is_asked_for_no_longer_is_put_back_and_the_rest_stays(
    stage: Sandboxed, environment: Environment, at_first: dict[str, Document]
) -> None:
    environment.edit(asking(SETTINGS))
    environment.pave()
    environment.edit(asking({"ntp": SETTINGS["ntp"]}))
    environment.pave()
    now = facts(stage, "esxi-1")
    assert now["ntp"] == SETTINGS["ntp"]
    assert now["dns"] == at_first["esxi-1"]["dns"]
    assert now["services"] == at_first["esxi-1"]["services"]
    with unchanged(stage):
        environment.pave()


def test_resolvers_that_came_by_dhcp_come_so_again(
    stage: Sandboxed, environment: Environment, at_first: dict[str, Document]
) -> None:
    host = stage.esxi(0)
    before = host.read(host.host, "config.network.dnsConfig")
    try:
        dns(host, dhcp=True, virtualNicDevice="vmk0", address=["198.51.100.1"], searchDomain=["dhcp.example.com"])
        environment.edit(asking({name: SETTINGS[name] for name in ("dns_servers", "search_domains")}))
        environment.pave()
        now = facts(stage, "esxi-1")["dns"]
        assert (now["dhcp"], now["servers"], now["search"]) == (
            False,
            SETTINGS["dns_servers"],
            SETTINGS["search_domains"],
        )
        environment.edit(asking(None))
        environment.pave()
        assert facts(stage, "esxi-1")["dns"]["dhcp"] is True
        assert facts(stage, "esxi-1")["dns"]["name"] == "by-hand.example.com"
    finally:
        host.manager("networkSystem").UpdateDnsConfig(before)


def test_search_domains_alone_are_refused_where_resolvers_come_by_dhcp(
    stage: Sandboxed, environment: Environment, at_first: dict[str, Document]
) -> None:
    host = stage.esxi(1)
    before = host.read(host.host, "config.network.dnsConfig")
    try:
        dns(host, dhcp=True, virtualNicDevice="vmk0")
        environment.edit(asking({"search_domains": ["example.com"]}))
        failed = [one for one in environment.preflight() if one.check == "settings" and one.severity.value == "fail"]
        assert [one.path[-1] for one in failed] == ["search_domains"]
        assert "DHCP" in failed[0].what
        forget(stage)
        api_error = environment.run("pave", "-y")
        assert api_error.returncode == 7, api_error.stderr
        assert setting_calls(stage) == {}
    finally:
        host.manager("networkSystem").UpdateDnsConfig(before)


def test_a_port_group_is_neither_moved_nor_cut_from_the_host_itself(
    stage: Sandboxed, environment: Environment, at_first: dict[str, Document]
) -> None:
    host = stage.esxi(1)
    network = host.manager("networkSystem")
    network.AddVirtualSwitch("vSwitch1")
    spec = vim().host.PortGroup.Specification(
        name="storage", vlanId=0, vswitchName="vSwitch1", policy=vim().host.NetworkPolicy()
    )
    network.AddPortGroup(spec)
    groups = {"storage": {"vlan": 0}, "Management Network": {"vlan": 5}, "far": {"vlan": 1, "switch": "vSwitch7"}}
    try:
        environment.edit(asking({"port_groups": groups}))
        failed = {one.path[-1]: one.what for one in environment.preflight() if one.severity.value == "fail"}
        assert set(failed) == set(groups)
        assert "on vSwitch1: it is not moved" in failed["storage"]
        assert "vmk0 on port group Management Network" in failed["Management Network"]
        assert "no standard switch vSwitch7" in failed["far"]
        assert environment.run("pave", "-y").returncode == 7
    finally:
        network.RemovePortGroup("storage")
        network.RemoveVirtualSwitch("vSwitch1")


def test_a_port_group_that_somebody_uses_holds_up_its_removal_until_they_have_left(
    stage: Sandboxed, environment: Environment, at_first: dict[str, Document]
) -> None:
    environment.edit(asking({"port_groups": {"vmotion": {"vlan": 30}}}))
    environment.pave()
    host = stage.esxi(0)
    card = vim().vm.device.VirtualVmxnet3(
        key=-1, backing=vim().vm.device.VirtualEthernetCard.NetworkBackingInfo(deviceName="vmotion")
    )
    device = vim().vm.device.VirtualDeviceSpec(operation="add", device=card)
    config = vim().vm.ConfigSpec(
        name="theirs", files=vim().vm.FileInfo(vmPathName="[datastore1]"), memoryMB=32, deviceChange=[device]
    )
    folder = host.read(next(iter(host.all(vim().Datacenter).values())), "vmFolder")
    machine = host.wait(folder.CreateVM_Task(config, host.all(vim().ResourcePool)["Resources"]))
    environment.edit(asking(None))
    done = environment.run("pave", "-y")
    assert done.returncode == 4, done.stderr
    assert facts(stage, "esxi-1")["port groups"]["vmotion"] == 30
    assert len(notes(stage, environment)) == 1
    host.wait(machine.Destroy_Task())


def test_a_note_that_is_lost_is_refused_by_every_verb_and_never_made_of_our_own_values(
    stage: Sandboxed, environment: Environment, at_first: dict[str, Document]
) -> None:
    environment.edit(asking({"ntp": SETTINGS["ntp"]}))
    environment.pave()
    name = next(note for note in notes(stage, environment) if key_of(stage, 0).partition("/")[2] in note)
    host = stage.esxi(0)
    path = f"/folder/{name}?dcPath=ha-datacenter&dsName=datastore1"
    status, content = host.http("GET", path)
    assert status == 200
    note = json.loads(content)["notes"][key_of(stage, 0)]
    assert note["before"] == {"ntp": []}
    host.http("DELETE", path)
    for verb in (environment.plan, environment.pave, environment.destroy):
        with unchanged(stage), pytest.raises(Refused) as refused:
            verb()
        assert name in str(refused.value.facts)
    assert host.http("PUT", path, content)[0] in {200, 201}
    with unchanged(stage):
        environment.pave()


def test_a_host_that_is_disconnected_keeps_its_note_and_is_as_asked_once_it_is_connected_again(
    stage: Sandboxed, environment: Environment, at_first: dict[str, Document]
) -> None:
    environment.edit(asking(SETTINGS))
    environment.pave()
    wanted, vcenter = facts(stage, "esxi-1"), stage.vcenter()
    address = stage.where.hosts[0].rpartition(":")[0]
    vcenter.wait(vcenter.all(vim().HostSystem)[address].DisconnectHost_Task())
    assert {key_of(stage, 0)} <= set(drift(environment))
    environment.pave()
    assert facts(stage, "esxi-1") == wanted
    with unchanged(stage):
        environment.pave()


def test_a_damaged_note_is_refused(stage: Sandboxed, environment: Environment, at_first: dict[str, Document]) -> None:
    environment.edit(asking({"ntp": SETTINGS["ntp"]}))
    environment.pave()
    host = stage.esxi(0)
    name = next(note for note in notes(stage, environment) if key_of(stage, 0).partition("/")[2] in note)
    path = f"/folder/{name}?dcPath=ha-datacenter&dsName=datastore1"
    content = host.http("GET", path)[1]
    host.http("PUT", path, content[: len(content) // 2])
    done = environment.run("pave", "-y")
    assert done.returncode == 4, done.stderr
    assert "damaged" in done.stderr
    host.http("PUT", path, content)


def test_destroy_puts_back_what_pave_has_set(tmp_path_factory: pytest.TempPathFactory) -> None:
    stage = Sandboxed(tmp_path_factory.mktemp("life"))
    try:
        before = census(stage)
        one = Environment(stage, two_hosts)
        one.edit(asking(SETTINGS))
        one.pave()
        assert facts(stage, "esxi-2")["ntp"] == SETTINGS["ntp"]
        # Neither the spec's wish nor a state directory is needed for that.
        one.edit(asking(None))
        one.destroy(stage.directory / "another-state")
        assert census(stage) == before
    finally:
        stage.close()


def test_with_the_vcenter_gone_the_note_outlives_it_and_is_found_by_the_next(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    stage = Sandboxed(tmp_path_factory.mktemp("outlived"))
    try:
        before = census(stage)
        one = Environment(stage, two_hosts)
        one.edit(asking(SETTINGS))
        # A host of the sandbox knows no machine of its vCenter's, and so brings none to the next one.
        one.edit(lambda document: document["iaas"]["vsphere"].pop("jumpbox"))
        one.pave()
        host = stage.esxi(0)
        appliance = host.all(vim().VirtualMachine)["sandbox-vcenter"]
        host.wait(appliance.PowerOffVM_Task())
        host.wait(appliance.Destroy_Task())
        state = stage.directory / "another-state"  # the vCenter on record is gone for good
        one.pave(state)
        assert facts(stage, "esxi-1")["ntp"] == SETTINGS["ntp"]
        one.destroy(state)
        assert census(stage) == before
    finally:
        stage.close()
