"""What paving itself needs of a vCenter that exists, and which of it the user lacks."""

from __future__ import annotations

from collections.abc import Iterator

from paver.contract.driver import Cause, Finding
from paver_vsphere.checks.findings import Path, bad, good
from paver_vsphere.session import Connection

PAVING = (
    "Authorization.ModifyPermissions",
    "Authorization.ModifyRoles",
    "DVPortgroup.Create",
    "DVPortgroup.Delete",
    "DVPortgroup.Modify",
    "DVSwitch.Create",
    "DVSwitch.Delete",
    "DVSwitch.HostOp",
    "DVSwitch.Modify",
    "Datacenter.Create",
    "Datacenter.Delete",
    "Datastore.Browse",
    "Datastore.Delete",
    "Datastore.FileManagement",
    "Folder.Create",
    "Folder.Delete",
    "Global.ManageCustomFields",
    "Global.SetCustomField",
    "Host.Config.Network",
    "Host.Config.Storage",
    "Host.Inventory.AddHostToCluster",
    "Host.Inventory.CreateCluster",
    "Host.Inventory.DeleteCluster",
    "Host.Inventory.EditCluster",
    "Host.Inventory.RemoveHostFromCluster",
    "Network.Assign",
    "Resource.CreatePool",
    "Resource.DeletePool",
    "Resource.EditPool",
    "System.View",
)
"""On the root folder, propagated. A privilege that a server does not know is not asked for."""


def privilege_findings(connection: Connection, path: Path) -> Iterator[Finding]:
    """One finding per missing privilege, so that each can be granted by its own name."""
    content = connection.content
    known = connection.properties(content.authorizationManager, "privilegeList")["privilegeList"]
    asked = sorted(set(PAVING) & {str(privilege.privId) for privilege in known})
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
