"""The vCenter appliance: imported from its OVA, booted for the first time, and then the session of all that follows."""

from __future__ import annotations

from typing import ClassVar

from pydantic import JsonValue

from paver.contract.driver import Kind, Session
from paver.contract.errors import Rejected
from paver.contract.resource import Answer, Attempt, Done, Observed, Phase, Waiting
from paver_vsphere.appliance.booting import Boot
from paver_vsphere.appliance.importing import Import
from paver_vsphere.appliance.vm import ApplianceVm, Ticket
from paver_vsphere.appliance.wanted import KEY, KIND, Appliance
from paver_vsphere.host import Host
from paver_vsphere.session import finished

__all__ = ["KEY", "KIND", "Appliance", "ApplianceKind"]


class ApplianceKind(Kind[Appliance]):
    """Each step's ticket follows from what the host shows of the VM, so that a lost journal loses nothing.

    verify → import → upload → mark → power on → first boot → seal. Until the VM bears the mark that its import is
    complete, it may go at any time, with its lease or by us, and is made again.
    """

    replace: ClassVar[frozenset[str]] = frozenset({"size", "address", "system_name"})
    # First boot bakes these in; who changes them later does it in the appliance, or moves the VM in the vCenter.
    unseen: ClassVar[frozenset[str]] = frozenset({"prefix", "gateway", "dns_servers", "ntp", "network", "datastore"})
    settle: ClassVar[float] = 2.0
    deadline: ClassVar[float] = 7200.0
    precious: ClassVar[bool] = True

    def __init__(self, host: Host) -> None:
        self._host = host
        self._vm = ApplianceVm(host)
        self._import = Import(host, self._vm)
        self._boot = Boot(host, self._vm)

    def close(self) -> None:
        """Stop what runs in the background."""
        self._import.close()

    def create(self, want: Appliance, attempt: Attempt) -> Answer:
        """Read the OVA through first; nothing is sent before every digest has been compared."""
        return self._import.verify()

    def advance(self, want: Appliance | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """The next step. Without a ticket the import is one whose lease nobody knows: a dead one."""
        at: Ticket = dict(ticket) if isinstance(ticket, dict) else {"step": "dead"}
        if want is None:
            return self._remove(at)
        match at["step"]:
            case "verify":
                return self._import.verified(want, attempt)
            case "upload":
                return self._import.upload(at)
            case "dead":
                return self._import.clear()
            case "clearing":
                return self._import.cleared(at)
            case "mark":
                return self._vm.mark(want, str(at["vm"]))
            case "marking":
                return self._after(at, "mark the appliance", {"step": "on"})
            case "on":
                return self._vm.power_on(str(at["vm"]))
            case "starting":
                return self._after(at, "power the appliance on", {"step": "boot"})
            case "boot":
                return self._boot.look(want, str(at["vm"]))
            case "pinning":
                return self._after(at, "pin the set-up certificate", {"step": "boot"})
            case "failing":
                return self._after(at, "note the failure", {"step": "boot"})
            case "sealing":
                if not self._over(at, "seal the appliance"):
                    return Waiting(ticket=at, again=0.5, said="being sealed")
                return Done(have=self._vm.found(str(at["vm"])))
            case step:
                raise Rejected(f"{want.key}: the step {step!r} is not known")

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Switch it off, then destroy it: two calls."""
        return self._remove({"step": "off", "vm": have.id})

    def opens(self, have: Observed) -> Session | None:
        """The vCenter that it is, verified by its own root CA."""
        if have.phase is not Phase.READY:
            return None
        from paver_vsphere.vcenter import vcenter_of_appliance

        return vcenter_of_appliance(self._host.settings, self._host.secrets, self._host.owner, have)

    def _remove(self, at: Ticket) -> Answer:
        if at["step"] in {"switching", "destroying"}:
            said = "being switched off" if at["step"] == "switching" else "being destroyed"
            if not self._over(at, f"{said} of the appliance"):
                return Waiting(ticket=at, again=0.5, said=said)
            if at["step"] == "destroying":
                return Done(have=None)
        return self._vm.take_down(str(at["vm"]))

    def _after(self, at: Ticket, what: str, then: Ticket) -> Answer:
        if self._over(at, what):
            return Waiting(ticket={**then, "vm": at["vm"]}, again=0.0, said=f"{what}: done")
        return Waiting(ticket=at, again=0.2, said=what)

    def _over(self, at: Ticket, what: str) -> bool:
        connection = self._host.connection
        return finished(connection.task(connection.ref(str(at["task"]))), what)
