"""The import of the appliance's OVA onto the bare host that carries it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paver.contract.errors import Rejected, Transient
from paver_vsphere.appliance.image import opened
from paver_vsphere.appliance.vm import ApplianceVm
from paver_vsphere.appliance.wanted import Appliance
from paver_vsphere.host import Host
from paver_vsphere.machine.importing import Import, Place
from paver_vsphere.ova import Ova
from paver_vsphere.sdk import vim


class ApplianceImport(Import[Appliance]):
    """Of the size that is wanted. The guest gets its properties by its OVF environment, which is blanked later."""

    def __init__(self, host: Host, vm: ApplianceVm) -> None:
        super().__init__(vm)
        self._host, self._appliance = host, vm

    def opened(self) -> tuple[Ova, str]:
        """The section's, its licence accepted."""
        wanted = self._host.appliance
        ova = opened(wanted)
        refuse_unaccepted(ova, wanted.accept_eula)
        if wanted.size not in ova.sizes:
            raise Rejected(f"{ova.path} knows no size {wanted.size}", hint=f"it has {', '.join(ova.sizes) or 'none'}")
        return ova, wanted.sha256

    def place(self, want: Appliance) -> Place:
        """The host's only pool and folder; port group and datastore by their names."""
        host = self._host
        rows = host.connection.retrieve({"Network": ("name",), "Datastore": ("name",)})
        network = _named(rows, "Network", str(want.network))
        store = _named(rows, "Datastore", str(want.datastore))
        if network is None or store is None:
            raise Transient(f"{host.where(str(want.network if network is None else want.datastore))} is not there yet")
        return Place(host.pool, host.vm_folder, host.system, store, network)

    def born(self, want: Appliance) -> Mapping[str, str]:
        """Its marks."""
        return self._appliance.born(want)

    def size(self, want: Appliance) -> str:
        """The wanted one."""
        return want.size


def refuse_unaccepted(ova: Ova, accepted: str | None) -> None:
    """Raise Rejected unless the spec accepts the licence of this very product."""
    if ova.licence and accepted != ova.product:
        raise Rejected(
            f"the licence of {ova.product} is not accepted",
            hint=f"read it, then write accept_eula: {ova.product!r} in the appliance's section",
        )


def _named(rows: Any, kind: str, name: str) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
    wanted = getattr(vim(), kind)
    return next((row.ref for row in rows if isinstance(row.ref, wanted) and row.props.get("name") == name), None)
