"""The licences that the section names: keys, offline; and what a vCenter that is there makes of them."""

from __future__ import annotations

from collections.abc import Iterator

from paver.contract.driver import Finding, Secrets
from paver.contract.errors import PaverError
from paver.contract.findings import Path, from_error, good, warn
from paver_vsphere.licences import Licences, key_of, parts
from paver_vsphere.section import SECTION
from paver_vsphere.session import Connection
from paver_vsphere.settings import VsphereSettings


def key_findings(settings: VsphereSettings, secrets: Secrets) -> Iterator[Finding]:
    """Each is where the section says, and has the form of one."""
    for part in parts(settings):
        try:
            key_of(settings, secrets, part)
        except PaverError as error:
            yield from_error("licence", error, (*SECTION, "licences", part))


def licence_findings(connection: Connection, settings: VsphereSettings, secrets: Secrets) -> Iterator[Finding]:
    """Nothing is asked where none is named, and nothing of a key that has not the form of one."""
    licences, at = Licences(connection, settings, secrets), (*SECTION, "licences")
    if next(key_findings(settings, secrets), None) is not None:
        return
    for part in parts(settings):
        try:
            name = str(licences.check(part).name)
        except PaverError as error:
            yield from_error("licence", error, (*at, part))
        else:
            yield good("licence", f"{connection.where} knows the key of licences.{part}: {name}")
    if parts(settings):
        yield from _evaluated(licences, connection.where, at)


def _evaluated(licences: Licences, where: str, at: Path) -> Iterator[Finding]:
    try:
        over = licences.evaluated()
    except PaverError as error:
        yield from_error("licence", error, at)
        return
    if over:
        hint = "it cannot be put back: what stays after destroy keeps the licence that it is assigned now"
        yield warn("licence", f"the evaluation of {where} is over", hint, at)
