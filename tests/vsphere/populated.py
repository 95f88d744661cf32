"""A vCenter of the sandbox with a little in it."""

# ruff: noqa: ANN401  pyVmomi's objects carry no types
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from pyVmomi import vim
from sandboxes import Sandboxed, Server


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


def nfs(paved: Paved, name: str, export: str = "vms") -> vim.host.NasVolume.Specification:
    server, path = paved.sandboxed.where.exports[export].split(":")
    return vim.host.NasVolume.Specification(
        remoteHost=server, remotePath=path, localPath=name, accessMode="readWrite", type="NFS"
    )
