"""What needs no host: the OVA's file and licence, the first user, the name in the DNS."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path as FilePath

from paver.contract.driver import Cause, Finding
from paver.contract.errors import PaverError, Untrusted
from paver.contract.findings import Path, bad, from_error, good
from paver.contract.spec import EnvironmentSpec
from paver_vsphere.appliance.image import opened
from paver_vsphere.bootstrap import vcenter_address
from paver_vsphere.ova import Ova
from paver_vsphere.section import SECTION
from paver_vsphere.settings import Appliance, VsphereJumpbox, VsphereSettings


def ova_findings(what: str, wanted: Appliance | VsphereJumpbox | None) -> Iterator[Finding]:
    """The file: there, whole, its licence accepted; the appliance's size known, the jumpbox's network one.

    Args:
        what: Of the section: appliance or jumpbox.
        wanted: What stands there.
    """
    if wanted is None:
        return
    path: Path = (*SECTION, what)
    try:
        ova = opened(wanted) if isinstance(wanted, Appliance) else Ova.open(FilePath(wanted.ova))
        if ova.licence and wanted.accept_eula != ova.product:
            yield bad(
                what,
                f"the licence of {ova.product} is not accepted",
                f"read it, then write accept_eula: {ova.product!r}",
                (*path, "accept_eula"),
            )
        if isinstance(wanted, Appliance) and wanted.size not in ova.sizes:
            known = f"it knows {', '.join(ova.sizes) or 'none'}"
            yield bad(what, f"{ova.path.name} has no size {wanted.size}", known, (*path, "size"))
        if isinstance(wanted, VsphereJumpbox) and len(ova.networks) != 1:
            said = f"{ova.path.name} has {len(ova.networks)} networks; a jumpbox stands in one"
            yield bad(what, said, "take another OVA", (*path, "ova"))
        ova.verify(wanted.sha256, lambda _done, _total: None)
    except Untrusted as error:
        found = from_error(what, error, (*path, "sha256"))
        yield found.model_copy(update={"check": what, "cause": Cause.TRUST})
    except PaverError as error:
        yield from_error(what, error, (*path, "iso" if wanted.ova is None else "ova"))
    else:
        yield good(what, f"{ova.path.name} is {ova.product or 'an OVA'}, whole")


def user_findings(settings: VsphereSettings) -> Iterator[Finding]:
    """First boot makes one user."""
    name, _, domain = settings.user.partition("@")
    if settings.appliance is not None and (name.lower() != "administrator" or not domain):
        yield bad(
            "permission",
            f"{settings.user} cannot be the first user of a new vCenter",
            "first boot makes administrator@DOMAIN and nobody else",
            (*SECTION, "user"),
        )


def name_findings(spec: EnvironmentSpec, settings: VsphereSettings) -> Iterator[Finding]:
    """Where `vcenter` is a name, it must lead to the appliance's address: the appliance refuses its first boot else."""
    try:
        IPv4Address(settings.vcenter)
    except ValueError:
        pass
    else:
        return
    address, path = str(vcenter_address(spec, settings)), (*SECTION, "vcenter")
    try:
        found = sorted({str(item[4][0]) for item in socket.getaddrinfo(settings.vcenter, None, socket.AF_INET)})
    except OSError as error:
        hint = f"make the records, forwards and backwards, for {address}"
        yield bad("dns", f"{settings.vcenter} does not resolve ({error.strerror or error})", hint, path)
        return
    if settings.appliance is not None and found != [address]:
        said = f"{settings.vcenter} resolves to {', '.join(found)}; the appliance will stand at {address}"
        yield bad("dns", said, "correct the record, or the address space", path)
    else:
        yield good("dns", f"{settings.vcenter} resolves to {', '.join(found)}")
