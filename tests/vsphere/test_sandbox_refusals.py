"""What a vCenter refuses and govmomi's simulator does not: hosts, names, switches, datastores."""

# ruff: noqa: F811  pyVmomi's objects carry no types; a fixture is imported and then an argument
from __future__ import annotations

import tarfile
from typing import Any

import pytest
from populated import Paved, nfs, paved  # noqa: F401  the fixture
from pyVmomi import vim, vmodl

pytestmark = pytest.mark.sandbox


def test_a_host_is_not_added_without_a_thumbprint(paved: Paved) -> None:
    task = paved.cluster.AddHost_Task(paved.sandboxed.connect_spec(1, sslThumbprint=None), True)
    with pytest.raises(vim.fault.SSLVerifyFault) as refused:
        paved.wait(task)
    assert refused.value.thumbprint == paved.sandboxed.ready["hosts"][1]["thumbprint"]


def test_a_host_is_not_added_under_another_hosts_thumbprint(paved: Paved) -> None:
    spec = paved.sandboxed.connect_spec(1, sslThumbprint=paved.sandboxed.ready["hosts"][2]["thumbprint"])
    with pytest.raises(vim.fault.SSLVerifyFault):
        paved.wait(paved.cluster.AddHost_Task(spec, True))


def test_a_host_is_not_added_with_a_wrong_password(paved: Paved) -> None:
    with pytest.raises(vim.fault.InvalidLogin):
        paved.wait(paved.cluster.AddHost_Task(paved.sandboxed.connect_spec(1, password="wrong"), True))


def test_a_host_is_not_added_on_a_port_that_nobody_listens_on(paved: Paved) -> None:
    with pytest.raises(vim.fault.NoHost):
        paved.wait(paved.cluster.AddHost_Task(paved.sandboxed.connect_spec(1, port=9), True))


def test_a_host_is_not_added_twice(paved: Paved) -> None:
    with pytest.raises(vim.fault.AlreadyConnected):
        paved.wait(paved.cluster.AddHost_Task(paved.sandboxed.connect_spec(0), True))


def test_an_added_host_shows_its_own_identity_and_nics(paved: Paved) -> None:
    system = paved.vcenter.read(paved.host, "hardware.systemInfo.uuid")
    assert system == paved.sandboxed.ready["hosts"][0]["uuid"]
    network = paved.vcenter.manager("networkSystem", paved.host)
    nics = [one.device for one in paved.vcenter.read(network, "networkInfo").pnic]
    assert nics == ["vmnic0", "vmnic1"]


def test_a_host_leaves_in_maintenance_only_and_can_be_added_again(paved: Paved) -> None:
    spec = paved.sandboxed.connect_spec(2)
    host = paved.wait(paved.cluster.AddHost_Task(spec, True))
    bare = paved.sandboxed.census("esxi-3", "HostSystem")
    assert next(iter(bare.values()))["managementServerIp"] == paved.sandboxed.where.vcenter
    with pytest.raises(vim.fault.InvalidState):
        paved.wait(host.Destroy_Task())
    paved.wait(host.EnterMaintenanceMode_Task(30))
    paved.wait(host.Destroy_Task())
    bare = paved.sandboxed.census("esxi-3", "HostSystem")
    assert next(iter(bare.values()))["managementServerIp"] == ""
    again = paved.wait(paved.cluster.AddHost_Task(spec, True))
    paved.wait(again.DisconnectHost_Task())
    paved.wait(again.Destroy_Task())
    names = [store for store in paved.vcenter.all(vim.Datastore) if store.startswith("datastore1")]
    assert names == ["datastore1"]
    esxi = paved.sandboxed.esxi(2)
    esxi.wait(esxi.host.ExitMaintenanceMode_Task(0))


def test_a_host_with_a_running_vm_does_not_enter_maintenance(paved: Paved) -> None:
    with pytest.raises(vim.fault.Timedout):  # the appliance runs there
        paved.wait(paved.host.EnterMaintenanceMode_Task(1))


def test_a_standalone_host_comes_and_goes(paved: Paved) -> None:
    compute = paved.wait(paved.folder("host").AddStandaloneHost_Task(paved.sandboxed.connect_spec(1), None, True))
    assert paved.vcenter.read(compute, "name") == paved.sandboxed.where.hosts[1].split(":")[0]
    paved.wait(compute.Destroy_Task())
    assert list(paved.vcenter.all(vim.ComputeResource)) == ["c1"]


def test_a_second_datacenter_of_the_same_name_is_refused(paved: Paved) -> None:
    with pytest.raises(vim.fault.DuplicateName):
        paved.vcenter.content.rootFolder.CreateDatacenter("dc")


def test_a_second_folder_of_the_same_name_is_refused(paved: Paved) -> None:
    folder = paved.folder("vm").CreateFolder("twice")
    with pytest.raises(vim.fault.DuplicateName):
        paved.folder("vm").CreateFolder("twice")
    paved.wait(folder.Destroy_Task())


def test_a_second_cluster_of_the_same_name_is_refused(paved: Paved) -> None:
    with pytest.raises(vim.fault.DuplicateName):
        paved.folder("host").CreateClusterEx("c1", vim.cluster.ConfigSpecEx())


DROPPED: dict[str, Any] = {
    "how many hosts HA reserves": {"dasConfig": vim.cluster.DasConfigInfo(enabled=True, failoverLevel=2)},
    "who watches the hosts": {"dasConfig": vim.cluster.DasConfigInfo(hostMonitoring="disabled")},
    "how eagerly DRS moves": {"drsConfig": vim.cluster.DrsConfigInfo(enabled=True, vmotionRate=5)},
    "advanced settings of DRS": {
        "drsConfig": vim.cluster.DrsConfigInfo(option=[vim.option.OptionValue(key="MaxVmsPerHost", value="9")])
    },
    "whether hosts sleep": {"dpmConfig": vim.cluster.DpmConfigInfo(enabled=True)},
    "where swap files go": {"vmSwapPlacement": "hostLocal"},
}


@pytest.mark.parametrize("what", DROPPED)
def test_of_ha_and_drs_what_would_be_dropped_is_refused(paved: Paved, what: str) -> None:
    spec = vim.cluster.ConfigSpecEx(**DROPPED[what])
    with pytest.raises(vmodl.fault.NotSupported):
        paved.wait(paved.cluster.ReconfigureComputeResource_Task(spec, True))
    with pytest.raises(vmodl.fault.NotSupported):
        paved.folder("host").CreateClusterEx("c2", spec)
    assert list(paved.vcenter.all(vim.ClusterComputeResource)) == ["c1"]


def test_of_ha_and_drs_what_is_kept_is_read_back(paved: Paved) -> None:
    drs = vim.cluster.DrsConfigInfo(enabled=False, defaultVmBehavior="manual")
    made = paved.folder("host").CreateClusterEx("c2", vim.cluster.ConfigSpecEx(drsConfig=drs))
    config = paved.vcenter.read(made, "configurationEx")
    assert (config.drsConfig.enabled, config.drsConfig.defaultVmBehavior) == (False, "manual")
    drs, das = vim.cluster.DrsConfigInfo(enabled=True), vim.cluster.DasConfigInfo(enabled=True)
    paved.wait(made.ReconfigureComputeResource_Task(vim.cluster.ConfigSpecEx(drsConfig=drs, dasConfig=das), True))
    config = paved.vcenter.read(made, "configurationEx")
    assert (config.drsConfig.enabled, config.drsConfig.defaultVmBehavior) == (True, "manual")
    assert config.dasConfig.enabled is True
    paved.wait(made.Destroy_Task())


def test_destroying_a_folder_destroys_the_vms_in_it(paved: Paved) -> None:
    folder = paved.folder("vm").CreateFolder("doomed")
    paved.vm("inside", folder)
    paved.wait(folder.Destroy_Task())
    assert "inside" not in paved.vcenter.all(vim.VirtualMachine)


def test_a_folder_with_a_running_vm_is_not_destroyed(paved: Paved) -> None:
    folder = paved.folder("vm").CreateFolder("busy")
    vm = paved.vm("running", folder)
    paved.wait(vm.PowerOnVM_Task())
    with pytest.raises(vim.fault.InvalidPowerState):
        paved.wait(folder.Destroy_Task())
    assert "busy" in paved.vcenter.all(vim.Folder)
    paved.wait(vm.PowerOffVM_Task())
    paved.wait(folder.Destroy_Task())


def test_a_datacenters_own_folder_is_not_destroyed(paved: Paved) -> None:
    with pytest.raises(Exception, match=r"(?i)not ?supported"):
        paved.wait(paved.folder("vm").Destroy_Task())


def test_a_cluster_with_hosts_stays_and_an_empty_one_goes(paved: Paved) -> None:
    with pytest.raises(vim.fault.ResourceInUse):
        paved.wait(paved.cluster.Destroy_Task())
    empty = paved.folder("host").CreateClusterEx("empty", vim.cluster.ConfigSpecEx())
    paved.wait(empty.Destroy_Task())
    assert list(paved.vcenter.all(vim.ClusterComputeResource)) == ["c1"]


def test_a_datacenter_with_a_cluster_stays_and_an_empty_one_goes(paved: Paved) -> None:
    with pytest.raises(vim.fault.ResourceInUse):
        paved.wait(paved.datacenter.Destroy_Task())
    empty = paved.vcenter.content.rootFolder.CreateDatacenter("empty")
    paved.wait(empty.Destroy_Task())
    assert list(paved.vcenter.all(vim.Datacenter)) == ["dc"]
    assert all(path.startswith("/dc") or path == "/" for path in paved.sandboxed.census("vcenter", "Folder"))


def test_a_switch_refuses_a_stale_config_version(paved: Paved) -> None:
    switch = paved.switch("stale", description="one")
    version = paved.vcenter.read(switch, "config").configVersion
    kind = vim.dvs.VmwareDistributedVirtualSwitch.ConfigSpec
    paved.wait(switch.ReconfigureDvs_Task(kind(configVersion=version, description="two")))
    with pytest.raises(vim.fault.ConcurrentAccess):
        paved.wait(switch.ReconfigureDvs_Task(kind(configVersion=version, description="three")))
    assert paved.vcenter.read(switch, "config").description == "two"
    paved.wait(switch.Destroy_Task())


def member(host: vim.HostSystem, nic: str, operation: str = "add") -> vim.dvs.HostMember.ConfigSpec:
    backing = vim.dvs.HostMember.PnicBacking(pnicSpec=[vim.dvs.HostMember.PnicSpec(pnicDevice=nic)])
    return vim.dvs.HostMember.ConfigSpec(operation=operation, host=host, backing=backing)


def test_a_switch_takes_free_nics_only_and_shows_its_members(paved: Paved) -> None:
    with pytest.raises(vim.fault.ResourceInUse):
        paved.switch("greedy", host=[member(paved.host, "vmnic0")])
    with pytest.raises(vim.fault.PlatformConfigFault):
        paved.switch("dreamy", host=[member(paved.host, "vmnic9")])
    switch = paved.switch("good", host=[member(paved.host, "vmnic1")])
    [seen] = paved.vcenter.read(switch, "config").host
    assert (seen.config.host, seen.config.backing.pnicSpec[0].pnicDevice) == (paved.host, "vmnic1")
    assert "good" in paved.sandboxed.census("esxi-1", "HostProxySwitch")
    with pytest.raises(vim.fault.ResourceInUse):
        paved.switch("second", host=[member(paved.host, "vmnic1")])
    version = paved.vcenter.read(switch, "config").configVersion
    spec = vim.dvs.VmwareDistributedVirtualSwitch.ConfigSpec
    paved.wait(switch.ReconfigureDvs_Task(spec(configVersion=version, host=[member(paved.host, "vmnic1", "remove")])))
    assert paved.vcenter.read(switch, "config").host == []
    paved.wait(switch.Destroy_Task())
    assert "good" not in paved.sandboxed.census("esxi-1", "HostProxySwitch")


def test_a_host_that_is_a_switchs_member_is_not_removed(paved: Paved) -> None:
    host = paved.wait(paved.cluster.AddHost_Task(paved.sandboxed.connect_spec(1), True))
    switch = paved.switch("holder", host=[member(host, "vmnic1")])
    paved.wait(host.DisconnectHost_Task())
    with pytest.raises(vim.fault.ResourceInUse):
        paved.wait(host.Destroy_Task())
    paved.wait(switch.Destroy_Task())
    paved.wait(host.Destroy_Task())


def test_a_portgroup_keeps_what_a_change_does_not_name(paved: Paved) -> None:
    switch = paved.switch("groups")
    vlan = vim.dvs.VmwareDistributedVirtualSwitch.VlanIdSpec(vlanId=20, inherited=False)
    setting = vim.dvs.VmwareDistributedVirtualSwitch.VmwarePortConfigPolicy(vlan=vlan)
    spec = vim.dvs.DistributedVirtualPortgroup.ConfigSpec
    paved.wait(
        switch.AddDVPortgroup_Task(
            [spec(name="web", type="earlyBinding", numPorts=8, description="a mark", defaultPortConfig=setting)]
        )
    )
    group = paved.vcenter.all(vim.dvs.DistributedVirtualPortgroup)["web"]
    with pytest.raises(vim.fault.ConcurrentAccess):
        paved.wait(group.ReconfigureDVPortgroup_Task(spec(configVersion="17", numPorts=16)))
    version = paved.vcenter.read(group, "config").configVersion
    paved.wait(group.ReconfigureDVPortgroup_Task(spec(configVersion=version, numPorts=16)))
    config = paved.vcenter.read(group, "config")
    assert (config.name, config.description, config.numPorts, config.defaultPortConfig.vlan.vlanId) == (
        "web",
        "a mark",
        16,
        20,
    )
    assert paved.sandboxed.census("vcenter", "DistributedVirtualPortgroup")["/dc/network/web"]["vlan"] == 20
    with pytest.raises(vim.fault.DuplicateName):
        paved.wait(switch.AddDVPortgroup_Task([spec(name="web", type="earlyBinding", numPorts=8)]))
    paved.wait(switch.Destroy_Task())
    assert paved.sandboxed.census("vcenter", "DistributedVirtualPortgroup") == {}


def test_a_switch_takes_an_mtu_and_vlans_that_there_are(paved: Paved) -> None:
    dvs = vim.dvs.VmwareDistributedVirtualSwitch
    with pytest.raises(vmodl.fault.InvalidArgument):
        paved.switch("wide", maxMtu=9191)
    switch = paved.switch("usual")
    assert paved.vcenter.read(switch, "config").maxMtu == 1500
    version = paved.vcenter.read(switch, "config").configVersion
    with pytest.raises(vmodl.fault.InvalidArgument):
        paved.wait(switch.ReconfigureDvs_Task(dvs.ConfigSpec(configVersion=version, maxMtu=1279)))
    spec = vim.dvs.DistributedVirtualPortgroup.ConfigSpec
    for vlan in (
        dvs.VlanIdSpec(vlanId=4095, inherited=False),
        dvs.TrunkVlanSpec(vlanId=[vim.NumericRange(start=20, end=10)], inherited=False),
        dvs.TrunkVlanSpec(vlanId=[], inherited=False),
    ):
        setting = dvs.VmwarePortConfigPolicy(vlan=vlan)
        with pytest.raises(vmodl.fault.InvalidArgument):
            paved.wait(switch.AddDVPortgroup_Task([spec(name="web", type="earlyBinding", defaultPortConfig=setting)]))
    paved.wait(switch.AddDVPortgroup_Task([spec(name="plain", type="earlyBinding")]))
    group = paved.vcenter.all(vim.dvs.DistributedVirtualPortgroup)["plain"]
    said = paved.vcenter.read(group, "config").defaultPortConfig
    policy = said.macManagementPolicy
    assert (said.vlan.vlanId, policy.allowPromiscuous, policy.macChanges, policy.forgedTransmits) == (0,) + (False,) * 3
    paved.wait(switch.Destroy_Task())


def test_a_mount_through_vcenter_is_the_hosts_own(paved: Paved) -> None:
    system = paved.vcenter.manager("datastoreSystem", paved.host)
    store = system.CreateNasDatastore(nfs(paved, "vms"))
    esxi = paved.sandboxed.esxi(0)
    assert "vms" in esxi.all(vim.Datastore)
    with pytest.raises(vim.fault.DuplicateName):
        system.CreateNasDatastore(nfs(paved, "vms", "disks"))
    with pytest.raises(vim.fault.AlreadyExists):
        system.CreateNasDatastore(nfs(paved, "other"))
    system.RemoveDatastore(store)
    assert "vms" not in esxi.all(vim.Datastore)
    assert "vms" not in paved.vcenter.all(vim.Datastore)


def test_a_mount_on_the_host_shows_in_vcenter(paved: Paved) -> None:
    esxi = paved.sandboxed.esxi(0)
    system = esxi.manager("datastoreSystem")
    store = system.CreateNasDatastore(nfs(paved, "disks", "disks"))
    assert "disks" in paved.vcenter.all(vim.Datastore)
    system.RemoveDatastore(store)
    assert "disks" not in paved.vcenter.all(vim.Datastore)


def test_an_export_that_is_none_is_not_mounted(paved: Paved) -> None:
    spec = nfs(paved, "vms")
    spec.remotePath = "/elsewhere"
    with pytest.raises(vim.fault.HostConfigFault):
        paved.vcenter.manager("datastoreSystem", paved.host).CreateNasDatastore(spec)


@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE"])
def test_a_datastores_files_want_a_session(paved: Paved, method: str) -> None:
    path = "/folder/mine.txt?dcPath=ha-datacenter&dsName=datastore1"
    assert paved.sandboxed.esxi(0).http(method, path, b"text", cookie=False)[0] == 401


def test_a_datastores_files_can_be_put_got_and_deleted(paved: Paved) -> None:
    esxi = paved.sandboxed.esxi(0)
    path = "/folder/.paver/mine.json?dcPath=ha-datacenter&dsName=datastore1"
    assert esxi.http("PUT", path, b"text")[0] in {200, 201}
    assert esxi.http("GET", path) == (200, b"text")
    assert ".paver/mine.json" in str(paved.sandboxed.census("esxi-1", "Datastore"))
    assert esxi.http("DELETE", path)[0] == 204
    assert esxi.http("GET", path)[0] == 404


@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE"])
def test_a_vcenters_files_want_a_session_too(paved: Paved, method: str) -> None:
    path = f"/folder/mine.txt?dcPath=dc&dsName={paved.local}"
    assert paved.vcenter.http(method, path, b"text", cookie=False)[0] == 401


def test_what_is_imported_carries_its_licence_whoever_has_read_it(paved: Paved) -> None:
    """No call of the API takes an acceptance: paver refuses what nobody accepted (test_preflight_faults)."""
    with tarfile.open(paved.sandboxed.directory / "appliance.ova") as archive:
        text = archive.extractfile("appliance.ovf").read().decode()  # type: ignore[union-attr]  # a file
    esxi = paved.sandboxed.esxi(1)
    pool, store = next(iter(esxi.all(vim.ResourcePool).values())), next(iter(esxi.all(vim.Datastore).values()))
    params = vim.OvfManager.CreateImportSpecParams(entityName="read", deploymentOption="tiny", locale="")
    made = esxi.content.ovfManager.CreateImportSpec(text, pool, store, params)
    assert "sandbox" in made.importSpec.configSpec.vAppConfig.eula[0]
