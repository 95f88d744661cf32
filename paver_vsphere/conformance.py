"""What the conformance kit needs of this driver: sandboxes, each with one environment from bare ESXi."""

# ruff: noqa: ANN401  pyVmomi's objects carry no types
from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID, uuid4

import yaml
from pydantic import JsonValue

from paver.conformance.target import Census, Edit, Line, Site, Target, Thing
from paver.conformance.wire.behaviour import Client, When
from paver.conformance.wire.log import Counts
from paver.contract import names
from paver.contract.resource import Key
from paver.contract.stage import POLL
from paver.contract.types import Owner
from paver_vsphere.sandbox.hand import Hand
from paver_vsphere.sandbox.layout import free_space, layout
from paver_vsphere.sandbox.stage import START, Stage
from paver_vsphere.sdk import vim

MANAGED = frozenset({"datastores", "managementServerIp", "files"})
"""Facts of given hosts and stores that change while an environment is paved, and are as before afterwards."""
BOOKKEEPING = (
    *("Login", "Logout", "LoginByToken", "RequestSecurityToken", "HttpNfcLeaseProgress"),
    *("POST /api/session", "DELETE /api/session"),
)
READS = (
    *("RetrieveServiceContent", "RetrieveProperties", "RetrievePropertiesEx", "ContinueRetrievePropertiesEx"),
    *(
        "DecodeLicense",
        "QueryAssignedLicenses",
        "RetrieveAllPermissions",
        "RetrieveUserGroups",
        "QueryDateTime",
        "CurrentTime",
        "CreateImportSpec",
        "SearchDatastore_Task",
    ),
    *("HasUserPrivilegeOnEntities", "HasPrivilegeOnEntities", "HasPrivilegeOnEntity", "FetchUserPrivilegeOnEntities"),
    *("FindAllByUuid", "FindAllByIp", "FindByInventoryPath"),
    *("InitiateFileTransferFromGuest", "FindPersonUsers", "FindPersonUser", "ParseDescriptor"),
    *("CreateContainerView", "DestroyView", "CreateFilter", "WaitForUpdatesEx", "QueryPerf"),
    *("GET /folder", "HEAD /folder", "GET /guestFile", "GET /rest", "GET /api", "GET /certs", "GET /sdk", "GET /"),
)
"""Calls that change nothing; any other, bookkeeping apart, counts as a change."""

EXPECTED = """
esxi-1 Datastore /ha-datacenter/datastore/sandbox-disks
esxi-1 Datastore /ha-datacenter/datastore/sandbox-vms
esxi-1 HostPortGroup vSwitch0/sandbox-bootstrap
esxi-1 HostProxySwitch sandbox
esxi-1 Network /ha-datacenter/network/sandbox-bootstrap
esxi-1 VirtualMachine /ha-datacenter/vm/sandbox-vcenter
vcenter ClusterComputeResource /sandbox/host/sandbox-z1
vcenter CustomField paver-register-{owner}
vcenter Datacenter /sandbox
vcenter Datastore /sandbox/datastore/datastore1
vcenter Datastore /sandbox/datastore/sandbox-disks
vcenter Datastore /sandbox/datastore/sandbox-vms
vcenter DistributedVirtualPortgroup /sandbox/network/sandbox-DVUplinks
vcenter DistributedVirtualPortgroup /sandbox/network/sandbox-management
vcenter DistributedVirtualPortgroup /sandbox/network/sandbox-services
vcenter DistributedVirtualSwitch /sandbox/network/sandbox
vcenter Folder /
vcenter Folder /sandbox/datastore
vcenter Folder /sandbox/host
vcenter Folder /sandbox/network
vcenter Folder /sandbox/vm
vcenter Folder /sandbox/vm/Discovered virtual machine
vcenter Folder /sandbox/vm/sandbox
vcenter Folder /sandbox/vm/sandbox/templates
vcenter Folder /sandbox/vm/sandbox/vms
vcenter Group Administrators@vsphere.local
vcenter Group ReadOnlyUsers@vsphere.local
vcenter Group Users@vsphere.local
vcenter HostSystem /sandbox/host/sandbox-z1/{host}
vcenter Network /sandbox/network/VM Network
vcenter ResourcePool /sandbox/host/sandbox-z1/Resources
vcenter ResourcePool /sandbox/host/sandbox-z1/Resources/sandbox
vcenter Role sandbox-datacenter-{owner}
vcenter Role sandbox-objects-{owner}
vcenter Role sandbox-root-{owner}
vcenter TrustedRoot CA of {vcenter}
vcenter TrustedRoot sandbox root
vcenter User administrator@vsphere.local
vcenter User sandbox-bosh-cpi-{owner}@vsphere.local
vcenter VirtualMachine /sandbox/vm/Discovered virtual machine/sandbox-vcenter
vcenter VirtualMachine /sandbox/vm/sandbox/sandbox-jumpbox
"""

SQUATTER = "theirs"
GOES = (
    *("esxi-1 HostProxySwitch", "vcenter DistributedVirtual", "vcenter Role", "vcenter User sandbox-bosh-cpi"),
    "vcenter TrustedRoot sandbox root",
    *("vcenter Folder /sandbox/vm/sandbox/vms", "vcenter ResourcePool /sandbox/host/sandbox-z1/Resources/sandbox"),
    "vcenter VirtualMachine /sandbox/vm/sandbox/sandbox-jumpbox",
)
"""What goes although a VM of others stays in `templates` and on `sandbox-disks`."""


class SandboxLine(Line):
    """The sandbox's own record of calls and its faults on request stand for a wire."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def reset(self) -> None:
        """Behave, let go who is kept waiting, count from nothing."""
        self._settings(faults=[], latency_ms=0)
        deadline = time.monotonic() + START
        while self._stage.control("/calls")["held"] and time.monotonic() < deadline:
            time.sleep(POLL)
        self._stage.control("/calls", {})

    def counts(self) -> Counts:
        """Calls since the last reset."""
        made = [call["method"] for call in self._stage.control("/calls")["calls"]]
        aside, reads = sum(one in BOOKKEEPING for one in made), sum(one in READS for one in made)
        return Counts(len(made) - aside - reads, reads, aside)

    def kill(self, client: Client, *, at: int, when: When) -> None:
        """Keep the call waiting, and kill its client meanwhile."""
        kind = "hold" if when == "before" else "hold-answer"
        self._settings(faults=[_change_fault(kind, at, 0)])
        threading.Thread(target=self._strike, args=(client,), daemon=True).start()

    def lose(self, at: int) -> None:
        """The answer to one change."""
        self._settings(faults=[_change_fault("lose", at, 1)])

    def faults(self, rate: float, *, seed: int, reads_only: bool = False) -> None:
        """Connections that end, answers lost and cut, stalls, 503."""
        methods = READS if reads_only else ("*",)
        faults = [
            {"method": method, "kind": "any", "rate": rate, "seed": seed + number}
            for number, method in enumerate(methods)
        ]
        self._settings(faults=faults)

    def latency(self, seconds: float) -> None:
        """Before every call."""
        self._settings(latency_ms=int(seconds * 1000))

    def silence(self) -> None:
        """Every call waits until its client leaves."""
        self._settings(faults=[{"method": "*", "kind": "hold"}])

    def _strike(self, client: Client) -> None:
        deadline = time.monotonic() + 120
        with suppress(OSError):  # a run that sent fewer changes is over, and the sandbox with it
            while time.monotonic() < deadline:
                if self._stage.control("/calls")["held"]:
                    if callable(client):
                        client()
                    else:
                        os.kill(client, 9)
                    return
                time.sleep(POLL)

    def _settings(self, **settings: Any) -> None:
        self._stage.control("/settings", settings)


class VsphereSite(Site):
    """One zone on one host, with one of each kind; the other two hosts are others'."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._where = stage.sandbox.where
        self._owner: UUID = uuid4()
        self.line = SandboxLine(stage)

    def spec(self, owner: UUID) -> str:
        """The sandbox's example, made small."""
        self._owner = owner
        document = yaml.safe_load(self._stage.sandbox.spec(self._stage.directory, owner))
        section = document["iaas"]["vsphere"]
        document |= {"zones": 1, "networks": {"management": {}, "services": {}}, "load_balancers": {}}
        section |= {
            "zones": {"z1": section["zones"]["z1"]},
            "vlans": {name: section["vlans"][name] for name in document["networks"]},
            "trusted_roots": ["root"],
            "groups": {r"VSPHERE.LOCAL\ReadOnlyUsers": "ReadOnly"},
            "addresses": {"blobs": section["addresses"]["blobs"]},
            "known_hosts": str(self._stage.directory / "known_hosts"),
            "password": self._file("vcenter"),
            "esxi_password": self._file("esxi"),
        }
        section["appliance"] |= {
            "ova": str(self._stage.directory / "appliance.ova"),
            "root_password": self._file("root"),
        }
        section["jumpbox"] |= {"ova": str(self._stage.directory / "jumpbox.ova")}
        return yaml.safe_dump(document, sort_keys=False)

    def section(self, networks: Sequence[str]) -> Mapping[str, JsonValue]:
        """A VLAN for each."""
        return {"vlans": {name: 40 + number for number, name in enumerate(networks)}}

    def census(self) -> Census:
        """Everything on the hosts and on the vCenter, where there is one."""
        found: dict[str, Thing] = {}
        for scope, things in self._stage.control("/census").items():
            for number, thing in enumerate(things):
                path = thing["path"].partition("DVUplinks-")
                name = path[0] + path[1].rstrip("-")
                state = {key: value for key, value in thing["props"].items() if key not in MANAGED}
                id_ = f"{scope} {thing['type']} {name}"
                found[id_ if id_ not in found else f"{id_} {number}"] = Thing(f"{scope} {thing['type']}", name, state)
        return found

    def expected(self) -> Counter[str]:
        """On the first host, and on the vCenter."""
        host = self._where.hosts[0].rpartition(":")[0]
        return Counter(
            EXPECTED.format(owner=self._owner.hex[:10], host=host, vcenter=self._where.vcenter).split("\n")[1:-1]
        )

    def plant(self, owner: UUID) -> None:
        """Port groups, folders and VMs on all three hosts, with our names, others' marks, or ours and other names."""
        others = Owner(id=uuid4(), name="sandbox")
        ours = Owner(id=owner, name="sandbox")
        for number in range(len(self._where.hosts)):
            with self._esxi(number) as host:
                for suffix in ("-old", "-2"):
                    host.port_group(f"sandbox-bootstrap{suffix}", 20)
                host.machine("sandbox-vcenter-old", names.marks(ours, Key(kind="appliance", name="vcenter")))
                host.machine("sandbox-vcenter-theirs", names.marks(others, Key(kind="appliance", name="vcenter")))
                host.machine("sandbox-vcenter-unmarked", {})

    def clone(self) -> None:
        """A VM with the appliance's marks under another name, as whoever restores a backup has one."""
        ours = Owner(id=self._owner, name="sandbox")
        with self._esxi(0) as host:
            host.machine("sandbox-vcenter-restored", names.marks(ours, Key(kind="appliance", name="vcenter")))

    def squat(self) -> Counter[str]:
        """A VM of others in a folder and on a datastore: those stay, with the vCenter and all that they stand in."""
        with self._vcenter() as hand:
            folder = hand.all(vim().Folder)["templates"]
            hand.machine(SQUATTER, {}, datastore="sandbox-disks", folder=folder)
        gone = [line for line in self.expected() if line.startswith(GOES)]
        theirs = f"vcenter VirtualMachine /sandbox/vm/sandbox/templates/{SQUATTER}"
        return self.expected() - Counter(gone) + Counter([theirs])

    def evict(self) -> None:
        """Their VM goes."""
        with self._vcenter() as hand:
            hand.wait(hand.all(vim().VirtualMachine)[SQUATTER].Destroy_Task())

    def edits(self) -> Sequence[Edit]:
        """A VLAN, a role's privileges, a folder that is gone, a machine that was switched off."""

        def vlan() -> None:
            with self._vcenter() as hand:
                group = hand.all(vim().dvs.DistributedVirtualPortgroup)["sandbox-services"]
                switch = vim().dvs.VmwareDistributedVirtualSwitch
                ports = switch.VmwarePortConfigPolicy(vlan=switch.VlanIdSpec(inherited=False, vlanId=99))
                version = hand.read(group, "config.configVersion")
                config = vim().dvs.DistributedVirtualPortgroup.ConfigSpec(
                    configVersion=version, defaultPortConfig=ports
                )
                hand.wait(group.ReconfigureDVPortgroup_Task(config))

        def role() -> None:
            with self._vcenter() as hand:
                manager = hand.content.authorizationManager
                name = f"sandbox-root-{self._owner.hex[:10]}"
                found = next(one for one in hand.read(manager, "roleList") if one.name == name)
                manager.UpdateAuthorizationRole(found.roleId, name, ["System.View"])

        def folder() -> None:
            with self._vcenter() as hand:
                hand.wait(hand.all(vim().Folder)["templates"].Destroy_Task())

        def power() -> None:
            with self._vcenter() as hand:
                hand.wait(hand.all(vim().VirtualMachine)["sandbox-jumpbox"].PowerOffVM_Task())

        return (
            Edit("a port group has another VLAN", frozenset({"port-group/services"}), vlan),
            Edit("a role lost its privileges", frozenset({"role/root"}), role),
            Edit("a folder is gone", frozenset({"folder/templates"}), folder),
            Edit("the jumpbox is off", frozenset({"machine/jumpbox"}), power),
        )

    def denied(self) -> Mapping[str, str]:
        """The hosts' password is another one."""
        return {
            "PAVER_SPEC__IAAS__VSPHERE__ESXI_PASSWORD": "env:NO_SUCH_PASSWORD",
            "NO_SUCH_PASSWORD": "no-such-password",
        }

    def elsewhere(self) -> Mapping[str, str]:
        """Another host under the same zone."""
        zones = {"z1": {"cluster": "sandbox-z1", "hosts": [self._where.hosts[1]]}}
        return {"PAVER_SPEC__IAAS__VSPHERE__ZONES": json.dumps(zones)}

    def given(self) -> Sequence[str]:
        """The passwords that the spec's files hold."""
        return [self._stage.password(name) for name in ("esxi", "root", "vcenter")]

    def ids(self, document: Mapping[str, JsonValue]) -> Sequence[str]:
        """On a vCenter a CPI finds things by their names: each that the document tells, as a path of the inventory."""
        return list(_named(document))

    def documented(self) -> Counter[str]:
        """Everything that a CPI asks a vCenter for, and the jumpbox."""
        return Counter(
            {
                "vcenter Datacenter": 1,
                "vcenter ClusterComputeResource": 1,
                "vcenter ResourcePool": 1,
                "vcenter Folder": 2,
                "vcenter Datastore": 2,
                "vcenter DistributedVirtualSwitch": 1,
                "vcenter DistributedVirtualPortgroup": 2,
                "vcenter User": 1,
                "vcenter VirtualMachine": 1,
            }
        )

    def _file(self, name: str) -> str:
        return f"file:{self._stage.directory / f'{name}.password'}"

    @contextmanager
    def _esxi(self, number: int) -> Iterator[Hand]:
        with Hand.on(self._where.hosts[number], "root", self._stage.password("esxi")) as hand:
            yield hand

    @contextmanager
    def _vcenter(self) -> Iterator[Hand]:
        endpoint = f"{self._where.vcenter}:{self._where.vcenter_port}"
        with Hand.on(endpoint, "administrator@vsphere.local", self._stage.password("vcenter")) as hand:
            yield hand


class VsphereTarget(Target):
    """One sandbox a site, each on addresses of its own."""

    iaas: ClassVar[str] = "vsphere"
    share: ClassVar[int] = 5
    preload: ClassVar[Sequence[str]] = ("pyVmomi",)

    @contextmanager
    def open(self, directory: Path) -> Iterator[Site]:
        """Bare hosts."""
        directory.mkdir(parents=True, exist_ok=True)
        stage = Stage(directory, layout(free_space()))
        try:
            yield VsphereSite(stage)
        finally:
            stage.close()


def _named(document: Mapping[str, Any]) -> Iterator[str]:
    driver = document["driver"]
    top = f"/{driver['datacenter']}"
    yield f"vcenter Datacenter {top}"
    yield f"vcenter DistributedVirtualSwitch {top}/network/{driver['switch']}"
    yield from (f"vcenter Folder {top}/vm/{driver[name]}" for name in ("vm_folder", "template_folder"))
    yield f"vcenter VirtualMachine {top}/vm/{driver['disk_path']}/{document['jumpbox']['driver']['vm']}"
    for zone in document["zones"].values():
        cluster = f"{top}/host/{zone['driver']['cluster']}"
        yield f"vcenter ClusterComputeResource {cluster}"
        yield f"vcenter ResourcePool {cluster}/Resources/{zone['driver']['resource_pool']}"
    for network in document["networks"].values():
        for subnet in network["subnets"].values():
            yield f"vcenter DistributedVirtualPortgroup {top}/network/{subnet['driver']['port_group']}"
    for store in document["datastores"].values():
        if store["made_by"] == "iaas":
            yield f"vcenter Datastore {top}/datastore/{store['driver']['datastore']}"
    for credential in document["credentials"].values():
        if "@" in credential["principal"]:
            yield f"vcenter User {credential['principal']}"


def _change_fault(kind: str, at: int, count: int) -> dict[str, JsonValue]:
    return {"method": "*", "except": [*READS, *BOOKKEEPING], "kind": kind, "skip": at - 1, "count": count}
