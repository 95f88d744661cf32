"""Machines of the sandbox's vCenter: where their disks go, what they refuse while they run, what their guests read."""

# ruff: noqa: F811  a fixture is imported and then an argument
from __future__ import annotations

import json
import time
from base64 import b64encode
from typing import Any
from urllib.parse import urlsplit

import pytest
from populated import Paved, paved  # noqa: F401  the fixture
from pyVmomi import vim

from paver_vsphere.sandbox.ova import DISK

pytestmark = pytest.mark.sandbox

TELL = 'vmtoolsd --cmd "info-set guestinfo.key $(cat /etc/ssh/ssh_host_ed25519_key.pub)"'
NETWORK = {"version": 2, "ethernets": {"card": {"addresses": ["10.1.2.3/24"]}}}


def test_a_vcenter_sends_disks_to_the_host_that_carries_the_machine_and_takes_none(paved: Paved) -> None:
    vcenter, stage = paved.vcenter, paved.sandboxed
    lease, files = vcenter.lease(stage.directory / "appliance.ova", "sent")
    device = next(one for one in vcenter.read(lease, "info").deviceUrl if one.disk)  # the other one brings no file
    place = urlsplit(device.url)
    assert place.netloc == stage.where.hosts[0]
    assert device.sslThumbprint == stage.ready["hosts"][0]["thumbprint"]
    assert vcenter.http("POST", place.path, files[DISK])[0] == 404
    with pytest.raises(vim.fault.InvalidState):
        lease.Complete()
    assert stage.esxi().http("POST", place.path, files[DISK], cookie=False)[0] == 200
    lease.Complete()
    paved.wait(vcenter.all(vim.VirtualMachine)["sent"].Destroy_Task())


def test_a_machine_that_runs_keeps_its_size(paved: Paved) -> None:
    vm = paved.vm("running")
    paved.wait(vm.PowerOnVM_Task())
    for spec, fault in (
        (vim.vm.ConfigSpec(numCPUs=2), vim.fault.CpuHotPlugNotSupported),
        (vim.vm.ConfigSpec(memoryMB=256), vim.fault.MemoryHotPlugNotSupported),
    ):
        with pytest.raises(fault):
            paved.wait(vm.ReconfigVM_Task(spec))
    paved.wait(vm.ReconfigVM_Task(vim.vm.ConfigSpec(numCPUs=1, memoryMB=128, annotation="the same size")))
    paved.wait(vm.PowerOffVM_Task())
    paved.wait(vm.ReconfigVM_Task(vim.vm.ConfigSpec(numCPUs=2, memoryMB=256)))
    props = paved.sandboxed.census("vcenter", "VirtualMachine")["/dc/vm/running"]
    assert (props["cpus"], props["memory_mib"]) == (2, 256)
    paved.wait(vm.Destroy_Task())


def coded(text: str) -> str:
    return b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("data", "address", "tells"),
    [
        (
            {"metadata": {"network": NETWORK}, "userdata": f"#cloud-config\n{json.dumps({'runcmd': [TELL]})}"},
            True,
            True,
        ),
        ({"metadata": {"network": NETWORK}, "userdata": json.dumps({"runcmd": [TELL]})}, True, False),
        ({"metadata": {"network": {**NETWORK, "version": 1}}}, False, False),
        ({}, False, False),
    ],
    ids=["all of it", "no cloud-config", "another version of the network", "nothing"],
)
def test_a_guest_takes_its_address_and_tells_its_host_key_where_it_is_told_to(
    paved: Paved, data: dict[str, Any], *, address: bool, tells: bool
) -> None:
    extra = []
    for name, value in data.items():
        text = value if isinstance(value, str) else json.dumps(value)
        extra += [(f"guestinfo.{name}", coded(text)), (f"guestinfo.{name}.encoding", "base64")]
    vm = paved.vm("guest", extraConfig=[vim.option.OptionValue(key=key, value=value) for key, value in extra])
    paved.wait(vm.PowerOnVM_Task())
    time.sleep(0.3)
    told = {one.key: one.value for one in paved.vcenter.read(vm, "config.extraConfig")}
    assert paved.vcenter.read(vm, "guest.ipAddress") == ("10.1.2.3" if address else None)
    assert told.get("guestinfo.key", "").startswith("ssh-ed25519 AAAA") is tells
    if address:
        paved.wait(vm.PowerOffVM_Task())
        time.sleep(0.3)
        assert not paved.vcenter.read(vm, "guest.ipAddress")
        paved.wait(vm.PowerOnVM_Task())
        time.sleep(0.3)
        again = {one.key: one.value for one in paved.vcenter.read(vm, "config.extraConfig")}
        assert again.get("guestinfo.key") == told.get("guestinfo.key")
    paved.wait(vm.PowerOffVM_Task())
    paved.wait(vm.Destroy_Task())
