"""The appliance's VM as its host shows it: its phase, and the calls that bring it from one to the next."""

from __future__ import annotations

import json
import ssl
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from paver.contract import names
from paver.contract.errors import Rejected
from paver.contract.resource import Answer, Observed, Phase, Proof
from paver_vsphere.appliance import ovf_environment
from paver_vsphere.appliance.wanted import KEY, KIND, Appliance, appliance_name
from paver_vsphere.host import Host
from paver_vsphere.machine.vm import IMPORTED, ON, PROPERTIES, ImportedVm, options_of
from paver_vsphere.resources.bootstrap_network import network_id
from paver_vsphere.resources.host_register import register_id
from paver_vsphere.roots import certificates
from paver_vsphere.session import Row, moid

WANTED = "paver-appliance"
"""JSON: what first boot bakes in."""
PIN = "paver-setup-pin"
"""SHA-256 of the set-up API's certificate, where the first contact was trusted."""
ROOT = "paver-ca"
"""The vCenter's root CA, DER in base64 (a line break in a VM's settings is no safe thing). There once all is done."""
TRUST = "paver-trust"
"""JSON: whom to trust beside that root CA (`trusts`, as wanted), and each certificate of it (`ca`, as above)."""
FAILED = "paver-failed"
"""Why first boot failed: only a new appliance helps."""


class ApplianceVm(ImportedVm):
    """Finds it, and sends one call at a time."""

    def __init__(self, host: Host) -> None:
        super().__init__(host.connection, host.owner, KEY, appliance_name(host.owner.name))
        self._host = host

    def rows(self) -> Sequence[Row]:
        """All of the host's."""
        return self.connection.retrieve({"VirtualMachine": PROPERTIES})

    def observe(self, rows: Sequence[Row]) -> list[Observed]:
        """The VM that bears our marks and the name that its key implies."""
        return [self._observed(row) for row in rows if self.ours(row)]

    def found(self, vm: str) -> Observed:
        """That VM as the inventory shows it. Raises NotFound."""
        return self._observed(self.standing(vm))

    def born(self, want: Appliance) -> Mapping[str, str]:
        """The marks that go into the create call."""
        baked = {"size": want.size, "address": want.address, "system_name": want.system_name}
        note = {TRUST: _trust(want)} if want.trusts else {}
        return {**names.marks(self.owner, KEY), WANTED: json.dumps(baked, sort_keys=True), **note}

    def mark(self, want: Appliance, vm: str) -> Answer:
        """Write what the guest reads at first boot, and that the import is complete: one call."""
        text = ovf_environment.ovf_environment(self._properties(want))
        return self.reconfigure(vm, {ovf_environment.KEY: text, IMPORTED: "yes"}, "marking", "marked as imported")

    def seal(self, vm: str, root: str) -> Answer:
        """Blank the passwords and write the root CA: one call, after which it is ready."""
        der = b64encode(ssl.PEM_cert_to_DER_cert(root)).decode()
        return self.reconfigure(vm, {ovf_environment.KEY: "", ROOT: der}, "sealing", "being sealed")

    def trust(self, want: Appliance, vm: str, besides: str) -> Answer:
        """Write whom to trust beside the root CA, and further certificates: one call."""
        return self.reconfigure(vm, {TRUST: _trust(want, besides)}, "trusting", "whom to trust is being noted")

    def _observed(self, row: Row) -> Observed:
        options, vm = options_of(row.props), moid(row.ref)
        phase, ticket = _phase(options, str(row.props.get("runtime.powerState")), vm)
        baked: dict[str, JsonValue] = json.loads(options.get(WANTED, "{}"))
        outputs: dict[str, JsonValue] = {
            "name": self.name,
            "address": baked.get("address"),
            "system_name": baked.get("system_name"),
            "failure": options.get(FAILED),
            "uuid": str(row.props.get("config.uuid", "")),
        }
        note = json.loads(options.get(TRUST) or "{}")
        if options.get(ROOT):
            found = dict.fromkeys([*note.get("ca", ()), options[ROOT]])
            outputs["ca"] = "".join(ssl.DER_cert_to_PEM_cert(b64decode(one)) for one in found)
        return Observed(
            kind=KIND,
            id=vm,
            key=KEY,
            owner=self.owner.id,
            proof=Proof.MARK,
            phase=phase,
            actual={**baked, "trusts": note.get("trusts", [])},
            outputs=outputs,
            needs=(register_id(self._host), *self._stands_on(row)),
            ticket=ticket,
        )

    def _stands_on(self, row: Row) -> tuple[str, ...]:
        stores = tuple(moid(ref) for ref in row.props.get("datastore") or ())
        return (*stores, network_id(names.name(self.owner.name, "bootstrap")))

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


def _trust(want: Appliance, besides: str = "") -> str:
    found = certificates("\n".join([*map(str, want.trusted), besides])).values()  # the first is what clients trust
    ca = [b64encode(ssl.PEM_cert_to_DER_cert(pem)).decode() for pem in found]
    return json.dumps({"trusts": [str(one) for one in want.trusts], "ca": ca}, sort_keys=True)


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
