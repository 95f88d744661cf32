"""What a real server refuses and govmomi's simulator does not; VSPHERE.md's "accepts" and "four calls" lists."""

# ruff: noqa: ANN401  pyVmomi's objects carry no types
from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from pyVmomi import vim
from sandboxes import Sandboxed, Server

pytestmark = pytest.mark.sandbox


@dataclass
class Paved:
    """A vCenter with a datacenter, a cluster of one host and a switch."""

    sandboxed: Sandboxed
    vcenter: Server
    datacenter: vim.Datacenter
    cluster: vim.ClusterComputeResource
    host: vim.HostSystem

    def folder(self, name: str) -> vim.Folder:
        return self.vcenter.read(self.datacenter, f"{name}Folder")

    def wait(self, task: vim.Task) -> Any:
        return self.vcenter.wait(task)

    def switch(self, name: str, **fields: Any) -> vim.dvs.VmwareDistributedVirtualSwitch:
        config = vim.dvs.VmwareDistributedVirtualSwitch.ConfigSpec(name=name, **fields)
        return self.wait(
            self.folder("network").CreateDVS_Task(vim.DistributedVirtualSwitch.CreateSpec(configSpec=config))
        )

    def vm(self, name: str, folder: vim.Folder | None = None, **fields: Any) -> vim.VirtualMachine:
        config = vim.vm.ConfigSpec(
            name=name, files=vim.vm.FileInfo(vmPathName=f"[{self.local}]"), memoryMB=128, numCPUs=1, **fields
        )
        pool = self.vcenter.read(self.cluster, "resourcePool")
        return self.wait((folder or self.folder("vm")).CreateVM_Task(config, pool))

    @property
    def local(self) -> str:
        stores = {self.vcenter.read(one, "name") for one in self.vcenter.read(self.host, "datastore")}
        return next(name for name in sorted(stores) if name.startswith("datastore1"))


@pytest.fixture(scope="module")
def paved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Paved]:
    sandboxed = Sandboxed(tmp_path_factory.mktemp("sandbox"))
    try:
        vcenter = sandboxed.configured()
        datacenter = vcenter.content.rootFolder.CreateDatacenter("dc")
        folder = vcenter.read(datacenter, "hostFolder")
        cluster = folder.CreateClusterEx("c1", vim.cluster.ConfigSpecEx())
        host = vcenter.wait(cluster.AddHost_Task(sandboxed.connect_spec(0), True))
        yield Paved(sandboxed, vcenter, datacenter, cluster, host)
        assert sandboxed.process.poll() is None, (sandboxed.directory / "log").read_text()
    finally:
        sandboxed.close()


# ---- adding hosts ----------------------------------------------------------------------------------------------------


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


# ---- names and folders -----------------------------------------------------------------------------------------------


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


# ---- switches --------------------------------------------------------------------------------------------------------


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


# ---- datastores ------------------------------------------------------------------------------------------------------


def nfs(paved: Paved, name: str, export: str = "vms") -> vim.host.NasVolume.Specification:
    server, path = paved.sandboxed.where.exports[export].split(":")
    return vim.host.NasVolume.Specification(
        remoteHost=server, remotePath=path, localPath=name, accessMode="readWrite", type="NFS"
    )


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


# ---- the four calls that end the simulator's process -----------------------------------------------------------------


def test_a_search_without_a_spec_is_answered(paved: Paved) -> None:
    store = paved.vcenter.all(vim.Datastore)["datastore1"]
    browser = paved.vcenter.read(store, "browser")
    assert paved.wait(browser.SearchDatastore_Task("[datastore1]", None)) is not None


def test_a_template_goes_and_then_its_pool(paved: Paved) -> None:
    root = paved.vcenter.read(paved.cluster, "resourcePool")
    shares = vim.SharesInfo(level="normal", shares=0)
    allocation = vim.ResourceAllocationInfo(reservation=0, expandableReservation=True, limit=-1, shares=shares)
    pool = root.CreateResourcePool("p", vim.ResourceConfigSpec(cpuAllocation=allocation, memoryAllocation=allocation))
    config = vim.vm.ConfigSpec(name="t", files=vim.vm.FileInfo(vmPathName="[datastore1]"), memoryMB=128, numCPUs=1)
    vm = paved.wait(paved.folder("vm").CreateVM_Task(config, pool))
    vm.MarkAsTemplate()
    paved.wait(vm.Destroy_Task())
    paved.wait(pool.Destroy_Task())


def test_a_datastore_in_a_datastore_cluster_can_be_unmounted(paved: Paved) -> None:
    pod = paved.folder("datastore").CreateStoragePod("pod")
    store = paved.vcenter.manager("datastoreSystem", paved.host).CreateNasDatastore(nfs(paved, "vms"))
    paved.wait(pod.MoveIntoFolder_Task([store]))
    with pytest.raises(vim.fault.ResourceInUse):
        paved.wait(pod.Destroy_Task())
    paved.wait(store.Destroy_Task())
    paved.wait(pod.Destroy_Task())
    assert "/dc/datastore/pod" not in paved.sandboxed.census("vcenter", "StoragePod")


def test_a_vm_in_a_cluster_whose_host_went_is_refused(paved: Paved) -> None:
    cluster = paved.folder("host").CreateClusterEx("hollow", vim.cluster.ConfigSpecEx())
    host = paved.wait(cluster.AddHost_Task(paved.sandboxed.connect_spec(1), True))
    paved.wait(host.DisconnectHost_Task())
    paved.wait(host.Destroy_Task())
    config = vim.vm.ConfigSpec(name="nowhere", files=vim.vm.FileInfo(vmPathName="[datastore1]"))
    with pytest.raises(vim.fault.InvalidDatastore):
        paved.wait(paved.folder("vm").CreateVM_Task(config, paved.vcenter.read(cluster, "resourcePool")))
    paved.wait(cluster.Destroy_Task())


# ---- imports ---------------------------------------------------------------------------------------------------------


def test_a_vm_that_is_being_imported_cannot_be_destroyed(paved: Paved) -> None:
    esxi = paved.sandboxed.esxi(1)
    lease, _ = esxi.lease(paved.sandboxed.directory / "appliance.ova", "coming")
    vm = esxi.all(vim.VirtualMachine)["coming"]
    time.sleep(0.2)
    with pytest.raises(vim.fault.TaskInProgress):
        vm.Destroy_Task()
    lease.Abort()
    time.sleep(0.2)
    assert "coming" not in esxi.all(vim.VirtualMachine)


def test_an_import_without_progress_ends_and_takes_its_vm_along(paved: Paved) -> None:
    esxi = paved.sandboxed.esxi(1)
    esxi.lease(paved.sandboxed.directory / "appliance.ova", "silent")
    assert "silent" in esxi.all(vim.VirtualMachine)
    deadline = time.monotonic() + 6
    while "silent" in esxi.all(vim.VirtualMachine):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_an_import_with_progress_lives_on(paved: Paved) -> None:
    esxi = paved.sandboxed.esxi(1)
    lease, _ = esxi.lease(paved.sandboxed.directory / "appliance.ova", "slow")
    for percent in range(0, 60, 10):
        lease.Progress(percent)
        time.sleep(0.5)
    assert esxi.read(lease, "info").leaseTimeout == 2
    assert "slow" in esxi.all(vim.VirtualMachine)
    lease.Abort()


def test_an_import_without_its_disk_is_not_complete(paved: Paved) -> None:
    esxi = paved.sandboxed.esxi(1)
    lease, _ = esxi.lease(paved.sandboxed.directory / "appliance.ova", "hollow")
    with pytest.raises(vim.fault.InvalidState):
        lease.Complete()
    lease.Abort()


def test_a_full_datastore_takes_no_import(paved: Paved) -> None:
    paved.sandboxed.control("/settings", {"hosts": {"esxi-2": {"free_gib": 0}}})
    esxi = paved.sandboxed.esxi(1)
    try:
        with pytest.raises(vim.fault.NoDiskSpace):
            esxi.lease(paved.sandboxed.directory / "appliance.ova", "fat")
    finally:
        paved.sandboxed.control("/settings", {"hosts": {"esxi-2": {"free_gib": 1024}}})


def test_a_descriptors_licence_is_there_to_be_read(paved: Paved) -> None:
    import tarfile  # noqa: PLC0415  one use

    with tarfile.open(paved.sandboxed.directory / "appliance.ova") as archive:
        text = archive.extractfile("appliance.ovf").read().decode()  # type: ignore[union-attr]  # a file
    params = vim.OvfManager.ParseDescriptorParams(locale="", deploymentOption="")
    told = paved.sandboxed.esxi(1).content.ovfManager.ParseDescriptor(text, params)
    assert "sandbox" in told.eula[0]
    assert [one.key for one in told.deploymentOption] == ["tiny", "small", "medium", "large", "xlarge"]


# ---- ESXi on request -------------------------------------------------------------------------------------------------


def test_a_host_of_the_free_licence_can_be_read_and_not_changed(paved: Paved) -> None:
    paved.sandboxed.control("/settings", {"hosts": {"esxi-3": {"read_only": True}}})
    esxi = paved.sandboxed.esxi(2)
    network = esxi.manager("networkSystem")
    try:
        with pytest.raises(vim.fault.RestrictedVersion):
            network.AddVirtualSwitch("vSwitch1", None)
    finally:
        paved.sandboxed.control("/settings", {"hosts": {"esxi-3": {"read_only": False}}})
    network.AddVirtualSwitch("vSwitch1", None)
    network.AddPortGroup(
        vim.host.PortGroup.Specification(name="pg", vlanId=7, vswitchName="vSwitch1", policy=vim.host.NetworkPolicy())
    )
    assert paved.sandboxed.census("esxi-3", "HostPortGroup")["vSwitch1/pg"] == {"vlan": 7}
    network.RemovePortGroup("pg")
    network.RemoveVirtualSwitch("vSwitch1")


def test_a_hosts_clock_can_be_wrong(paved: Paved) -> None:
    paved.sandboxed.control("/settings", {"hosts": {"esxi-3": {"clock_skew_s": 3600}}})
    esxi = paved.sandboxed.esxi(2)
    ahead = esxi.manager("dateTimeSystem").QueryDateTime().timestamp() - time.time()
    paved.sandboxed.control("/settings", {"hosts": {"esxi-3": {"clock_skew_s": 0}}})
    assert 3590 < ahead < 3610


def test_an_esxi_host_refuses_a_wrong_password(paved: Paved) -> None:
    with pytest.raises(vim.fault.InvalidLogin):
        paved.sandboxed.esxi(2, password="wrong")
