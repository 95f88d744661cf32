"""Look-alikes of an environment in a vCenter: what bears its name, nearly its name, or its marks, and is not its."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from environments import Environment
from pydantic import SecretStr
from sandboxes import Sandboxed, Server

from paver.contract import names
from paver.contract.resource import Key
from paver.contract.types import Owner
from paver_vsphere.exchange import Peer
from paver_vsphere.sdk import vim
from paver_vsphere.session import Connection
from paver_vsphere.sso import SingleSignOn
from paver_vsphere.trust import Trust

OTHER = uuid4()
NAME = "look"


class Planter:
    """Puts look-alikes of one environment into a vCenter, as its administrator."""

    def __init__(self, stage: Sandboxed, first: Environment, environment: Environment) -> None:
        self.stage = stage
        self.server: Server = stage.vcenter()
        self.content: Any = self.server.content
        self.environment = environment
        self.ca = first.outputs().certificates.trusted["iaas"].pem
        self.planted: list[str] = []

    def everything(self) -> None:
        """All of them."""
        datacenter = self.datacenter()
        self.folders(datacenter)
        self.cluster(datacenter)
        self.switches(datacenter)
        self.neighbours()
        self.register()
        self.principals()

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
        manager = self.content.customFieldsManager
        marks = (names.OWNER, names.ENVIRONMENT, names.KEY)
        fields = {mark: manager.AddCustomFieldDef(mark, None).key for mark in marks}
        self.planted += [f"CustomField {mark}" for mark in marks]
        owners = {f"{NAME}-vms": OTHER, f"{NAME}ing": None, "copy": self.environment.id}
        for name, owner in owners.items():
            folder = top.CreateFolder(name)
            if owner is not None:
                for mark, value in marks_of(owner).items():
                    manager.SetField(folder, fields[mark], value)
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


def marks_of(owner: UUID) -> dict[str, str]:
    """As a script would write them that has read how other IaaSes are marked."""
    return names.marks(Owner(id=owner, name=NAME), Key(kind="folder", name="vms"))
