"""The site's groups and their roles: both are there before anything is granted."""

from __future__ import annotations

from collections.abc import Iterator

from paver.contract.driver import Finding
from paver.contract.errors import NotFound
from paver.contract.findings import Path, bad, good
from paver_vsphere.section import SECTION
from paver_vsphere.session import Connection
from paver_vsphere.settings import VsphereSettings


def group_findings(connection: Connection, settings: VsphereSettings) -> Iterator[Finding]:
    """One finding for each that is missing."""
    if not settings.groups:
        return
    where = connection.where
    found = connection.properties(connection.content.authorizationManager, "roleList")["roleList"]
    roles = sorted(str(role.name) for role in found)
    whole = True
    for group, role in settings.groups.items():
        at: Path = (*SECTION, "groups", group)
        if role not in roles:
            whole = False
            yield bad("names", f"{where} has no role {role}", f"it has {', '.join(roles)}", at)
        if not _known(connection, group):
            whole = False
            yield bad("names", f"{where} knows no group {group}", "DOMAIN\\name of a group that is there", at)
    if whole:
        yield good("names", f"{where} has every group and role that groups names")


def _known(connection: Connection, group: str) -> bool:
    domain, _, name = group.partition("\\")
    ask = connection.content.userDirectory.RetrieveUserGroups
    try:
        # Domain, name, of which group, of which user, exactly, users, groups.
        found = connection.read(ask, domain, name, None, None, True, False, True, what=f"look for group {group}")
    except NotFound:  # the domain
        return False
    return any(one.group for one in found or ())
