"""The vCenter appliance: imported from its OVA, booted for the first time, and then the session of all that follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from paver.contract.driver import Session
from paver.contract.resource import Answer, Attempt, Done, Observed, Phase, Waiting
from paver_vsphere.appliance.booting import TIMEOUT, Boot
from paver_vsphere.appliance.importing import ApplianceImport
from paver_vsphere.appliance.vm import ApplianceVm
from paver_vsphere.appliance.wanted import KEY, KIND, Appliance
from paver_vsphere.host import Host
from paver_vsphere.machine.kind import ImportedKind, Step
from paver_vsphere.machine.vm import Ticket
from paver_vsphere.roots import certificates
from paver_vsphere.trust import Trust, peer_certificate

__all__ = ["KEY", "KIND", "Appliance", "ApplianceKind"]


class ApplianceKind(ImportedKind[Appliance]):
    """Once it is switched on: first boot → seal."""

    replace: ClassVar[frozenset[str]] = frozenset({"size", "address", "system_name"})
    # First boot bakes these in; who changes them later does it in the appliance, or moves the VM in the vCenter.
    unseen: ClassVar[frozenset[str]] = frozenset(
        {"prefix", "gateway", "dns_servers", "ntp", "network", "datastore", "trusted"}
    )
    settle: ClassVar[float] = 2.0
    deadline: ClassVar[float] = 7200.0
    precious: ClassVar[bool] = True

    def __init__(self, host: Host) -> None:
        self._host = host
        self._vm = vm = ApplianceVm(host)
        boot = Boot(host, vm)
        steps: Mapping[str, Step[Appliance]] = {
            "mark": lambda want, at: vm.mark(want, str(at["vm"])),
            "boot": lambda want, at: boot.look(want, str(at["vm"])),
            "pinning": lambda _, at: self.after(at, "pin the set-up certificate", "boot"),
            "failing": lambda _, at: self.after(at, "note the failure", "boot"),
            "sealing": lambda _, at: self._noted(at, "seal the appliance"),
            "trusting": lambda _, at: self._noted(at, "note whom to trust"),
        }
        super().__init__(vm, ApplianceImport(host, vm), "appliance", steps)

    def update(self, have: Observed, want: Appliance, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Whom its sessions trust. As long as it shows a certificate of the earlier ones, they are trusted as well."""
        del fields, attempt
        settings, before = self._host.settings, str(have.outputs["ca"])
        *_, root = certificates(before).values()
        try:
            peer_certificate(
                settings.vcenter, settings.port, Trust(ca="".join([root, *map(str, want.trusted)])), TIMEOUT
            )
        except OSError:
            return self._vm.trust(want, have.id, before)
        return self._vm.trust(want, have.id, "")

    def opens(self, have: Observed) -> Session | None:
        """The vCenter that it is, verified by its own root CA and by who stands above its machine certificate."""
        if have.phase is not Phase.READY:
            return None
        from paver_vsphere.vcenter import vcenter_of_appliance  # noqa: PLC0415  it imports this module in turn

        return vcenter_of_appliance(self._host.settings, self._host.secrets, self._host.owner, have)

    def _noted(self, at: Ticket, what: str) -> Answer:
        if self.over(at, what):
            return Done(have=self._vm.found(str(at["vm"])))
        return Waiting(ticket=at, again=0.5, said=what)
