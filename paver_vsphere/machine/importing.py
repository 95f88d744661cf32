"""The import of an OVA: read through, begun, fed, completed; a dead one recognised and cleared away."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from pydantic import JsonValue

from paver.contract.errors import AlreadyExists, CallError, NotFound, OutcomeUnknown, Rejected, Transient
from paver.contract.resource import Answer, Desired, Done, Waiting
from paver_vsphere.errors import translate
from paver_vsphere.exchange import Peer, target_of
from paver_vsphere.machine.transfer import Disk, Upload, Verification, failure
from paver_vsphere.machine.vm import ImportedVm, Ticket, option_values
from paver_vsphere.ova import Ova
from paver_vsphere.sdk import vim
from paver_vsphere.session import Reference, finished, moid

HTTPS = 443
SHARE = 4
"""A lease hears of progress this many times within its timeout."""


D = TypeVar("D", bound=Desired)


@dataclass(frozen=True)
class Place:
    """Where an import goes."""

    pool: Reference
    folder: Reference
    host: Reference
    datastore: Reference
    network: Reference
    """Of all its cards."""


class Import(ABC, Generic[D]):
    """The steps from an OVA to a VM with all its disks. It keeps what runs in the background of this process."""

    def __init__(self, vm: ImportedVm) -> None:
        self._vm, self._connection = vm, vm.connection
        self._verification: Verification | None = None
        self._ova: Ova | None = None
        self._uploads: dict[str, Upload | None] = {}
        """By lease: those begun by this process; None until its lease is ready."""

    @abstractmethod
    def opened(self) -> tuple[Ova, str]:
        """The OVA, and the SHA-256 that it must have. Raises Rejected where it is not one that will do."""

    @abstractmethod
    def place(self, want: D) -> Place:
        """Where it goes. Raises Transient, Rejected."""

    @abstractmethod
    def born(self, want: D) -> Mapping[str, str]:
        """Extra configuration of the create call, the marks among it."""

    def size(self, want: D) -> str:
        """The OVA's deployment option; empty: its default."""
        del want
        return ""

    def shape(self, want: D, config: Any) -> None:  # noqa: ANN401  pyVmomi makes its types at run time
        """Change what the OVA says of the VM, where more than its name is wanted of it."""
        del want, config

    def peer(self, host: str, port: int, shown: str) -> Peer:
        """Who takes the disks: a bare host does by itself.

        Args:
            host: Where the server sends us to.
            port: Likewise.
            shown: The thumbprint that it says we shall find there; empty: it says none.
        """
        del host, port, shown
        return Peer.of(self._connection)

    def close(self) -> None:
        """Stop reading and feeding; a lease that hears nothing more takes its ruin with it."""
        for work in (self._verification, *self._uploads.values()):
            if work is not None:
                work.stop()

    def verify(self) -> Answer:
        """Begin to read the OVA through. No call."""
        ova, sha256 = self.opened()
        self._ova = ova
        self._verification = Verification(ova, sha256)
        self._verification.start()
        return Waiting(ticket={"step": "verify"}, again=0.05, said="reading the OVA through")

    def verified(self, want: D) -> Answer:
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
            raise AlreadyExists(f"{self._vm.where}: a VM of that name is there already")
        return self._begin(want, self._ova)

    def upload(self, at: Ticket) -> Answer:
        """Feed the disks; tell the lease; complete it. One call at most."""
        name = str(at["lease"])
        if name not in self._uploads:
            return self._abandon(name, "another process began it")
        try:
            lease = self._connection.properties(self._connection.ref(name), "state", "info", "error")
        except NotFound:
            return self._dead("its lease is gone")
        state = str(lease.get("state"))
        if state == "error":
            raise_lasting(lease.get("error"))
            return self._dead("its lease has ended")
        if state == "initializing":
            return Waiting(ticket=at, again=0.2, said="the server prepares the import")
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
        self._connection.call(self._connection.ref(name).HttpNfcLeaseComplete, what="complete the import")
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
        connection = self._connection
        try:
            over = finished(connection.task(connection.ref(str(at["task"]))), "remove an import that died")
        except NotFound:
            over = True
        return Waiting(ticket={"step": "dead"} if over else at, again=0.1, said="removing an import that died")

    def _begin(self, want: D, ova: Ova) -> Answer:
        place = self.place(want)
        made = self._import_spec(want, ova, place)
        spec = made.importSpec
        self.shape(want, spec.configSpec)
        spec.configSpec.extraConfig = [*(spec.configSpec.extraConfig or ()), *option_values(self.born(want))]
        call = place.pool.ImportVApp
        lease = self._connection.call(call, spec, place.folder, place.host, what=f"import {want.name}")
        name = moid(lease)
        self._uploads[name] = None
        files: dict[str, JsonValue] = {
            str(item.deviceId): [str(item.path), "PUT" if item.create else "POST"] for item in made.fileItem or ()
        }
        return Waiting(ticket={"step": "upload", "lease": name, "files": files}, again=0.05, said="import begun")

    def _import_spec(self, want: D, ova: Ova, place: Place) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        # No properties here: a server keeps them with the VM, and among an appliance's are passwords.
        params = vim().OvfManager.CreateImportSpecParams(
            entityName=want.name,
            locale="",
            deploymentOption=self.size(want),
            diskProvisioning="thin",
            networkMapping=[vim().OvfManager.NetworkMapping(name=name, network=place.network) for name in ova.networks],
        )
        manager, what = self._connection.content.ovfManager, f"read the descriptor of {ova.path.name}"
        made = self._connection.read(
            manager.CreateImportSpec, ova.descriptor, place.pool, place.datastore, params, what=what
        )
        if made.error:
            said = "; ".join(str(error.msg) for error in made.error)
            raise Rejected(f"{self._connection.where} refuses {ova.path.name}: {said}")
        return made

    def _feed(self, info: Any, at: Ticket) -> Upload:  # noqa: ANN401  pyVmomi makes its types at run time
        assert self._ova is not None  # noqa: S101  it holds by construction
        files: Any = at["files"]
        connection, disks = self._connection, []
        for device in info.deviceUrl or ():
            if str(device.importKey) not in files:
                continue  # an empty disk: there is nothing to feed it with
            path, method = files[str(device.importKey)]
            if path not in self._ova.members:
                raise Rejected(f"{self._ova.path} lacks the disk {path}")
            peer, target = self._taker(device), target_of(str(device.url))
            cookie = connection.cookie if (peer.host, peer.port) == (connection.host, connection.port) else ""
            disks.append(Disk(member=path, peer=peer, target=target, method=method, cookie=cookie))
        return Upload(self._ova, disks)

    def _taker(self, device: Any) -> Peer:  # noqa: ANN401  pyVmomi makes its types at run time
        own, parts = Peer.of(self._connection), urlsplit(str(device.url))
        # An asterisk stands for whoever was asked (HttpNfcLeaseDeviceUrl.url).
        if parts.netloc == "*":
            return own
        return self.peer(str(parts.hostname), parts.port or HTTPS, str(device.sslThumbprint or ""))

    def _told(self, work: Upload, name: str, timeout: int, at: Ticket) -> Answer:
        if work.quiet_for >= max(timeout, 1) / SHARE:
            lease = self._connection.ref(name)
            self._connection.call(lease.HttpNfcLeaseProgress, work.percent, what="tell the lease")
            work.told_now()
        return Waiting(ticket=at, again=min(work.again, timeout / SHARE), said=f"upload {work.percent} %")

    def _abandon(self, name: str, why: str) -> Answer:
        """End a lease that nobody feeds, which takes the ruin with it. One call."""
        connection = self._connection
        # Where its session or the lease itself is over, what it left is found by its marks.
        with suppress(CallError):
            connection.call(connection.ref(name).HttpNfcLeaseAbort, what="abort an import")
        self._uploads.pop(name, None)
        return self._dead(why)

    def _dead(self, why: str) -> Answer:
        return Waiting(ticket={"step": "dead"}, again=0.5, said=f"the import begins again: {why}")


def raise_lasting(fault: Any) -> None:  # noqa: ANN401  pyVmomi makes its types at run time
    """Raise what a lease failed with, where another try cannot help."""
    faults = vim().fault
    if isinstance(fault, faults.InsufficientResourcesFault | faults.NoDiskSpace | faults.InvalidName):
        raise translate(fault, "import a VM", sent=False)
