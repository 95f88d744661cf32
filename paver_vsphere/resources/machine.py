"""The jumpbox: imported from its OVA, booted, and known by the host key that its guest tells its vCenter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from paver.contract.answers import later
from paver.contract.resource import Answer, Attempt, Done, Observed
from paver_vsphere.center import Center
from paver_vsphere.inventory import Listing
from paver_vsphere.jumpbox.cloud_init import told_host_key
from paver_vsphere.jumpbox.importing import JumpboxImport
from paver_vsphere.jumpbox.vm import BAKES, HOST_KEY, JumpboxVm
from paver_vsphere.jumpbox.wanted import KIND, Machine
from paver_vsphere.machine.kind import ImportedKind, Step
from paver_vsphere.machine.vm import ON, Ticket

__all__ = ["KIND", "Machine", "MachineKind"]


class MachineKind(ImportedKind[Machine]):
    """Once it is switched on: its host key → what of its hardware differs."""

    replace: ClassVar[frozenset[str]] = frozenset(BAKES)
    # A vCenter moves machines by itself, and so do people: it is found wherever it is.
    unseen: ClassVar[frozenset[str]] = frozenset({"pool", "folder", "datastore", "hosts"})
    settle: ClassVar[float] = 2.0
    deadline: ClassVar[float] = 3600.0

    def __init__(self, center: Center) -> None:
        self._vm = vm = JumpboxVm(center)
        steps: Mapping[str, Step[Machine]] = {
            "mark": lambda want, at: vm.mark(want, str(at["vm"])),
            "boot": self._listen,
            "settle": lambda want, at: self._settled(want, str(at["vm"])),
            "changing": lambda _, at: self.after(at, "change the jumpbox", "settle"),
            "down": lambda _, at: vm.look_down(at),
        }
        super().__init__(vm, JumpboxImport(center, vm), "jumpbox", steps)

    def update(self, have: Observed, want: Machine, fields: frozenset[str], attempt: Attempt) -> Answer:
        """The first call: its size, which it has to be off for; its network; its power."""
        del fields, attempt
        return self._settled(want, have.id)

    def observe(self, listing: Listing) -> Iterator[Observed]:
        """Ours."""
        yield from self._vm.observe(listing)

    def _listen(self, want: Machine, at: Ticket) -> Answer:
        """One look at what the guest tells; the call that keeps it."""
        vm = str(at["vm"])
        options = self._vm.options(vm)
        if options.get(HOST_KEY):
            return self._settled(want, vm)
        if self._vm.power(vm) != ON:
            return self._vm.power_on(vm)
        key = told_host_key(options)
        if key is None:
            return later("its guest tells no host key yet", at, step="boot", vm=vm)
        return self._vm.keep(vm, key)

    def _settled(self, want: Machine, vm: str) -> Answer:
        row = self._vm.standing(vm)
        return self._vm.settle(want, row) or Done(have=self._vm.found(want, row))
