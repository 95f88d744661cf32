"""On a vCenter that is there: what is made and marked, what is adopted, and what of others' is never touched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr
from pyVmomi import vim
from sandboxes import Sandboxed, Server
from vcenters import Existing, census, machine

from paver import api, credentials
from paver.contract import names
from paver.contract.errors import NotOurs, StepFailed, Untrusted
from paver.contract.resource import Key
from paver.contract.types import Owner
from paver.engine.plan import Plan
from paver.settings import load_spec
from paver_vsphere.session import Connection
from paver_vsphere.settings import VsphereSettings
from paver_vsphere.vcenter import VCenterSession, existing_vcenter

pytestmark = pytest.mark.sandbox


@pytest.fixture
def environment(sandboxed: Sandboxed) -> Iterator[Existing]:
    """A paved environment that is gone again after the test, with all that it made."""
    before = census(sandboxed)
    one = Existing(sandboxed)
    one.pave()
    yield one
    one.destroy()
    assert census(sandboxed) == before


def session_of(environment: Existing) -> VCenterSession:
    loaded = load_spec(environment.file)
    assert isinstance(loaded.settings, VsphereSettings)
    access, _ = api.subject_of(loaded, api.Options(state_dir=environment.state))
    return existing_vcenter(loaded.settings, access, loaded.spec.owner)


def test_what_is_made_is_in_the_register_with_its_id_and_bears_the_labels(
    sandboxed: Sandboxed, administrator: Server
) -> None:
    one = Existing(sandboxed, lambda spec: spec.update(labels={"team": "platform", "tier": "test"}))
    one.pave()
    try:
        noted = one.register()
        assert set(noted) == {
            "datacenter/sandbox",
            *(f"{kind}/{zone}" for kind in ("cluster", "resource-pool") for zone in ("z1", "z2", "z3")),
            *(f"host/{host.partition(':')[0].replace('.', '-')}" for host in sandboxed.where.hosts),
            "folder/sandbox",
            "folder/vms",
            "folder/templates",
            "datastore/vms",
            "datastore/disks",
        }
        vms = administrator.all(vim.Folder)["vms"]
        assert noted["folder/vms"] == ["vms", f"Folder:{vms._moId}"]
        assert len({id_ for _, id_ in noted.values()}) == len(noted)
        found = census(sandboxed)
        assert found["Folder /sandbox/vm/sandbox/vms"]["customValue"] == {"paver-labels": "team=platform,tier=test"}
        assert one.plan() == {}
        one.edit(lambda spec: spec.update(labels={"team": "network"}))
        assert one.plan() == dict.fromkeys(noted, "update")
        one.pave()
        assert census(sandboxed)["Datacenter /sandbox"]["customValue"] == {"paver-labels": "team=network"}
        one.edit(lambda spec: spec.pop("labels"))
        assert one.plan() == {**dict.fromkeys(noted, "update"), "attribute/labels": "delete"}
        one.pave()
        assert one.plan() == {}
        assert not [path for path in census(sandboxed) if path.startswith("CustomField paver-labels")]
    finally:
        one.destroy()


def test_a_second_look_from_nowhere_finds_everything_as_it_should_be(environment: Existing) -> None:
    environment.state = environment.state.with_name("another-state")
    assert environment.plan() == {}


def test_the_service_user_may_do_what_a_director_does_and_no_more(environment: Existing, sandboxed: Sandboxed) -> None:
    director = sandboxed.vcenter(f"sandbox-bosh-cpi-{environment.id.hex[:10]}@vsphere.local", environment.password())
    folders, pools = director.all(vim.Folder), director.all(vim.ResourcePool)
    vm = machine(director, "vm-1", folder=folders["vms"], pool=pools["sandbox"], datastore="sandbox-vms")
    try:
        path = "[sandbox-disks] sandbox"
        director.content.fileManager.MakeDirectory(path, next(iter(director.all(vim.Datacenter).values())), True)
        with pytest.raises(vim.fault.NoPermission):
            director.all(vim.Datacenter)["sandbox"].Destroy_Task()
        with pytest.raises(vim.fault.NoPermission):
            director.all(vim.ClusterComputeResource)["sandbox-z1"].Destroy_Task()
        with pytest.raises(vim.fault.NoPermission):
            director.content.authorizationManager.AddAuthorizationRole("mine", [])
    finally:
        director.wait(vm.Destroy_Task())


def test_a_rotated_password_reaches_the_user_and_nothing_else_changes(
    environment: Existing, sandboxed: Sandboxed
) -> None:
    user = f"sandbox-bosh-cpi-{environment.id.hex[:10]}@vsphere.local"
    before, there = environment.password(), census(sandboxed)
    loaded = load_spec(environment.file)
    credentials.rotate(loaded, "bosh-cpi", api.Options(state_dir=environment.state))
    environment.state = environment.state.with_name("another-state")
    assert environment.plan() == {"user/bosh-cpi": "update"}
    assert sandboxed.vcenter(user, before).session.userName == user
    environment.pave()
    assert environment.plan() == {}
    assert sandboxed.vcenter(user, environment.password()).session.userName == user
    with pytest.raises(vim.fault.InvalidLogin):
        sandboxed.vcenter(user, before)
    after = census(sandboxed)
    changed = {path for path in there.keys() | after.keys() if there.get(path) != after.get(path)}
    assert changed == {f"User {user}"}


def test_a_password_that_was_set_and_not_noted_is_set_again(environment: Existing, sandboxed: Sandboxed) -> None:
    """What a kill between the two calls leaves."""
    credentials.rotate(load_spec(environment.file), "bosh-cpi", api.Options(state_dir=environment.state))
    name = f"sandbox-bosh-cpi-{environment.id.hex[:10]}"
    with closing(session_of(environment)) as session:
        session._center.sso.reset(name, SecretStr(environment.password()))
    assert environment.plan() == {"user/bosh-cpi": "update"}
    environment.pave()
    assert environment.plan() == {}
    sandboxed.vcenter(f"{name}@vsphere.local", environment.password())


def test_a_user_of_an_earlier_paver_is_given_the_password_that_is_in_the_store(
    environment: Existing, sandboxed: Sandboxed
) -> None:
    """Its description does not say which password it has."""
    with closing(session_of(environment)) as session:
        name = f"sandbox-bosh-cpi-{environment.id.hex[:10]}"
        session._center.sso.describe(name, f"paver owner={environment.id} environment=sandbox key=user/bosh-cpi")
    assert environment.plan() == {"user/bosh-cpi": "update"}
    environment.pave()
    assert environment.plan() == {}


def test_what_holds_things_of_others_stays_and_is_named(sandboxed: Sandboxed, administrator: Server) -> None:
    before = census(sandboxed)
    one = Existing(sandboxed)
    one.pave()
    folders, pools = administrator.all(vim.Folder), administrator.all(vim.ResourcePool)
    vm = machine(administrator, "web-1", folder=folders["vms"], pool=pools["sandbox"], datastore="sandbox-vms")
    with pytest.raises(StepFailed) as caught:
        one.destroy()
    assert caught.value.exit_code == 4
    assert "VM web-1" in str(caught.value.facts)
    assert administrator.read(vm, "name") == "web-1"
    left = set(census(sandboxed)) - set(before)
    assert "Folder /sandbox/vm/sandbox/vms" in left
    assert "Folder /sandbox/vm/sandbox/templates" not in left
    assert not [path for path in left if path.startswith("User ")]
    administrator.wait(vm.Destroy_Task())
    one.destroy()
    assert census(sandboxed) == before


def test_what_came_in_after_the_plan_was_made_stops_the_delete_all_the_same(
    sandboxed: Sandboxed, administrator: Server
) -> None:
    from paver import api  # noqa: PLC0415  one test needs a plan by itself
    from paver.settings import load_spec  # noqa: PLC0415  the same

    one = Existing(sandboxed)
    one.pave()
    vms: list[Any] = []

    def late(_: Plan) -> None:
        folders, pools = administrator.all(vim.Folder), administrator.all(vim.ResourcePool)
        vms.append(
            machine(
                administrator, "late", folder=folders["templates"], pool=pools["Resources"], datastore="sandbox-disks"
            )
        )

    with pytest.raises(StepFailed) as caught:
        api.destroy(load_spec(one.file), api.Options(state_dir=one.state), approve=late)
    assert "VM late" in str(caught.value.facts)
    assert administrator.read(vms[0], "name") == "late"
    administrator.wait(vms[0].Destroy_Task())
    one.destroy()


def test_things_of_others_in_our_datacenter_keep_it(sandboxed: Sandboxed, administrator: Server) -> None:
    one = Existing(sandboxed)
    one.pave()
    datacenter = administrator.all(vim.Datacenter)["sandbox"]
    theirs = administrator.read(datacenter, "hostFolder").CreateClusterEx("theirs", vim.cluster.ConfigSpecEx())
    with pytest.raises(StepFailed) as caught:
        one.destroy()
    assert "ClusterComputeResource theirs" in str(caught.value.facts)
    assert administrator.read(theirs, "name") == "theirs"
    administrator.wait(theirs.Destroy_Task())
    one.destroy()


def test_the_same_name_under_another_owner_is_refused_and_untouched(
    environment: Existing, sandboxed: Sandboxed
) -> None:
    before = census(sandboxed)
    other = Existing(sandboxed, id_=UUID("00000000-0000-4000-8000-000000000001"))
    with pytest.raises((NotOurs, StepFailed)) as caught:
        other.pave()
    assert caught.value.exit_code == 6
    other.destroy()
    assert census(sandboxed) == before


def test_look_alikes_are_nobodys_business_of_ours_whatever_marks_they_bear(
    environment: Existing, sandboxed: Sandboxed, administrator: Server
) -> None:
    datacenter = administrator.all(vim.Datacenter)["sandbox"]
    elsewhere = administrator.read(datacenter, "vmFolder").CreateFolder("elsewhere")
    twin = elsewhere.CreateFolder("vms")
    hosts = administrator.read(datacenter, "hostFolder").CreateFolder("more")
    cluster = hosts.CreateClusterEx("sandbox-z1", vim.cluster.ConfigSpecEx())
    manager = administrator.content.customFieldsManager
    marks = names.marks(Owner(id=environment.id, name="sandbox"), Key(kind="folder", name="vms"))
    fields = [(manager.AddCustomFieldDef(name, None).key, value) for name, value in marks.items()]
    try:
        assert environment.plan() == {}
        for number, value in fields:
            manager.SetField(twin, number, value)
        assert environment.plan() == {}
    finally:
        for number, _ in fields:
            manager.RemoveCustomFieldDef(number)
        for thing in (cluster, hosts, twin, elsewhere):
            administrator.wait(thing.Destroy_Task())


def test_the_attribute_of_the_labels_stays_where_others_use_it(sandboxed: Sandboxed, administrator: Server) -> None:
    before = census(sandboxed)
    one = Existing(sandboxed, lambda spec: spec.update(labels={"team": "platform"}))
    one.pave()
    fields = {field.name: field.key for field in administrator.read(administrator.content.customFieldsManager, "field")}
    assert set(fields) == {"paver-labels", f"paver-register-{one.id.hex[:10]}"}
    theirs = administrator.content.rootFolder.CreateFolder("theirs")
    administrator.content.customFieldsManager.SetField(theirs, fields["paver-labels"], "team=others")
    one.destroy()
    assert census(sandboxed)["Folder /theirs"]["customValue"] == {"paver-labels": "team=others"}
    administrator.wait(theirs.Destroy_Task())
    one.pave()
    one.destroy()
    assert census(sandboxed) == before


def test_a_cluster_that_exists_is_adopted_and_left_as_it_was(sandboxed: Sandboxed, administrator: Server) -> None:
    datacenter = administrator.content.rootFolder.CreateDatacenter("sandbox")
    cluster = administrator.read(datacenter, "hostFolder").CreateClusterEx("shared", vim.cluster.ConfigSpecEx())
    host = administrator.wait(cluster.AddHost_Task(sandboxed.connect_spec(0), True))
    before = census(sandboxed)

    def on_it(spec: dict[str, Any]) -> None:
        spec["iaas"]["vsphere"]["zones"] = {zone: {"cluster": "shared"} for zone in ("z1", "z2", "z3")}

    one = Existing(sandboxed, on_it)
    document = one.pave()
    assert document.zones["z2"].shares_fate_with == ("z1", "z3")
    assert one.plan() == {}
    found = census(sandboxed)
    name = administrator.read(host, "name")
    assert found["DistributedVirtualSwitch /sandbox/network/sandbox"]["hosts"] == [name]
    assert found["Datastore /sandbox/datastore/sandbox-vms"]["hosts"] == [name]
    assert "customValue" not in found["ClusterComputeResource /sandbox/host/shared"]
    one.destroy()
    assert census(sandboxed) == before
    administrator.wait(host.DisconnectHost_Task())
    administrator.wait(host.Destroy_Task())
    administrator.wait(cluster.Destroy_Task())
    administrator.wait(datacenter.Destroy_Task())


def test_a_zone_more_and_a_zone_less_touch_what_is_theirs(sandboxed: Sandboxed) -> None:
    before = census(sandboxed)

    def two(spec: dict[str, Any]) -> None:
        spec["zones"] = 2
        spec["iaas"]["vsphere"]["zones"].pop("z3", None)

    one = Existing(sandboxed)
    third = dict(one.section["zones"]["z3"])
    one.edit(two)
    one.pave()

    def three(spec: dict[str, Any]) -> None:
        spec["zones"] = 3
        spec["iaas"]["vsphere"]["zones"]["z3"] = third

    one.edit(three)
    planned = one.plan()
    assert planned["switch/sandbox"] == planned["datastore/vms"] == planned["register/vcenter"] == "update"
    assert planned["register-ids/vcenter"] == "update"
    assert {key for key, action in planned.items() if action == "create"} == {
        "cluster/z3",
        f"host/{third['hosts'][0].partition(':')[0].replace('.', '-')}",
        "resource-pool/z3",
        "permission/bosh-cpi/resource-pool/z3",
    }
    one.pave()
    assert one.plan() == {}
    one.edit(two)
    one.pave()
    assert one.plan() == {}
    assert "ClusterComputeResource /sandbox/host/sandbox-z3" not in census(sandboxed)
    one.destroy()
    assert census(sandboxed) == before


def test_a_host_whose_thumbprint_is_not_the_pinned_one_is_not_added(sandboxed: Sandboxed) -> None:
    one = Existing(sandboxed)
    pins = sandboxed.directory / "wrong_hosts"
    lines = (sandboxed.directory / "all_hosts").read_text().splitlines()
    wrong = [
        line.rsplit(" ", 1)[0] + " " + "AB:" * 31 + "AB" if line.startswith(sandboxed.where.hosts[1]) else line
        for line in lines
    ]
    pins.write_text("\n".join(wrong) + "\n")
    one.edit(lambda spec: spec["iaas"]["vsphere"].update(known_hosts=pins.name))
    with pytest.raises((StepFailed, Untrusted)) as caught:
        one.pave()
    assert caught.value.exit_code == 6
    assert len([path for path in census(sandboxed) if path.startswith("HostSystem")]) == 2
    one.destroy()


def test_a_vlan_changes_in_place(environment: Existing, sandboxed: Sandboxed) -> None:
    environment.edit(lambda spec: spec["iaas"]["vsphere"]["vlans"].update(lb=99))
    assert environment.plan() == {"port-group/lb": "update"}
    environment.pave()
    assert census(sandboxed)["DistributedVirtualPortgroup /sandbox/network/sandbox-lb"]["vlan"] == 99
    assert environment.plan() == {}


def test_a_look_costs_the_same_calls_however_many_networks_and_foreign_machines_there_are(
    environment: Existing, administrator: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    read = Connection.read

    def counted(connection: Connection, method: Any, *args: Any, what: str, **kwargs: Any) -> Any:  # noqa: ANN401  whatever the API has
        calls.append(what)
        return read(connection, method, *args, what=what, **kwargs)

    monkeypatch.setattr(Connection, "read", counted)
    assert environment.plan() == {}
    few = len(calls)

    def many(spec: dict[str, Any]) -> None:
        for number in range(30):
            name = f"net-{number}"
            spec["networks"][name] = {"purpose": "workload", "cidr": f"127.{spec_octet(spec)}.{128 + number}.0/24"}
            spec["iaas"]["vsphere"]["vlans"][name] = 100 + number

    environment.edit(many)
    environment.pave()
    datacenter = administrator.all(vim.Datacenter)["sandbox"]
    foreign = administrator.read(datacenter, "vmFolder").CreateFolder("foreign")
    pool = administrator.all(vim.ResourcePool)["Resources"]
    vms = [machine(administrator, f"vm-{n}", folder=foreign, pool=pool, datastore="sandbox-disks") for n in range(5)]
    calls.clear()
    assert environment.plan() == {}
    assert len(calls) == few
    for vm in vms:
        administrator.wait(vm.Destroy_Task())
    administrator.wait(foreign.Destroy_Task())


def spec_octet(spec: dict[str, Any]) -> str:
    return str(spec["address_space"]).split(".")[1]
