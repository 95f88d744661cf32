"""What a bare ESXi host lacks for the settings that the spec asks of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from paver.contract.driver import Finding
from paver.contract.findings import Path, bad, good
from paver_vsphere.host_configuration import PROPERTIES, HostConfiguration
from paver_vsphere.host_notes import SHARED
from paver_vsphere.section import SECTION
from paver_vsphere.session import Connection
from paver_vsphere.settings import VsphereSettings


def host_settings_findings(connection: Connection, settings: VsphereSettings, path: Path) -> Iterator[Finding]:
    """Services that it has not, DHCP that stands against the spec, no place for the note of what was there."""
    wanted = settings.host_settings
    if wanted is None:
        return
    where, found = connection.where, list(_findings(connection, settings, path))
    yield from found or [good("settings", f"{where} can be set as host_settings says, and back")]


def _findings(connection: Connection, settings: VsphereSettings, path: Path) -> Iterator[Finding]:
    wanted, where = settings.host_settings, connection.where
    assert wanted is not None  # noqa: S101  its caller has looked
    rows = connection.retrieve({"HostSystem": PROPERTIES, "Datastore": ("name", "summary.type", "summary.accessible")})
    now = HostConfiguration(where, next(row.props for row in rows if "configManager" in row.props))
    at = (*SECTION, "host_settings")
    for service in wanted.services:
        if not now.knows(service):
            yield bad("settings", f"{where} has no service {service}", "leave it out", (*at, "services", service))
    if wanted.search_domains is not None and wanted.dns_servers is None and now.by_dhcp:
        yield bad(
            "settings",
            f"{where} has its resolvers by DHCP, and so its search domains",
            "write dns_servers too, or leave search_domains to DHCP",
            (*at, "search_domains"),
        )
    for name, group in wanted.port_groups.items():
        if refusal := now.port_groups.refusal(name, group.model_dump(mode="json")):
            yield bad("settings", refusal, "choose another name, or a switch that is there", (*at, "port_groups", name))
    if not any(_own(row.props) for row in rows):
        yield bad(
            "settings",
            f"{where} has no datastore of its own to note its earlier settings on",
            "make one on a local disk, or leave host_settings out",
            path,
        )


def _own(props: dict[str, Any]) -> bool:
    return bool(props.get("summary.accessible")) and str(props.get("summary.type")) not in SHARED
