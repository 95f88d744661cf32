"""A VM that was imported, as its server shows it: whose it is, its power, and the single calls that change it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import JsonValue

from paver.contract import names
from paver.contract.errors import NotFound
from paver.contract.resource import Answer, Done, Key, Waiting
from paver.contract.types import Owner
from paver_vsphere.sdk import vim
from paver_vsphere.session import Connection, Row, moid

Ticket = dict[str, JsonValue]

IMPORTED = "paver-imported"
"""There once every disk is uploaded. Without it the VM is a ruin."""

PROPERTIES = (
    "name",
    "runtime.powerState",
    "config.extraConfig",
    "config.uuid",
    "disabledMethod",
    "datastore",
    "network",
)
"""What a listing reads of each VM."""

ON = "poweredOn"


class ImportedVm(ABC):
    """Finds it by its marks and the name that its key implies, and sends one call at a time.

    Args:
        connection: The session of the ESXi host or vCenter.
        owner: Whose environment.
        key: The VM's.
        name: Its name there.
    """

    def __init__(self, connection: Connection, owner: Owner, key: Key, name: str) -> None:
        self.connection, self.owner, self.key, self.name = connection, owner, key, name

    @property
    def where(self) -> str:
        """It, for people."""
        return f"{self.name} on {self.connection.where}"

    @abstractmethod
    def rows(self) -> Sequence[Row]:
        """The VMs among which its name must be its own, read now."""

    def row(self) -> Row | None:
        """Our VM as it is now."""
        return next((row for row in self.rows() if self.ours(row)), None)

    def standing(self, vm: str) -> Row:
        """That VM as it is now. Raises NotFound."""
        row = self.row()
        if row is None or moid(row.ref) != vm:
            raise NotFound(f"{self.where} is gone")
        return row

    def ours(self, row: Row) -> bool:
        """Whether a VM is the one."""
        return names.read_marks(options_of(row.props)) == (self.owner, self.key) and row.props.get("name") == self.name

    def taken(self) -> bool:
        """Whether a VM of that name is there that is not ours."""
        return any(row.props.get("name") == self.name and not self.ours(row) for row in self.rows())

    def options(self, vm: str) -> dict[str, str]:
        """Its extra configuration."""
        return options_of(self.connection.properties(self.connection.ref(vm), "config.extraConfig"))

    def reconfigure(self, vm: str, values: Mapping[str, str], step: str, said: str) -> Answer:
        """Write extra configuration."""
        spec = vim().vm.ConfigSpec(extraConfig=option_values(values))
        call = self.connection.ref(vm).ReconfigVM_Task
        task = self.connection.call(call, spec, what=f"reconfigure {self.name}")
        return Waiting(ticket={"step": step, "task": moid(task), "vm": vm}, again=0.1, said=said)

    def power_on(self, vm: str) -> Answer:
        """Switch it on."""
        if self.power(vm) == ON:
            return Waiting(ticket={"step": "boot", "vm": vm}, again=0.0, said="powered on")
        task = self.connection.call(self.connection.ref(vm).PowerOnVM_Task, what=f"power on {self.name}")
        return Waiting(ticket={"step": "starting", "task": moid(task), "vm": vm}, again=0.1, said="being powered on")

    def power(self, vm: str) -> str:
        """Its power state."""
        path = "runtime.powerState"
        return str(self.connection.properties(self.connection.ref(vm), path).get(path))

    def take_down(self, vm: str) -> Answer:
        """The next call towards its end: off, then gone. A living import lease is waited out."""
        ref = self.connection.ref(vm)
        try:
            now = self.connection.properties(ref, "runtime.powerState", "disabledMethod")
        except NotFound:
            return Done(have=None)
        if str(now.get("runtime.powerState")) == ON:
            task = self.connection.call(ref.PowerOffVM_Task, what=f"power off {self.name}")
            return Waiting(ticket={"step": "switching", "task": moid(task), "vm": vm}, again=0.1, said="off")
        if "Destroy_Task" in (now.get("disabledMethod") or ()):
            return Waiting(ticket={"step": "off", "vm": vm}, again=2.0, said="its import has to time out first")
        task = self.connection.call(ref.Destroy_Task, what=f"destroy {self.name}")
        return Waiting(ticket={"step": "destroying", "task": moid(task), "vm": vm}, again=0.1, said="being destroyed")


def option_values(values: Mapping[str, str]) -> list[Any]:
    """Extra configuration, for a call."""
    return [vim().option.OptionValue(key=key, value=value) for key, value in values.items()]


def options_of(props: Mapping[str, Any]) -> dict[str, str]:
    """Extra configuration, as it was read."""
    return {str(item.key): str(item.value) for item in props.get("config.extraConfig") or ()}
