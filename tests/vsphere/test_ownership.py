"""What looks like ours and is not stays as it is, whatever paver does beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from environments import Document, Environment, census
from pydantic import SecretStr
from sandboxes import Sandboxed, Server
from tenants import on_clusters, on_two_hosts, root_ca, tenant

from paver.contract import names
from paver.contract.resource import Key
from paver.contract.types import Owner
from paver_vsphere.exchange import Peer
from paver_vsphere.sdk import vim
from paver_vsphere.session import Connection
from paver_vsphere.sso import SingleSignOn
from paver_vsphere.trust import Trust

pytestmark = pytest.mark.sandbox

OTHER = uuid4()
NAME = "look"


@pytest.fixture(scope="module")
def first(stage: Sandboxed) -> Environment:
    """The environment that made the vCenter, on two of three hosts. It ends with its sandbox: look-alikes hold it."""
    one = Environment(stage, on_two_hosts, label="first")
    one.pave()
    return one


@pytest.fixture
def guest(stage: Sandboxed, first: Environment) -> Iterator[str]:
    """A VM of somebody else in our folder, in our pool, on our host and on our datastore."""
    server = stage.vcenter()
    folder = server.all(vim().Folder)["vms"]
    pools = {server.read(pool, "owner"): pool for pool in _all(server, vim().ResourcePool) if _named(server, pool)}
    cluster = server.all(vim().ClusterComputeResource)["sandbox-z1"]
    host = server.read(cluster, "host")[0]
    config = vim().vm.ConfigSpec(
        name="guest",
        guestId="otherGuest",
        numCPUs=1,
        memoryMB=64,
        files=vim().vm.FileInfo(vmPathName="[sandbox-disks] guest/guest.vmx"),
    )
    machine = server.wait(folder.CreateVM_Task(config, pools[cluster], host))
    yield server.read(machine, "name")
    server.wait(machine.Destroy_Task())
    assert (again := first.run("pave", "-y")).returncode == 0, again.stderr


def _all(server: Server, kind: Any) -> list[Any]:  # noqa: ANN401  pyVmomi's objects carry no types
    view: Any = server.content.viewManager
    return list(server.read(view.CreateContainerView(server.content.rootFolder, [kind], True), "view"))


def _named(server: Server, pool: Any) -> bool:  # noqa: ANN401  the same
    return bool(server.read(pool, "name") == "sandbox")


def test_a_guest_holds_what_it_stands_on_and_everything_else_goes(
    stage: Sandboxed, first: Environment, guest: str
) -> None:
    machine = stage.census("vcenter", "VirtualMachine")
    result = first.run("destroy", "-y", "--confirm-env", "sandbox")
    assert result.returncode == 4, result.stderr
    assert f"VM {guest}" in result.stderr
    assert stage.census("vcenter", "VirtualMachine") == machine
    left = {f"{t['type']} {t['path']}" for t in census(stage)["vcenter"] if t["path"].startswith("/sandbox")}
    assert {
        "Folder /sandbox/vm/sandbox/vms",
        "ResourcePool /sandbox/host/sandbox-z1/Resources/sandbox",
        "Datastore /sandbox/datastore/sandbox-disks",
    } <= left
    gone = ("Folder /sandbox/vm/sandbox/templates", "ResourcePool /sandbox/host/sandbox-z2/Resources/sandbox")
    assert not left & set(gone)


class Planter:
    """Puts look-alikes of one environment into a vCenter, as its administrator."""

    def __init__(self, stage: Sandboxed, first: Environment, environment: Environment) -> None:
        self.stage = stage
        self.server: Server = stage.vcenter()
        self.content: Any = self.server.content
        self.environment = environment
        self.ca = first.outputs().certificates.trusted["iaas"].pem
        self.planted: list[str] = []

    def datacenter(self) -> Any:  # noqa: ANN401  pyVmomi's objects carry no types
        attic = self.content.rootFolder.CreateFolder("attic")
        made = attic.CreateDatacenter("sandbox")
        self.planted += ["Folder /attic", "Datacenter /attic/sandbox"]
        return made

    def folders(self, datacenter: Any) -> None:  # noqa: ANN401  the same
        top = self.server.read(datacenter, "vmFolder").CreateFolder(NAME)
        for name in ("vms", "templates"):
            top.CreateFolder(name)
        self.planted += [f"Folder /attic/sandbox/vm/{NAME}{more}" for more in ("", "/vms", "/templates")]

    def cluster(self, datacenter: Any) -> None:  # noqa: ANN401  the same
        drs = vim().cluster.ConfigSpecEx(drsConfig=vim().cluster.DrsConfigInfo(enabled=True))
        cluster = self.server.read(datacenter, "hostFolder").CreateClusterEx("sandbox-z1", drs)
        share = vim().ResourceAllocationInfo(
            reservation=0, limit=-1, expandableReservation=True, shares=vim().SharesInfo(level="normal", shares=4000)
        )
        spec = vim().ResourceConfigSpec(cpuAllocation=share, memoryAllocation=share)
        self.server.read(cluster, "resourcePool").CreateResourcePool(NAME, spec)
        at = "/attic/sandbox/host/sandbox-z1"
        self.planted += [f"ClusterComputeResource {at}", f"ResourcePool {at}/Resources/{NAME}"]

    def switches(self, datacenter: Any) -> None:  # noqa: ANN401  the same
        """A switch of another owner of this very name; on it a group of his, and one with our mark and another name."""
        owner, other = self.owner, Owner(id=OTHER, name=NAME)
        switch = vim().dvs.VmwareDistributedVirtualSwitch
        config = switch.ConfigSpec(name=NAME, description=names.marker(other, Key(kind="switch", name=NAME)))
        spec = vim().DistributedVirtualSwitch.CreateSpec(configSpec=config)
        made = self.server.wait(self.server.read(datacenter, "networkFolder").CreateDVS_Task(spec))
        key = Key(kind="port-group", name="lb")
        ports = switch.VmwarePortConfigPolicy(vlan=switch.VlanIdSpec(inherited=False, vlanId=23))
        for name, whose in [(f"{NAME}-lb", other), (f"{NAME}-lb-copy", owner)]:
            group = vim().dvs.DistributedVirtualPortgroup.ConfigSpec(
                name=name,
                type="earlyBinding",
                numPorts=8,
                description=names.marker(whose, key),
                defaultPortConfig=ports,
            )
            self.server.wait(made.AddDVPortgroup_Task([group]))
            self.planted.append(f"DistributedVirtualPortgroup /attic/sandbox/network/{name}")
        self.planted.append(f"DistributedVirtualSwitch /attic/sandbox/network/{NAME}")

    def neighbours(self) -> None:
        """Folders of nearly the name beside ours; one bears our marks, as a clone or a restored backup does."""
        datacenter = next(
            dc for dc in self.server.read(self.content.rootFolder, "childEntity") if isinstance(dc, vim().Datacenter)
        )
        top = self.server.read(datacenter, "vmFolder")
        fields = {field.name: field.key for field in self.server.read(self.content.customFieldsManager, "field")}
        owners = {f"{NAME}-vms": OTHER, f"{NAME}ing": None, "copy": self.environment.id}
        for name, owner in owners.items():
            folder = top.CreateFolder(name)
            if owner is not None:
                marks = names.marks(Owner(id=owner, name=NAME), Key(kind="folder", name="vms"))
                for mark, value in marks.items():
                    self.content.customFieldsManager.SetField(folder, fields[mark], value)
            self.planted.append(f"Folder /sandbox/vm/{name}")

    def register(self) -> None:
        """Another owner's register, which claims the same names for the same keys."""
        name = f"paver-register-{OTHER.hex[:10]}"
        field = self.content.customFieldsManager.AddCustomFieldDef(name, vim().Folder)
        text = f'{{"folder/{NAME}":"{NAME}","folder/vms":"vms","resource-pool/z1":"{NAME}"}}'
        self.content.customFieldsManager.SetField(self.content.rootFolder, field.key, text)
        self.planted.append(f"CustomField {name}")

    def principals(self) -> None:
        """Roles and users of nearly the name, and a grant to one of them."""
        manager, digits = self.content.authorizationManager, OTHER.hex[:10]
        roles = [f"{NAME}-objects-{digits}", f"{NAME}-objects", f"{NAME}-objects-{self.environment.digits}-old"]
        number, *_ = [manager.AddAuthorizationRole(name, ["Folder.Create"]) for name in roles]
        where = self.stage.where
        password = SecretStr(self.stage.password("vcenter"))
        user = "administrator@vsphere.local"
        connection = Connection.connect(where.vcenter, where.vcenter_port, user, password, Trust(ca=self.ca))
        users = [f"{NAME}-bosh-cpi", f"{NAME}-bosh-cpi-{digits}", f"my-{NAME}-bosh-cpi-{self.environment.digits}"]
        sso = SingleSignOn(Peer.of(connection), user, password)
        for name in users:
            sso.create(name, SecretStr("Look-alike!9"), "somebody")
        connection.close()
        grant = vim().AuthorizationManager.Permission(
            principal=f"VSPHERE.LOCAL\\{users[1]}", group=False, roleId=number, propagate=True
        )
        manager.SetEntityPermissions(self.server.all(vim().Folder)[f"{NAME}ing"], [grant])
        self.planted += [*(f"Role {name}" for name in roles), *(f"User {name}@vsphere.local" for name in users)]

    @property
    def owner(self) -> Owner:
        return Owner(id=self.environment.id, name=NAME)


def test_twenty_look_alikes_are_untouched_by_pave_and_destroy(stage: Sandboxed, first: Environment) -> None:
    environment = tenant(stage, NAME, on_clusters(NAME, root_ca(stage, first.outputs())))
    planter = Planter(stage, first, environment)
    datacenter = planter.datacenter()
    planter.folders(datacenter)
    planter.cluster(datacenter)
    planter.switches(datacenter)
    planter.neighbours()
    planter.register()
    planter.principals()
    esxi = stage.esxi(2)
    group = vim().host.PortGroup.Specification(
        name=f"{NAME}-bootstrap", vlanId=20, vswitchName="vSwitch0", policy=vim().host.NetworkPolicy()
    )
    esxi.manager("networkSystem").AddPortGroup(group)
    server, _, path = stage.where.exports["vms"].partition(":")
    volume = vim().host.NasVolume.Specification(
        remoteHost=server, remotePath=path, localPath=f"{NAME}-vms", accessMode="readWrite", type="NFS"
    )
    esxi.manager("datastoreSystem").CreateNasDatastore(volume)
    before = census(stage)
    assert len(planter.planted) + 2 >= 20
    there = {f"{thing['type']} {thing['path']}" for thing in before["vcenter"]}
    assert set(planter.planted) <= there
    assert not [step for step in environment.plan() if step.have is not None and step.action not in {"adopt", "keep"}]
    environment.pave()
    after = census(stage)
    assert beside(before, environment) == beside(after, environment, before)
    environment.pave()
    environment.destroy()
    assert census(stage) == before


def beside(
    found: dict[str, list[Document]], environment: Environment, before: dict[str, list[Document]] | None = None
) -> dict[tuple[str, str, str], Document]:
    """What was there before the environment, without its grants and its register's value."""
    known = {(scope, t["type"], t["path"]) for scope, things in (before or found).items() for t in things}
    return {
        (scope, thing["type"], thing["path"]): _without(thing["props"], environment)
        for scope, things in found.items()
        for thing in things
        if (scope, thing["type"], thing["path"]) in known
    }


def _without(props: Document, environment: Environment) -> Document:
    grants = [one for one in props.get("permissions", ()) if environment.digits not in one]
    values = {name: value for name, value in props.get("customValue", {}).items() if environment.digits not in name}
    return {**props, "permissions": grants, "customValue": values}
