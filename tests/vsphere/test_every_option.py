"""Every optional part at once, from bare hosts; and next to it an environment for which all that can be is adopted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from environments import Document, Environment, census, multiset
from pyVmomi import vim
from recorded import unchanged
from sandboxes import Sandboxed
from tenants import root_ca, tenant
from vcenters import licence_key

from paver.contract.environment import PavedEnvironment
from paver.engine.plan import Action
from paver_vsphere.licences import digest

pytestmark = pytest.mark.sandbox

READERS = r"VSPHERE.LOCAL\ReadOnlyUsers"
NETWORKS = ("management", "services", "workload", "lb")


LICENCES = {"vcenter": licence_key("VCTR8", 1), "hosts": licence_key("ESXI8", 64)}


def _kept(stage: Sandboxed, part: str) -> Path:
    file = stage.directory / f"{part}.licence"
    file.touch(mode=0o600)
    file.write_text(LICENCES[part])
    return file


def everything(stage: Sandboxed) -> Environment:
    """What the section can ask for, but for what excludes another part of it."""

    def change(document: Document) -> None:
        section = document["iaas"]["vsphere"]
        document["labels"] = {"team": "platform"}
        document["datastores"]["disks"]["existing"] = True
        section["zones"]["z1"] |= {"cluster": "shared", "host_group": {}}
        section["zones"]["z2"] |= {"cluster": "shared", "host_group": {"rule": "should"}}
        section["zones"]["z3"]["resource_pool"] = "platform"
        section["datastores"] = {
            "vms": {**section["datastores"]["vms"], "nfs_version": "4.1"},
            "disks": {"existing": "datastore1", "host": section["zones"]["z2"]["hosts"][0]},
        }
        section["host_settings"] = {
            "ntp": ["ntp-1.example.com"],
            "dns_servers": ["10.1.0.53"],
            "search_domains": ["example.com"],
            "services": {"ssh": True, "ntpd": True},
            "port_groups": {"vmotion": {"vlan": 30}},
        }
        section["mtu"] = 9000
        section["vlans"]["workload"] = [300, "100-200"]
        section["security"] = {"workload": {"promiscuous": True, "forged_transmits": True, "mac_changes": True}}
        section["groups"] = {READERS: "ReadOnly"}
        section["trusted_roots"] = ["root"]
        section["appliance"]["machine_certificate"] = "vcenter"
        document["certificates"]["leaves"]["vcenter"] = {"signed_by": "root", "names": [section["vcenter"]]}
        section["licences"] = {part: f"file:{_kept(stage, part)}" for part in LICENCES}
        section["jumpbox"] |= {"cpus": 4, "memory_gib": 8, "user": "operator", "datastore": "vms"}

    return Environment(stage, change, label="first")


@pytest.fixture(scope="module")
def bare(stage: Sandboxed) -> dict[str, list[Document]]:
    return census(stage)


@pytest.fixture(scope="module")
def first(stage: Sandboxed, bare: dict[str, list[Document]]) -> Iterator[Environment]:
    one = everything(stage)
    one.pave()
    yield one
    one.destroy()
    assert census(stage) == bare


@pytest.fixture(scope="module")
def paved(first: Environment) -> PavedEnvironment:
    return first.outputs()


def test_with_every_option_there_is_nothing_left_to_do(
    stage: Sandboxed, first: Environment, paved: PavedEnvironment
) -> None:
    with unchanged(stage):
        assert first.plan().empty
        assert first.pave() == paved
    assert first.run("verify").returncode == 0


def test_each_option_is_found_on_the_servers(stage: Sandboxed, first: Environment, paved: PavedEnvironment) -> None:
    def shared(zone: str, rule: str) -> Document:
        group = f"sandbox-{zone}-{first.digits}"
        return {"cluster": "shared", "resource_pool": f"sandbox-{zone}", "host_group": group, "drs_rule": rule}

    assert {name: zone.driver for name, zone in paved.zones.items()} == {
        "z1": shared("z1", "MUST"),
        "z2": shared("z2", "SHOULD"),
        "z3": {"cluster": "sandbox-z3", "resource_pool": "platform"},
    }
    switch = stage.census("vcenter", "DistributedVirtualSwitch")["/sandbox/network/sandbox"]
    assert switch["mtu"] == 9000
    group = stage.census("vcenter", "DistributedVirtualPortgroup")["/sandbox/network/sandbox-workload"]
    assert group["vlan"] == "100-200,300-300"
    datacenter = stage.census("vcenter", "Datacenter")["/sandbox"]
    assert [one for one in datacenter["permissions"] if READERS in one] == [f"{READERS}=ReadOnly propagate=true"]
    host = next(iter(stage.census("esxi-1", "HostSystem").values()))
    assert host["ntp"] == ["ntp-1.example.com"]
    licences = {props["licence"] for props in stage.census("vcenter", "HostSystem").values()}
    assert licences == {digest(LICENCES["hosts"])}
    assert stage.census("vcenter", "Folder")["/"]["licence"] == digest(LICENCES["vcenter"])
    rules = stage.census("vcenter", "ClusterComputeResource")["/sandbox/host/shared"]["rules"]
    assert rules[f"sandbox-jumpbox-vcenter-{first.digits}"]["machines"] == ["sandbox-jumpbox", "sandbox-vcenter"]
    machine = stage.vcenter().all(vim.VirtualMachine)["sandbox-jumpbox"]
    assert (machine.config.hardware.numCPU, machine.config.hardware.memoryMB) == (4, 8192)
    assert sum(name.startswith("TrustedRoot ") for name in multiset(census(stage)["vcenter"])) == 2


def test_what_another_environment_adopts_is_all_as_it_was_when_that_is_gone(
    stage: Sandboxed, first: Environment, paved: PavedEnvironment
) -> None:
    ca = root_ca(stage, paved)

    def adopting(document: Document) -> None:
        section = document["iaas"]["vsphere"]
        document["name"] = "second"
        document["dns"] = {"zone": "second.example.com"}
        document["zones"] = 2
        document["networks"] = {name: {"existing": True} for name in NETWORKS}
        document["datastores"]["vms"]["existing"] = True
        del document["datastores"]["disks"]
        section["datastores"] = {"vms": {"existing": "sandbox-vms"}}
        document["jumpbox"] = {"existing": True}
        section["zones"] = {
            zone: {"cluster": "shared", "host_group": {"existing": f"sandbox-{zone}-{first.digits}"}}
            for zone in ("z1", "z2")
        }
        section["port_groups"] = {name: f"sandbox-{name}" for name in NETWORKS}
        section["ca"] = str(ca)
        for ours in ("appliance", "jumpbox", "esxi_password", "known_hosts", "uplinks", "vlans"):
            del section[ours]

    before = census(stage)
    second = tenant(stage, "second", adopting)
    adopted = {str(step.key) for step in second.plan() if step.action is Action.ADOPT}
    assert adopted == {
        *("datacenter/second", "cluster/z1", "datastore/vms", "host-group/z1", "host-group/z2"),
        *(f"network/{name}" for name in NETWORKS),
    }
    document = second.pave()
    with unchanged(stage):
        assert second.pave() == document
        assert first.plan().empty
    second.destroy()
    assert census(stage) == before
