"""The appliance's VM as its host shows it: marks, phase, and the single calls that bring it from one to the next."""

from __future__ import annotations

import json
import ssl
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import JsonValue

from paver.contract import names
from paver.contract.errors import NotFound, Rejected
from paver.contract.resource import Answer, Done, Observed, Phase, Proof, Waiting
from paver_vsphere.appliance import ovf_environment
from paver_vsphere.appliance.wanted import KEY, KIND, Appliance, appliance_name
from paver_vsphere.host import Host
from paver_vsphere.resources.bootstrap_network import network_id
from paver_vsphere.resources.host_register import register_id
from paver_vsphere.sdk import vim
from paver_vsphere.session import Row, moid

Ticket = dict[str, JsonValue]

WANTED = "paver-appliance"
"""JSON: what first boot bakes in."""
IMPORTED = "paver-imported"
"""There once every disk is uploaded and the OVF environment is written. Without it the VM is a ruin."""
PIN = "paver-setup-pin"
"""SHA-256 of the set-up API's certificate, where the first contact was trusted."""
ROOT = "paver-ca"
"""The vCenter's root CA, DER in base64 (a line break in a VM's settings is no safe thing). There once all is done."""
FAILED = "paver-failed"
"""Why first boot failed: only a new appliance helps."""

PROPERTIES = ("name", "runtime.powerState", "config.extraConfig", "disabledMethod", "datastore", "network")
"""What a listing reads of each VM."""

ON = "poweredOn"


class ApplianceVm:
    """Finds it, and sends one call at a time."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.name = appliance_name(host.owner.name)

    def observe(self, rows: Sequence[Row]) -> list[Observed]:
        """The VM that bears our marks and the name that its key implies."""
        return [self._observed(row) for row in rows if self._ours(row)]

    def row(self) -> Row | None:
        """Our VM as it is now."""
        rows = self._host.connection.retrieve({"VirtualMachine": PROPERTIES})
        return next((row for row in rows if self._ours(row)), None)

    def found(self, vm: str) -> Observed:
        """That VM as the inventory shows it. Raises NotFound."""
        row = self.row()
        if row is None or moid(row.ref) != vm:
            raise NotFound(f"{self._host.where(self.name)} is gone")
        return self._observed(row)

    def taken(self) -> bool:
        """Whether a VM of that name is there that is not ours."""
        rows = self._host.connection.retrieve({"VirtualMachine": PROPERTIES})
        return any(row.props.get("name") == self.name and not self._ours(row) for row in rows)

    def options(self, vm: str) -> dict[str, str]:
        """Its extra configuration."""
        connection = self._host.connection
        return _options(connection.properties(connection.ref(vm), "config.extraConfig"))

    def born(self, want: Appliance) -> list[Any]:
        """The marks that go into the create call."""
        baked = {"size": want.size, "address": want.address, "system_name": want.system_name}
        return _values({**names.marks(self._host.owner, KEY), WANTED: json.dumps(baked, sort_keys=True)})

    def mark(self, want: Appliance, vm: str) -> Answer:
        """Write what the guest reads at first boot, and that the import is complete: one call."""
        text = ovf_environment.ovf_environment(self._properties(want))
        return self.reconfigure(vm, {ovf_environment.KEY: text, IMPORTED: "yes"}, "marking", "marked as imported")

    def seal(self, vm: str, root: str) -> Answer:
        """Blank the passwords and write the root CA: one call, after which it is ready."""
        der = b64encode(ssl.PEM_cert_to_DER_cert(root)).decode()
        return self.reconfigure(vm, {ovf_environment.KEY: "", ROOT: der}, "sealing", "being sealed")

    def reconfigure(self, vm: str, values: Mapping[str, str], step: str, said: str) -> Answer:
        """Write extra configuration."""
        connection = self._host.connection
        spec = vim().vm.ConfigSpec(extraConfig=_values(values))
        task = connection.call(connection.ref(vm).ReconfigVM_Task, spec, what=f"reconfigure {self.name}")
        return Waiting(ticket={"step": step, "task": moid(task), "vm": vm}, again=0.1, said=said)

    def power_on(self, vm: str) -> Answer:
        """Switch it on."""
        connection = self._host.connection
        if self.power(vm) == ON:
            return Waiting(ticket={"step": "boot", "vm": vm}, again=0.0, said="powered on")
        task = connection.call(connection.ref(vm).PowerOnVM_Task, what=f"power on {self.name}")
        return Waiting(ticket={"step": "starting", "task": moid(task), "vm": vm}, again=0.1, said="being powered on")

    def power(self, vm: str) -> str:
        """Its power state."""
        connection = self._host.connection
        return str(connection.properties(connection.ref(vm), "runtime.powerState").get("runtime.powerState"))

    def take_down(self, vm: str) -> Answer:
        """The next call towards its end: off, then gone. A living import lease is waited out."""
        connection = self._host.connection
        ref = connection.ref(vm)
        try:
            now = connection.properties(ref, "runtime.powerState", "disabledMethod")
        except NotFound:
            return Done(have=None)
        if str(now.get("runtime.powerState")) == ON:
            task = connection.call(ref.PowerOffVM_Task, what=f"power off {self.name}")
            return Waiting(ticket={"step": "switching", "task": moid(task), "vm": vm}, again=0.1, said="off")
        if "Destroy_Task" in (now.get("disabledMethod") or ()):
            return Waiting(ticket={"step": "off", "vm": vm}, again=2.0, said="its import has to time out first")
        task = connection.call(ref.Destroy_Task, what=f"destroy {self.name}")
        return Waiting(ticket={"step": "destroying", "task": moid(task), "vm": vm}, again=0.1, said="being destroyed")

    def _ours(self, row: Row) -> bool:
        marked = names.read_marks(_options(row.props))
        return marked == (self._host.owner, KEY) and row.props.get("name") == self.name

    def _observed(self, row: Row) -> Observed:
        options, vm = _options(row.props), moid(row.ref)
        phase, ticket = _phase(options, str(row.props.get("runtime.powerState")), vm)
        baked: dict[str, JsonValue] = json.loads(options.get(WANTED, "{}"))
        outputs: dict[str, JsonValue] = {
            "name": self.name,
            "address": baked.get("address"),
            "system_name": baked.get("system_name"),
            "failure": options.get(FAILED),
        }
        if options.get(ROOT):
            outputs["ca"] = ssl.DER_cert_to_PEM_cert(b64decode(options[ROOT]))
        return Observed(
            kind=KIND,
            id=vm,
            key=KEY,
            owner=self._host.owner.id,
            proof=Proof.MARK,
            phase=phase,
            actual=baked,
            outputs=outputs,
            needs=(register_id(self._host), *self._stands_on(row)),
            ticket=ticket,
        )

    def _stands_on(self, row: Row) -> tuple[str, ...]:
        stores = tuple(moid(ref) for ref in row.props.get("datastore") or ())
        return (*stores, network_id(names.name(self._host.owner.name, "bootstrap")))

    def _properties(self, want: Appliance) -> dict[str, str]:
        """What the appliance asks at first boot. Passwords are among it."""
        settings, secrets = self._host.settings, self._host.secrets
        user, _, domain = settings.user.partition("@")
        if not domain or user.lower() != "administrator":
            raise Rejected(
                f"{settings.user} cannot be the first user of a new vCenter",
                hint="first boot makes administrator@DOMAIN and nobody else: write that as user",
            )
        return {
            "guestinfo.cis.appliance.net.addr.family": "ipv4",
            "guestinfo.cis.appliance.net.mode": "static",
            "guestinfo.cis.appliance.net.addr": want.address,
            "guestinfo.cis.appliance.net.prefix": str(want.prefix),
            "guestinfo.cis.appliance.net.gateway": want.gateway,
            "guestinfo.cis.appliance.net.dns.servers": ",".join(want.dns_servers),
            "guestinfo.cis.appliance.net.pnid": want.system_name,
            "guestinfo.cis.appliance.root.passwd": secrets.given(self._host.appliance.root_password).get_secret_value(),
            "guestinfo.cis.appliance.ssh.enabled": "False",
            "guestinfo.cis.appliance.ntp.servers": ",".join(want.ntp),
            "guestinfo.cis.vmdir.domain-name": domain,
            "guestinfo.cis.vmdir.password": secrets.given(settings.password).get_secret_value(),
            "guestinfo.cis.ceip_enabled": "False",
            "guestinfo.cis.deployment.autoconfig": "True",
            "guestinfo.cis.upgrade.import.directory": "/storage/seat/cis-export-folder",
        }


def _phase(options: Mapping[str, str], power: str, vm: str) -> tuple[Phase, JsonValue]:
    """How far it is, from what the host shows alone."""
    if options.get(FAILED):
        return Phase.BROKEN, None
    if not options.get(IMPORTED):
        return Phase.PENDING, None
    if power != ON:
        return Phase.PENDING, {"step": "on", "vm": vm}
    if not options.get(ROOT):
        return Phase.PENDING, {"step": "boot", "vm": vm}
    return Phase.READY, None


def _values(values: Mapping[str, str]) -> list[Any]:
    return [vim().option.OptionValue(key=key, value=value) for key, value in values.items()]


def _options(props: Mapping[str, Any]) -> dict[str, str]:
    return {str(item.key): str(item.value) for item in props.get("config.extraConfig") or ()}
