"""The first bare ESXi host, as its kinds see it: one session, one register, what the section says."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from paver.contract.driver import Secrets
from paver.contract.types import Owner
from paver_vsphere.register import Register
from paver_vsphere.session import Connection, Reference
from paver_vsphere.settings import Appliance as ApplianceSettings
from paver_vsphere.settings import VsphereSettings


@dataclass
class Host:
    """What the kinds of the ESXi scope share.

    Args:
        connection: The host's session.
        settings: The driver's section, with an appliance in it.
        secrets: Where passwords come from.
        owner: Whose environment.
    """

    connection: Connection
    settings: VsphereSettings
    secrets: Secrets
    owner: Owner
    register: Register = field(init=False)

    def __post_init__(self) -> None:
        self.register = Register(self.connection, self.owner)

    @property
    def appliance(self) -> ApplianceSettings:
        """The section's appliance: without one there is no ESXi scope."""
        assert self.settings.appliance is not None  # noqa: S101  it holds by construction
        return self.settings.appliance

    @cached_property
    def system(self) -> Reference:
        """The HostSystem."""
        return self.connection.retrieve({"HostSystem": ("name",)})[0].ref

    @cached_property
    def managers(self) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        """References of the host's network system, datastore system and clock."""
        return self.connection.properties(self.system, "configManager")["configManager"]

    @cached_property
    def pool(self) -> Reference:
        """The root resource pool."""
        return self.connection.retrieve({"ComputeResource": ("resourcePool",)})[0].props["resourcePool"]

    @cached_property
    def vm_folder(self) -> Reference:
        """The only folder for VMs."""
        return self.connection.retrieve({"Datacenter": ("vmFolder",)})[0].props["vmFolder"]

    @cached_property
    def datacenter(self) -> Reference:
        """The only datacenter."""
        return self.connection.retrieve({"Datacenter": ("name",)})[0].ref

    def networks(self) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        """Switches, port groups and NICs, read now: `host.config.network` may lag behind."""
        info = self.connection.retrieve(
            {"HostNetworkSystem": ("networkInfo",)}, roots=[self.managers.networkSystem], tree={}
        )
        return info[0].props["networkInfo"]

    def where(self, thing: str) -> str:
        """A thing of this host, for people."""
        return f"{thing} on {self.connection.where}"
