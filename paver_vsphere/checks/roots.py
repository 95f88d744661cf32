"""The roots that a vCenter trusts: its REST API shows them, which an old one has not."""

from __future__ import annotations

from collections.abc import Iterator

from paver.contract.driver import Finding
from paver.contract.errors import PaverError
from paver.contract.findings import from_error, good
from paver_vsphere.rest import Rest
from paver_vsphere.roots import Roots
from paver_vsphere.section import SECTION
from paver_vsphere.settings import VsphereSettings


def root_findings(rest: Rest, settings: VsphereSettings, where: str) -> Iterator[Finding]:
    """Nothing is asked where nothing is to be trusted."""
    if not settings.trusted_roots:
        return
    try:
        found = Roots(rest).chains()
    except PaverError as error:
        yield from_error("reach", error, (*SECTION, "trusted_roots"))
    else:
        yield good("reach", f"{where} shows which roots it trusts ({len(found)})")
