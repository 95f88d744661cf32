"""The vCenter appliance: imported from its OVA, booted for the first time, and then the session of all that follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from pydantic import JsonValue

from paver.contract.driver import Kind, Session
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
        self._steps: Mapping[str, Callable[[Appliance, Ticket], Answer]] = {
            "verify": lambda want, _: self._import.verified(want),
            "upload": lambda _, at: self._import.upload(at),
            "dead": lambda _want, _at: self._import.clear(),
            "clearing": lambda _, at: self._import.cleared(at),
            "mark": lambda want, at: self._vm.mark(want, str(at["vm"])),
            "marking": lambda _, at: self._after(at, "mark the appliance", "on"),
            "on": lambda _, at: self._vm.power_on(str(at["vm"])),
            "starting": lambda _, at: self._after(at, "power the appliance on", "boot"),
            "boot": lambda want, at: self._boot.look(want, str(at["vm"])),
            "pinning": lambda _, at: self._after(at, "pin the set-up certificate", "boot"),
            "failing": lambda _, at: self._after(at, "note the failure", "boot"),
            "sealing": lambda _, at: self._sealed(at),
        }

    def close(self) -> None:
        """Stop what runs in the background."""
        self._import.close()

    def create(self, want: Appliance, attempt: Attempt) -> Answer:
        """Read the OVA through first; nothing is sent before every digest has been compared."""
        del want, attempt
        return self._import.verify()

    def advance(self, want: Appliance | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """The next step. Without a ticket the import is one whose lease nobody knows: a dead one."""
        del attempt
        at: Ticket = dict(ticket) if isinstance(ticket, dict) else {"step": "dead"}
        return self._remove(at) if want is None else self._steps[str(at["step"])](want, at)

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Switch it off, then destroy it: two calls."""
        del attempt
        return self._remove({"step": "off", "vm": have.id})

    def opens(self, have: Observed) -> Session | None:
        """The vCenter that it is, verified by its own root CA."""
        if have.phase is not Phase.READY:
            return None
        from paver_vsphere.vcenter import vcenter_of_appliance  # noqa: PLC0415  it imports this module in turn

        return vcenter_of_appliance(self._host.settings, self._host.secrets, self._host.owner, have)

    def _remove(self, at: Ticket) -> Answer:
        if at["step"] in {"switching", "destroying"}:
            said = "being switched off" if at["step"] == "switching" else "being destroyed"
            if not self._over(at, f"{said} of the appliance"):
                return Waiting(ticket=at, again=0.5, said=said)
            if at["step"] == "destroying":
                return Done(have=None)
        return self._vm.take_down(str(at["vm"]))

    def _after(self, at: Ticket, what: str, then: str) -> Answer:
        if self._over(at, what):
            return Waiting(ticket={"step": then, "vm": at["vm"]}, again=0.0, said=f"{what}: done")
        return Waiting(ticket=at, again=0.2, said=what)

    def _sealed(self, at: Ticket) -> Answer:
        if self._over(at, "seal the appliance"):
            return Done(have=self._vm.found(str(at["vm"])))
        return Waiting(ticket=at, again=0.5, said="being sealed")

    def _over(self, at: Ticket, what: str) -> bool:
        connection = self._host.connection
        return finished(connection.task(connection.ref(str(at["task"]))), what)
