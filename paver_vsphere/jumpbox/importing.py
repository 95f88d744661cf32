"""The import of the jumpbox's OVA into the environment's own folder and pool."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paver.contract.errors import Rejected, Transient
from paver_vsphere.center import Center
from paver_vsphere.exchange import Peer
from paver_vsphere.jumpbox.vm import JumpboxVm
from paver_vsphere.jumpbox.wanted import Machine
from paver_vsphere.machine.importing import Import, Place
from paver_vsphere.ova import Ova
from paver_vsphere.resources.host import each
from paver_vsphere.session import Reference
from paver_vsphere.settings import VsphereJumpbox
from paver_vsphere.trust import Trust, normal_thumbprint
from paver_vsphere.whom import host_trust

CONNECTED = "connected"


class JumpboxImport(Import[Machine]):
    """Its size and its UUID are among what it is created with."""

    def __init__(self, center: Center, vm: JumpboxVm) -> None:
        super().__init__(vm)
        self._center, self._jumpbox = center, vm

    def opened(self) -> tuple[Ova, str]:
        """The section's, its licence accepted."""
        wanted = self._center.settings.jumpbox
        assert wanted is not None  # noqa: S101  without one none is wanted
        ova = Ova.open(Path(wanted.ova))
        refuse_unfit(ova, wanted)
        return ova, wanted.sha256

    def place(self, want: Machine) -> Place:
        """Where the spec has it, on the first host that can carry it."""
        ref = self._center.ref
        return Place(
            ref(want.pool),
            ref(want.folder),
            self._host(want, str(want.datastore)),
            ref(want.datastore),
            ref(want.network),
        )

    def born(self, want: Machine) -> Mapping[str, str]:
        """Its marks."""
        return self._jumpbox.born(want)

    def shape(self, want: Machine, config: Any) -> None:  # noqa: ANN401  pyVmomi makes its types at run time
        """Its size, and the UUID that it is found by; no OVF environment, in which cloud-init would look first."""
        config.numCPUs, config.numCoresPerSocket, config.memoryMB = want.cpus, 1, want.memory_mib
        config.instanceUuid = str(self._jumpbox.uuid)
        config.vAppConfig = None

    def peer(self, host: str, port: int, shown: str) -> Peer:
        """An ESXi host: by its own pin, else by the thumbprint that its vCenter says over a checked connection."""
        own = Peer.of(self._connection)
        if (host, port) == (own.host, own.port):
            return own
        known = host_trust(self._center.settings, host, port)
        trust = known if known.pins or not shown else Trust(pins=(normal_thumbprint(shown),))
        return Peer(host, port, trust, own.timeout)

    def _host(self, want: Machine, datastore: str) -> Reference:
        """One that is connected, is not being taken out of service, and has the datastore."""
        refs = [self._center.ref(host) for host in each(want.hosts)]
        paths = ("runtime.connectionState", "runtime.inMaintenanceMode", "datastore")
        for row in self._connection.retrieve({"HostSystem": paths}, roots=refs, tree={}) if refs else ():
            stores = {str(ref._moId) for ref in row.props.get("datastore") or ()}  # noqa: SLF001  pyVmomi has no public spelling
            serves = row.props.get("runtime.connectionState") == CONNECTED
            if serves and not row.props.get("runtime.inMaintenanceMode") and datastore.partition(":")[2] in stores:
                return row.ref
        raise Transient(
            f"no host of its zone can carry {want.name}: none is connected, in service, and has its datastore"
        )


def refuse_unfit(ova: Ova, wanted: VsphereJumpbox) -> None:
    """Raise Rejected unless the spec accepts the licence of this very product, and it has one network to map."""
    if ova.licence and wanted.accept_eula != ova.product:
        raise Rejected(
            f"the licence of {ova.product} is not accepted",
            hint=f"read it, then write accept_eula: {ova.product!r} in the jumpbox's section",
        )
    if len(ova.networks) != 1:
        raise Rejected(f"{ova.path} has {len(ova.networks)} networks; a jumpbox stands in one")
