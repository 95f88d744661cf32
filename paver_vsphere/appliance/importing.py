"""The import of the appliance's OVA: read through, begun, fed, completed; a dead one recognised and cleared away."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from paver.contract.errors import AlreadyExists, CallError, NotFound, OutcomeUnknown, Rejected, Transient
from paver.contract.resource import Answer, Done, Waiting
from paver_vsphere.appliance.transfer import Disk, Upload, Verification, failure
from paver_vsphere.appliance.vm import ApplianceVm, Ticket
from paver_vsphere.appliance.wanted import Appliance
from paver_vsphere.errors import translate
from paver_vsphere.exchange import Peer
from paver_vsphere.host import Host
from paver_vsphere.ova import Ova
from paver_vsphere.sdk import vim
from paver_vsphere.session import finished, moid

SHARE = 4
"""A lease hears of progress this many times within its timeout."""


class Import:
    """The steps from an OVA to a VM with all its disks. It keeps what runs in the background of this process."""

    def __init__(self, host: Host, vm: ApplianceVm) -> None:
        self._host, self._vm = host, vm
        self._verification: Verification | None = None
        self._ova: Ova | None = None
        self._uploads: dict[str, Upload | None] = {}
        """By lease: those begun by this process; None until its lease is ready."""

    def close(self) -> None:
        """Stop reading and feeding; a lease that hears nothing more takes its ruin with it."""
        for work in (self._verification, *self._uploads.values()):
            if work is not None:
                work.stop()

    def verify(self) -> Answer:
        """Begin to read the OVA through. No call."""
        wanted = self._host.appliance
        ova = Ova.open(Path(wanted.ova))
        refuse_unaccepted(ova, wanted.accept_eula)
        if wanted.size not in ova.sizes:
            raise Rejected(f"{ova.path} knows no size {wanted.size}", hint=f"it has {', '.join(ova.sizes) or 'none'}")
        self._ova = ova
        self._verification = Verification(ova, wanted.sha256)
        self._verification.start()
        return Waiting(ticket={"step": "verify"}, again=0.05, said="reading the OVA through")

    def verified(self, want: Appliance) -> Answer:
        """Begin the import once every digest fits. One call."""
        work = self._verification
        if work is None or self._ova is None:
            return self.verify()
        if work.running:
            return Waiting(
                ticket={"step": "verify"}, again=work.again, said=f"reading the OVA through, {work.percent} %"
            )
        self._verification = None
        if error := failure(work):
            raise error
        if self._vm.taken():
            raise AlreadyExists(f"{self._host.where(want.name)}: a VM of that name is there already")
        return self._begin(want, self._ova)

    def upload(self, at: Ticket) -> Answer:
        """Feed the disks; tell the lease; complete it. One call at most."""
        name = str(at["lease"])
        if name not in self._uploads:
            return self._abandon(name, "another process began it")
        try:
            lease = self._host.connection.properties(self._host.connection.ref(name), "state", "info", "error")
        except NotFound:
            return self._dead("its lease is gone")
        state = str(lease.get("state"))
        if state == "error":
            raise_lasting(lease.get("error"))
            return self._dead("its lease has ended")
        if state == "initializing":
            return Waiting(ticket=at, again=0.2, said="the host prepares the import")
        return self._fed(at, name, lease["info"])

    def _fed(self, at: Ticket, name: str, info: Any) -> Answer:  # noqa: ANN401  pyVmomi's HttpNfcLeaseInfo
        work = self._uploads[name]
        if work is None:
            work = self._uploads[name] = self._feed(info, at)
            work.start()
        if work.running:
            return self._told(work, name, int(info.leaseTimeout), at)
        if error := failure(work):
            answer = self._abandon(name, error.message)
            if isinstance(error, Transient | OutcomeUnknown):
                return answer
            raise error
        self._host.connection.call(self._host.connection.ref(name).HttpNfcLeaseComplete, what="complete the import")
        del self._uploads[name]
        return Waiting(ticket={"step": "mark", "vm": moid(info.entity)}, again=0.0, said="imported")

    def clear(self) -> Answer:
        """Remove the ruin of an import, or wait until its lease does; then begin again."""
        row = self._vm.row()
        if row is None:
            return self.verify()
        answer = self._vm.take_down(moid(row.ref))
        if isinstance(answer, Done):
            return self.verify()
        ticket = dict(answer.ticket) if isinstance(answer.ticket, dict) else {}
        if ticket.get("step") == "off":
            return Waiting(
                ticket={"step": "dead"}, again=answer.again, said="an import that died has to time out first"
            )
        return Waiting(ticket={**ticket, "step": "clearing"}, again=answer.again, said="removing an import that died")

    def cleared(self, at: Ticket) -> Answer:
        """Wait for the removal's task."""
        connection = self._host.connection
        try:
            over = finished(connection.task(connection.ref(str(at["task"]))), "remove an import that died")
        except NotFound:
            over = True
        return Waiting(ticket={"step": "dead"} if over else at, again=0.1, said="removing an import that died")

    def _begin(self, want: Appliance, ova: Ova) -> Answer:
        host, connection = self._host, self._host.connection
        made = self._import_spec(want, ova)
        spec = made.importSpec
        spec.configSpec.extraConfig = [*(spec.configSpec.extraConfig or ()), *self._vm.born(want)]
        lease = connection.call(host.pool.ImportVApp, spec, host.vm_folder, host.system, what=f"import {want.name}")
        name = moid(lease)
        self._uploads[name] = None
        files: dict[str, JsonValue] = {
            str(item.deviceId): [str(item.path), "PUT" if item.create else "POST"] for item in made.fileItem or ()
        }
        return Waiting(ticket={"step": "upload", "lease": name, "files": files}, again=0.05, said="import begun")

    def _import_spec(self, want: Appliance, ova: Ova) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        host, connection = self._host, self._host.connection
        rows = connection.retrieve({"Network": ("name",), "Datastore": ("name",)})
        network = _named(rows, "Network", str(want.network))
        store = _named(rows, "Datastore", str(want.datastore))
        if network is None or store is None:
            raise Transient(f"{host.where(str(want.network if network is None else want.datastore))} is not there yet")
        # No properties here: a host keeps them with the VM, and among them are passwords. The guest gets them by its
        # OVF environment, which is blanked after first boot.
        params = vim().OvfManager.CreateImportSpecParams(
            entityName=want.name,
            locale="",
            deploymentOption=want.size,
            diskProvisioning="thin",
            networkMapping=[vim().OvfManager.NetworkMapping(name=name, network=network) for name in ova.networks],
        )
        what = f"read the descriptor of {ova.path.name}"
        made = connection.read(
            connection.content.ovfManager.CreateImportSpec, ova.descriptor, host.pool, store, params, what=what
        )
        if made.error:
            said = "; ".join(str(error.msg) for error in made.error)
            raise Rejected(f"{connection.where} refuses {ova.path.name}: {said}")
        return made

    def _feed(self, info: Any, at: Ticket) -> Upload:  # noqa: ANN401  pyVmomi makes its types at run time
        assert self._ova is not None  # noqa: S101  it holds by construction
        files: Any = at["files"]
        disks = []
        for device in info.deviceUrl or ():
            path, method = files[str(device.importKey)]
            if path not in self._ova.members:
                raise Rejected(f"{self._ova.path} lacks the disk {path}")
            disks.append(Disk(member=path, url=str(device.url), method=method))
        connection = self._host.connection
        return Upload(self._ova, disks, Peer.of(connection), connection.cookie)

    def _told(self, work: Upload, name: str, timeout: int, at: Ticket) -> Answer:
        if work.quiet_for >= max(timeout, 1) / SHARE:
            lease = self._host.connection.ref(name)
            self._host.connection.call(lease.HttpNfcLeaseProgress, work.percent, what="tell the lease")
            work.told_now()
        return Waiting(ticket=at, again=min(work.again, timeout / SHARE), said=f"upload {work.percent} %")

    def _abandon(self, name: str, why: str) -> Answer:
        """End a lease that nobody feeds, which takes the ruin with it. One call."""
        connection = self._host.connection
        # Where its session or the lease itself is over, what it left is found by its marks.
        with suppress(CallError):
            connection.call(connection.ref(name).HttpNfcLeaseAbort, what="abort an import")
        self._uploads.pop(name, None)
        return self._dead(why)

    def _dead(self, why: str) -> Answer:
        return Waiting(ticket={"step": "dead"}, again=0.5, said=f"the import begins again: {why}")


def refuse_unaccepted(ova: Ova, accepted: str | None) -> None:
    """Raise Rejected unless the spec accepts the licence of this very product."""
    if ova.licence and accepted != ova.product:
        raise Rejected(
            f"the licence of {ova.product} is not accepted",
            hint=f"read it, then write accept_eula: {ova.product!r} in the appliance's section",
        )


def raise_lasting(fault: Any) -> None:  # noqa: ANN401  pyVmomi makes its types at run time
    """Raise what a lease failed with, where another try cannot help."""
    faults = vim().fault
    if isinstance(fault, faults.InsufficientResourcesFault | faults.NoDiskSpace | faults.InvalidName):
        raise translate(fault, "import the appliance", sent=False)


def _named(rows: Any, kind: str, name: str) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
    wanted = getattr(vim(), kind)
    return next((row.ref for row in rows if isinstance(row.ref, wanted) and row.props.get("name") == name), None)
