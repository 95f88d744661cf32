"""Each bare ESXi host: reached, trusted, logged in to; its version, licence, clock, state and uplinks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from paver.contract.asking import TRIES, asked
from paver.contract.driver import Cause, Finding, Secrets
from paver.contract.errors import PaverError, Untrusted
from paver.contract.findings import Path, bad, from_error, good, warn
from paver.contract.spec import EnvironmentSpec
from paver_vsphere.bootstrap import vcenter_address
from paver_vsphere.checks.capacity import ROOM, room_findings
from paver_vsphere.checks.host_settings import host_settings_findings
from paver_vsphere.checks.in_use import host_use_findings
from paver_vsphere.checks.versions import version_finding
from paver_vsphere.register import MOUNTED
from paver_vsphere.section import SECTION
from paver_vsphere.session import Connection
from paver_vsphere.settings import VsphereSettings
from paver_vsphere.trust import NotSent, shown_certificate, split_endpoint, thumbprint
from paver_vsphere.whom import host_trust

TIMEOUT = 20.0
SKEW = 60.0
"""Seconds by which a host's clock may be off: certificates and logins go wrong beyond."""
SELF = "127.0.0.1"
READ_ONLY = frozenset({"esxBasic", "esxBasic3"})
"""Edition keys of the free licences, whose API allows no changes."""


def endpoints(settings: VsphereSettings) -> list[tuple[str, Path]]:
    """Every host of every zone, with its place in the spec."""
    return [
        (str(host), (*SECTION, "zones", name, "hosts", index))
        for name, zone in settings.zones.items()
        for index, host in enumerate(zone.hosts)
    ]


def open_host(
    settings: VsphereSettings, secrets: Secrets, endpoint: str, path: Path
) -> tuple[Connection | None, Finding]:
    """Connect and log in, or say why not."""
    if settings.esxi_password is None:
        return None, bad("permission", "the password of the ESXi hosts is not named", "write esxi_password:", SECTION)
    host, port = split_endpoint(endpoint)
    try:
        password = secrets.given(settings.esxi_password)
        trust = host_trust(settings, host, port)
        connect = partial(Connection.connect, host, port, settings.esxi_user, password, trust, TIMEOUT)
        connection = asked(connect)
        connection.tries = TRIES
    except Untrusted as error:
        found = from_error("trust", error, path)
        shown = _shown(host, port)
        return None, found.model_copy(update={"what": f"{found.what}{shown}"}) if shown not in found.what else found
    except PaverError as error:
        return None, from_error("reach", error, path)
    return connection, good("reach", f"{connection.where} answers, {connection.about.fullName}")


def host_findings(
    connection: Connection, spec: EnvironmentSpec, settings: VsphereSettings, path: Path
) -> Iterator[Finding]:
    """What one host says of itself."""
    where, about = connection.where, connection.about
    if about.apiType != "HostAgent":
        yield bad("identity", f"{where} is no ESXi host but {about.fullName}", path=path, cause=Cause.TRUST)
        return
    yield version_finding(where, "ESXi", str(about.version), path)
    found = connection.retrieve(
        {"HostSystem": ("runtime.inMaintenanceMode", "configManager", "summary.managementServerIp")}
    )[0].props
    if found.get("runtime.inMaintenanceMode"):
        yield bad("state", f"{where} is in maintenance mode", "take it out, then run again", path)
    manager = found.get("summary.managementServerIp")
    yield from _managed(where, manager, spec, settings, path)
    yield _clock(connection, found["configManager"].dateTimeSystem, path)
    yield _licence(connection, path)
    yield from _uplinks(connection, found["configManager"].networkSystem, settings)
    yield from host_settings_findings(connection, settings, path)
    yield from _own_datastores(connection, spec, settings, path)
    yield from host_use_findings(connection, spec, settings, managed=manager not in {None, "", SELF})


def _shown(host: str, port: int) -> str:
    try:
        return f", it shows SHA-256 {thumbprint(shown_certificate(host, port, TIMEOUT))}"
    except NotSent:
        return ""


def _managed(
    where: str, manager: str | None, spec: EnvironmentSpec, settings: VsphereSettings, path: Path
) -> Iterator[Finding]:
    # A host that nobody manages may name itself; one of an existing vCenter is that vCenter's to judge.
    own = {SELF, settings.vcenter, str(vcenter_address(spec, settings))} if settings.appliance else {manager}
    if manager and manager not in own:
        yield warn("state", f"{where} says that a vCenter at {manager} manages it", "remove it there first", path)


def _clock(connection: Connection, clock: Any, path: Path) -> Finding:  # noqa: ANN401  pyVmomi makes its types at run time
    where = connection.where
    if clock is None:
        return warn("clock", f"{where} does not tell its time", path=path)
    before = time.time()
    said: datetime = connection.read(clock.QueryDateTime, what="ask for its time")
    skew = said.timestamp() - (before + time.time()) / 2
    if abs(skew) > SKEW:
        return bad("clock", f"the clock of {where} is {skew:+.0f} s off", "set it, or give it time servers", path)
    return good("clock", f"the clock of {where} is {skew:+.1f} s off")


def _licence(connection: Connection, path: Path) -> Finding:
    where = connection.where
    held = connection.properties(connection.content.licenseManager, "licenses").get("licenses") or ()
    editions = {str(licence.editionKey) for licence in held}
    if editions and editions <= READ_ONLY:
        return bad(
            "licence",
            f"the licence of {where} ({', '.join(sorted(editions))}) makes its API read-only",
            "assign one that allows changes; the 60 days of evaluation do",
            path,
        )
    return good("licence", f"the licence of {where} allows changes")


def _own_datastores(
    connection: Connection, spec: EnvironmentSpec, settings: VsphereSettings, path: Path
) -> Iterator[Finding]:
    endpoint = next((host for host, place in endpoints(settings) if place == path), "")
    asked = {label: store for label, store in settings.datastores.items() if str(store.host or "") == endpoint}
    if not asked:
        return
    rows = connection.retrieve({"Datastore": ("name", "summary.type", *ROOM)})
    own = {str(row.props["name"]): row.props for row in rows if str(row.props.get("summary.type")) not in MOUNTED}
    for label, store in asked.items():
        if store.existing in own:
            what = f"{store.existing} on {connection.where}"
            wanted = spec.datastores[label].capacity_gib
            yield from room_findings(what, own[store.existing], wanted, ("datastores", label))
        else:
            yield bad(
                "names",
                f"{connection.where} has no datastore {store.existing} of its own",
                f"it has {', '.join(sorted(own)) or 'none'}",
                (*SECTION, "datastores", label, "existing"),
            )


def _uplinks(connection: Connection, system: Any, settings: VsphereSettings) -> Iterator[Finding]:  # noqa: ANN401  pyVmomi makes its types at run time
    if not settings.uplinks:
        return
    found = connection.retrieve({"HostNetworkSystem": ("networkInfo.pnic",)}, roots=[system], tree={})
    nics = {str(nic.device) for nic in (found[0].props.get("networkInfo.pnic") or ())} if found else set()
    missing = [name for name in settings.uplinks if name not in nics]
    if missing:
        yield bad(
            "uplinks",
            f"{connection.where} has no {', '.join(missing)}",
            f"it has {', '.join(sorted(nics)) or 'none'}",
            (*SECTION, "uplinks"),
        )
    else:
        yield good("uplinks", f"{connection.where} has {', '.join(settings.uplinks)}")
