"""The calls that end the simulator's process, imports that die, and ESXi hosts as they are asked for."""

# ruff: noqa: F811  pyVmomi's objects carry no types; a fixture is imported and then an argument
from __future__ import annotations

import time

import pytest
from populated import Paved, nfs, paved  # noqa: F401  the fixture
from pyVmomi import vim

from paver_vsphere.sandbox.ova import SIZES

pytestmark = pytest.mark.sandbox


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
    assert [one.key for one in told.deploymentOption] == list(SIZES)


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
