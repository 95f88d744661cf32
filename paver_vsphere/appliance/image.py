"""The file that the appliance comes in: its OVA, or the ISO with the OVA in it."""

from __future__ import annotations

from pathlib import Path

from paver.contract.errors import Rejected
from paver_vsphere.ova import Ova
from paver_vsphere.settings import Appliance

FOLDER = "vcsa"
"""Of the ISO: where the OVA is."""


def opened(wanted: Appliance) -> Ova:
    """The OVA, where it lies. Raises Rejected where there is none, or not exactly one."""
    path = Path(wanted.image)
    if wanted.iso is None:
        return Ova.open(path)
    try:
        from paver_vsphere.iso import lying  # noqa: PLC0415  only an ISO needs the library that reads it
    except ModuleNotFoundError as error:
        raise Rejected(
            f"{path} cannot be read without {error.name}", hint="pip install 'iaas-paver[vsphere]'"
        ) from None
    return Ova.open(path, lying(path, FOLDER, ".ova"))
