"""What paving itself needs of a vCenter that exists, and which of it the user lacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from paver.contract.driver import Cause, Finding
from paver.contract.findings import Path, bad, good
from paver_vsphere.session import Connection


def privilege_findings(connection: Connection, needed: Iterable[str], path: Path) -> Iterator[Finding]:
    """One finding per missing privilege, so that each can be granted by its own name.

    One that the server does not know is not asked for.
    """
    content = connection.content
    known = connection.properties(content.authorizationManager, "privilegeList")["privilegeList"]
    asked = sorted(set(needed) & {str(privilege.privId) for privilege in known})
    session = connection.properties(content.sessionManager, "currentSession")["currentSession"]
    answer = connection.read(
        content.authorizationManager.HasPrivilegeOnEntities,
        [content.rootFolder],
        session.key,
        asked,
        what="ask for its privileges",
    )
    held = {str(item.privId) for entity in answer for item in entity.privAvailability if item.isGranted}
    missing = [name for name in asked if name not in held]
    for name in missing:
        yield bad(
            "permission",
            f"{connection.where}: {session.userName} lacks {name} on the root folder",
            "grant it there, propagated",
            path,
            Cause.DENIED,
        )
    if not missing:
        yield good("permission", f"{session.userName} may do all that paving {connection.where} takes")
