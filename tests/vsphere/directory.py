"""Groups of a vCenter's SSO and who is in them, as the site's administrator keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from xml.sax.saxutils import escape

from pydantic import SecretStr
from sandboxes import Sandboxed

from paver_vsphere.exchange import Peer
from paver_vsphere.sso import SingleSignOn
from paver_vsphere.trust import Trust, normal_thumbprint, shown_certificate, thumbprint

PASSWORD = "Olga-pass!1"


class Directory(SingleSignOn):
    """SSO, with the calls for groups that the driver has no use for."""

    def __init__(self, sandboxed: Sandboxed) -> None:
        where = sandboxed.where
        pin = thumbprint(shown_certificate(where.vcenter, where.vcenter_port, 5))
        peer = Peer(where.vcenter, where.vcenter_port, Trust(pins=(normal_thumbprint(pin),)), 10.0)
        super().__init__(peer, "administrator@vsphere.local", SecretStr(sandboxed.password("vcenter")))

    def manage(self, method: str, arguments: str) -> None:
        kind, service = "SsoAdminPrincipalManagementService", "principalManagementService"
        self._ask(method, kind, service, arguments, sent=True)

    def join(self, member: str, group: str) -> None:
        ids = f"<userIds><name>{member}</name><domain>vsphere.local</domain></userIds>"
        self.manage("AddUsersToLocalGroup", f"{ids}<groupName>{escape(group)}</groupName>")

    @contextmanager
    def group(self, name: str, *members: str) -> Iterator[str]:
        """A group with users of its own."""
        self.manage("CreateLocalGroup", f"<groupName>{escape(name)}</groupName><groupDetails/>")
        for member in members:
            self.create(member, SecretStr(PASSWORD), "of a group")
            self.join(member, name)
        yield f"VSPHERE.LOCAL\\{name}"
        for principal in (*members, name):
            self.delete(principal)
