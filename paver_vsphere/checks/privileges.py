"""What paving itself needs of a vCenter that exists, and which of it the user lacks, object by object."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from paver.contract.driver import Cause, Finding
from paver.contract.findings import Path, bad, good
from paver_vsphere.grants import Grant
from paver_vsphere.session import Connection, Reference, moid


def privilege_findings(
    connection: Connection, grants: Sequence[Grant], there: Callable[[Grant], Reference | None], path: Path
) -> Iterator[Finding]:
    """One finding per object and missing privilege, so that each can be granted by its own name.

    A grant on an object hides what it would inherit, so each is asked for by itself. A privilege that the server does
    not know is not asked for, nor is an object that is not there, which others say.

    Args:
        connection: Logged in as the user.
        grants: What is needed.
        there: The object of one.
        path: The place in the spec.
    """
    content = connection.content
    known = connection.properties(content.authorizationManager, "privilegeList")["privilegeList"]
    names = {str(privilege.privId) for privilege in known}
    session = connection.properties(content.sessionManager, "currentSession")["currentSession"]
    asked = [(grant, ref, names & grant.privileges) for grant in grants if (ref := there(grant)) is not None]
    answer = connection.read(
        content.authorizationManager.HasPrivilegeOnEntities,
        [ref for _, ref, _ in asked],
        session.key,
        sorted(names & frozenset[str]().union(*(grant.privileges for grant in grants))),
        what="ask for its privileges",
    )
    held = {moid(one.entity): {str(item.privId) for item in one.privAvailability if item.isGranted} for one in answer}
    missing = [(grant, name) for grant, ref, wanted in asked for name in sorted(wanted - held.get(moid(ref), set()))]
    for grant, name in missing:
        yield bad(
            "permission",
            f"{connection.where}: {session.userName} lacks {name} on {grant.on}",
            f"grant it there{', propagated' if grant.propagate else ''}",
            path,
            Cause.DENIED,
        )
    if not missing:
        yield good("permission", f"{session.userName} may do all that paving {connection.where} takes")
