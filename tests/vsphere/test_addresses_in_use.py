"""Addresses of the spec's networks that others have already: told with their holders before anything is made."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from environments import Document, Environment
from example import example
from pyVmomi import vim
from recorded import unchanged
from sandboxes import Sandboxed, Server
from tenants import on_clusters, tenant

from paver.contract.findings import Finding, Severity
from paver_vsphere.checks.in_use import Used, use_findings, used

VLANS = {"old-lb": 23, "elsewhere": 99}


def nic(network: str, *addresses: str) -> SimpleNamespace:
    return SimpleNamespace(network=network, ipAddress=list(addresses))


def vmk(device: str, portgroup: str, address: str | None) -> SimpleNamespace:
    ip = SimpleNamespace(ipAddress=address)
    return SimpleNamespace(device=device, portgroup=portgroup, spec=SimpleNamespace(ip=ip))


def told(*there: Used, section: dict[str, Any] | None = None, **spec: Any) -> list[Finding]:  # noqa: ANN401  any key of a spec
    return list(use_findings(*example(spec or None, section), there, VLANS, "vc"))


def test_machines_and_hosts_tell_their_addresses() -> None:
    rows: list[dict[str, Any]] = [
        {
            "name": "web",
            "network": [vim.Network("network-7")],
            "guest.net": [nic("elsewhere", "10.20.32.77", "fe80::1"), nic("", "10.20.0.9")],
        },
        {"name": "off"},
        {
            "name": "esxi-1",
            "config.network.vnic": [vmk("vmk0", "Management Network", "10.20.0.20"), vmk("vmk1", "", None)],
        },
    ]
    named = {"Network:network-7": "old-lb"}
    assert [(str(one.address), one.holder, one.networks) for one in used(rows, named)] == [
        ("10.20.32.77", "VM web", ("elsewhere",)),
        ("10.20.0.9", "VM web", ("old-lb",)),
        ("10.20.0.20", "vmk0 of host esxi-1", ("Management Network",)),
    ]


def one(address: str, network: str) -> Used:
    (found,) = used([{"name": "web", "guest.net": [nic(network, address)]}], {})
    return found


@pytest.mark.parametrize(
    ("network", "severity"),
    [("old-lb", Severity.FAIL), ("staging-lb", Severity.FAIL), ("elsewhere", Severity.WARN), ("", Severity.WARN)],
)
def test_who_is_on_the_same_vlan_or_network_is_in_the_way(network: str, severity: Severity) -> None:
    (found,) = told(one("10.20.32.77", network))
    assert found.severity is severity
    assert found.check == "addresses"
    assert "10.20.32.77 by VM web" in found.what
    assert found.path == ("networks", "lb")


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("10.20.32.1", "the gateway"),
        ("10.20.16.210", "reserved for others"),
        ("10.21.0.9", "in none of the networks"),
        ("10.20.0.4", "the vCenter"),
    ],
)
def test_what_the_environment_does_not_give_is_nobodys_conflict(address: str, why: str) -> None:
    (found,) = told(one(address, "old-lb"))
    assert found.severity is Severity.OK, why


def test_of_many_addresses_a_few_are_named() -> None:
    (found,) = told(*(one(f"10.20.32.{number}", "old-lb") for number in range(20, 40)))
    assert "10.20.32.20 by VM web" in found.what
    assert found.what.endswith("12 more")


def address(environment: Environment, number: int) -> str:
    """One of the lb network, which is the third sixteenth."""
    octet = str(environment.document["address_space"]).split(".")[1]
    return f"127.{octet}.32.{number}"


def machine(server: Server, name: str, network: str, ip: str, folder: Any = None) -> Any:  # noqa: ANN401  pyVmomi's objects carry no types
    """A VM that runs, with one card."""
    group = server.all(vim.dvs.DistributedVirtualPortgroup)[network]
    switch = server.all(vim.DistributedVirtualSwitch)["sandbox"]
    port = vim.dvs.PortConnection(portgroupKey=server.read(group, "key"), switchUuid=server.read(switch, "uuid"))
    card = vim.vm.device.VirtualVmxnet3(
        key=-1, backing=vim.vm.device.VirtualEthernetCard.DistributedVirtualPortBackingInfo(port=port)
    )
    datacenter = server.all(vim.Datacenter)["sandbox"]
    pool = server.read(server.all(vim.ClusterComputeResource)["sandbox-z1"], "resourcePool")
    spec = vim.vm.ConfigSpec(
        name=name,
        numCPUs=1,
        memoryMB=32,
        guestId="otherGuest",
        files=vim.vm.FileInfo(vmPathName="[sandbox-disks]"),
        deviceChange=[vim.vm.device.VirtualDeviceSpec(operation="add", device=card)],
    )
    made = server.wait((folder or server.read(datacenter, "vmFolder")).CreateVM_Task(spec, pool, None))
    server.wait(made.PowerOnVM_Task())
    told = vim.option.OptionValue(key="SET.guest.ipAddress", value=ip)  # the simulator's word for what the guest says
    server.wait(made.ReconfigVM_Task(vim.vm.ConfigSpec(extraConfig=[told])))
    return made


def gone(server: Server, made: Any) -> None:  # noqa: ANN401  pyVmomi's objects carry no types
    server.wait(made.PowerOffVM_Task())
    server.wait(made.Destroy_Task())


@pytest.mark.sandbox
def test_a_machine_of_others_on_the_same_vlan_stops_the_pave_and_is_named(
    stage: Sandboxed, first: Environment, ca: Path
) -> None:
    second, server = tenant(stage, "second", on_clusters("second", ca)), stage.vcenter()
    taken = address(second, 77)
    web = machine(server, "web", "sandbox-lb", taken)
    try:
        with unchanged(stage):
            result = second.run("pave", "-y")
        assert result.returncode == 7
        assert f"addresses of lb in use: {taken} by VM web" in " ".join(result.stderr.split())

        def reserved(document: Document) -> None:
            document["networks"]["lb"] = {"reserved": [taken]}

        second.edit(reserved)
        assert second.run("pave", "-y").returncode == 0
    finally:
        second.destroy()
        gone(server, web)


@pytest.mark.sandbox
def test_machines_of_the_environment_itself_are_in_nobodys_way(stage: Sandboxed, first: Environment, ca: Path) -> None:
    def shared(document: Document) -> None:
        on_clusters("shared", ca)(document)
        document["networks"]["lb"] = {"existing": True}
        section = document["iaas"]["vsphere"]
        section |= {"switch": "sandbox", "port_groups": {"lb": "sandbox-lb"}}
        section["vlans"]["lb"] = 23

    second, server = tenant(stage, "shared", shared), stage.vcenter()
    second.pave()
    inner = server.all(vim.Folder)
    folder = next(one for one in server.read(inner["shared"], "childEntity") if server.read(one, "name") == "vms")
    director = machine(server, "director", "sandbox-lb", address(second, 78), folder)
    try:
        assert not [one.what for one in second.preflight() if address(second, 78) in one.what]
    finally:
        gone(server, director)
        second.destroy()
