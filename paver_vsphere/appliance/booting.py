"""First boot watched to its end: whom to trust there, how far it is, why it failed, and which root CA it made."""

from __future__ import annotations

import ssl

from paver.contract.errors import Rejected, Transient, Untrusted
from paver.contract.resource import Answer, Waiting
from paver_vsphere.appliance.first_boot import Progress, as_pem, look, root_from_download
from paver_vsphere.appliance.guest import NotYet, guest_file
from paver_vsphere.appliance.vm import FAILED, PIN, ApplianceVm
from paver_vsphere.appliance.wanted import Appliance
from paver_vsphere.exchange import Peer
from paver_vsphere.host import Host
from paver_vsphere.machine.vm import ON
from paver_vsphere.trust import Trust, normal_thumbprint, shown_certificate, thumbprint

SETUP_CERTIFICATE = "/etc/vmware/appliance/setup.crt"
"""Inside the guest: what its set-up API shows."""
ROOT_CERTIFICATE = "/var/lib/vmware/vmca/root.cer"
"""Inside the guest: the root of the vCenter's own certificate authority."""
TIMEOUT = 10.0
"""Seconds for one look at the set-up API: a guest that boots is often silent."""
AGAIN = 5.0
"""Seconds between two looks, once the first minute has shown that it is no fast one."""
PATIENCE = 0.5
"""Seconds between the first looks."""


class Boot:
    """The steps from a switched-on appliance to one whose root CA is known."""

    def __init__(self, host: Host, vm: ApplianceVm) -> None:
        self._host, self._vm = host, vm
        self._pin = ""
        self._looks = 0

    def look(self, want: Appliance, vm: str) -> Answer:
        """One look; one call where it leads to a change of the VM."""
        options = self._vm.options(vm)
        if options.get(FAILED):
            raise Rejected(f"{want.name}: first boot failed: {options[FAILED]}", hint=_repair(options[FAILED]))
        if self._vm.power(vm) != ON:
            return Waiting(ticket={"step": "on", "vm": vm}, again=0.0, said="it is switched off")
        self._pin = options.get(PIN) or self._pin
        try:
            if not self._pin:
                pin = self._first_contact(want, vm)
                if self._host.appliance.first_contact == "trust":
                    return self._vm.reconfigure(vm, {PIN: pin}, "pinning", "its certificate is pinned")
                self._pin = pin
            peer = Peer(want.address, self._host.appliance.setup_port, Trust(pins=(self._pin,)), TIMEOUT)
            progress = look(peer, self._host.secrets.given(self._host.appliance.root_password))
        except NotYet as early:
            return self._wait(vm, f"booting: {early.message}")
        except Transient:
            return self._wait(vm, "booting: its set-up API does not answer yet")
        except Untrusted:
            if self._host.appliance.first_contact == "trust" or not self._pin:
                raise
            # First boot replaces its certificate half-way. What the guest itself says of it is read again.
            self._pin = ""
            return self._wait(vm, "booting: it shows a new certificate, which the guest has to confirm")
        return self._judge(want, vm, progress)

    def _judge(self, want: Appliance, vm: str, progress: Progress) -> Answer:
        if progress.state == "FAILED":
            return self._vm.reconfigure(vm, {FAILED: progress.said[:500]}, "failing", f"failed: {progress.said}")
        if progress.state == "QUESTION_RAISED":
            raise Rejected(
                f"{want.name}: first boot stopped with a question: {progress.said}",
                hint=f"answer it at https://{want.address}:{self._host.appliance.setup_port}, then run again",
            )
        if progress.state != "CONFIGURED":
            return self._wait(vm, f"first boot: {progress.said}")
        try:
            return self._vm.seal(vm, self._root(want, vm))
        except NotYet as early:
            return self._wait(vm, f"configured: {early.message}")

    def _first_contact(self, want: Appliance, vm: str) -> str:
        """The thumbprint of what the set-up API will show, by the guest's own word or once from the wire."""
        if self._host.appliance.first_contact == "trust":
            try:
                der = shown_certificate(want.address, self._host.appliance.setup_port, TIMEOUT)
            except OSError as error:
                raise NotYet(f"its set-up API does not answer yet ({error})") from None
        else:
            password = self._host.secrets.given(self._host.appliance.root_password)
            text = guest_file(self._host.connection, vm_ref(self._host, vm), password, SETUP_CERTIFICATE)
            der = ssl.PEM_cert_to_DER_cert(as_pem(text, SETUP_CERTIFICATE))
        return normal_thumbprint(thumbprint(der))

    def _root(self, want: Appliance, vm: str) -> str:
        if self._host.appliance.first_contact == "trust":
            return root_from_download(want.address, self._host.settings.port, TIMEOUT)
        password = self._host.secrets.given(self._host.appliance.root_password)
        return as_pem(
            guest_file(self._host.connection, vm_ref(self._host, vm), password, ROOT_CERTIFICATE), ROOT_CERTIFICATE
        )

    def _wait(self, vm: str, said: str) -> Answer:
        self._looks += 1
        again = min(AGAIN, PATIENCE * 1.1 ** (self._looks // 4))
        return Waiting(ticket={"step": "boot", "vm": vm}, again=again, said=said)


def vm_ref(host: Host, vm: str) -> object:
    """The VM's reference."""
    return host.connection.ref(vm)


def _repair(said: str) -> str:
    hint = Progress(state="FAILED", said=said).hint
    return "; ".join(part for part in (hint, "put it right, then run again: the appliance is replaced") if part)
