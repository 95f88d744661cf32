"""A vCenter that is there already, and an environment on it, paved through the library."""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import yaml
from pyVmomi import vim
from sandboxes import Sandboxed, Server

from paver import api
from paver.contract.environment import PavedEnvironment
from paver.engine.plan import Action, Plan
from paver.settings import load_spec
from paver_vsphere.trust import shown_certificate, thumbprint

Change = Callable[[dict[str, Any]], None]


class Existing:
    """One environment on a sandbox's vCenter, which no appliance of ours made."""

    def __init__(self, sandboxed: Sandboxed, change: Change | None = None, id_: UUID | None = None) -> None:
        self.sandboxed, self.id = sandboxed, id_ or uuid4()
        base = sandboxed.directory
        self.file, self.state = base / f"{self.id}.yml", base / f"{self.id}-state"
        where = sandboxed.where
        pin = thumbprint(shown_certificate(where.vcenter, where.vcenter_port, 5))
        pins = base / "all_hosts"
        pins.write_text((base / "known_hosts").read_text() + f"{where.vcenter}:{where.vcenter_port} {pin}\n")
        self.document: dict[str, Any] = yaml.safe_load(sandboxed.sandbox.spec(base, self.id))
        self.section["known_hosts"] = pins.name
        self.document["secrets"] = f"file:{self.id}-secrets"
        del self.section["appliance"]
        self.edit(change)

    @property
    def section(self) -> dict[str, Any]:
        section: dict[str, Any] = self.document["iaas"]["vsphere"]
        return section

    def edit(self, change: Change | None = None) -> None:
        if change is not None:
            change(self.document)
        self.file.write_text(yaml.safe_dump(self.document))

    def pave(self) -> PavedEnvironment:
        # What preflight would find is let through: the driver must bear it all the same.
        return api.pave(load_spec(self.file), api.Options(state_dir=self.state), judge=lambda findings: None)

    def destroy(self) -> Plan:
        return api.destroy(load_spec(self.file), api.Options(state_dir=self.state))

    def plan(self) -> dict[str, str]:
        """What paving would do, but for keeping."""
        made = api.plan(load_spec(self.file), api.Options(state_dir=self.state))
        return {str(step.key): step.action.value for step in made if step.action not in {Action.KEEP, Action.ADOPT}}

    def register(self) -> dict[str, Any]:
        """The register's value, as it stands on the root folder; empty where there is none."""
        values = census(self.sandboxed)["Folder /"].get("customValue", {})
        text = values.get(f"paver-register-{self.id.hex[:10]}", "")
        return json.loads(text) if text else {}

    def command(self, *arguments: str) -> list[str]:
        """The command line of a verb."""
        verb, *rest = arguments
        state = ("--state-dir", str(self.state))
        return [sys.executable, "-m", "paver", verb, "-c", str(self.file), "--iaas", "vsphere", *state, *rest]

    def password(self) -> str:
        """The service user's, as the secret store has it."""
        loaded = load_spec(self.file)
        access, _ = api.subject_of(loaded, api.Options(state_dir=self.state))
        return access.minted("bosh-cpi").get_secret_value()


def census(sandboxed: Sandboxed) -> dict[str, dict[str, Any]]:
    """Type and path of everything in the vCenter, to what the sandbox says of it."""
    return {f"{one['type']} {one['path']}": one["props"] for one in sandboxed.control("/census")["vcenter"]}


def licence_key(product: str, capacity: int, serial: str = "PAVER") -> str:
    """One that the sandbox takes: its last group is made of the others."""
    text = f"{product}-{capacity:05}-{serial}-SERVE-"
    return text + f"{zlib.crc32(text.encode()):08X}"[-5:]


def machine(server: Server, name: str, *, folder: Any, pool: Any, datastore: str) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
    """A VM of somebody else's."""
    spec = vim.vm.ConfigSpec(
        name=name, numCPUs=1, memoryMB=32, guestId="otherGuest", files=vim.vm.FileInfo(vmPathName=f"[{datastore}]")
    )
    return server.wait(folder.CreateVM_Task(spec, pool, None))
