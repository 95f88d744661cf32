"""An ESXi host in a cluster of the vCenter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import JsonValue

from paver.contract.errors import Denied
from paver.contract.resource import Answer, Attempt, Desired, Key, Observed, Value
from paver_vsphere.inventory import Listing
from paver_vsphere.resources.entity import EntityKind, registered
from paver_vsphere.sdk import vim
from paver_vsphere.session import TIMEOUT, Reference, Row, moid
from paver_vsphere.trust import peer_certificate, split_endpoint, thumbprint
from paver_vsphere.whom import host_trust

KIND = "host"


class Host(Desired):
    """Wanted: a host of the site's, added to a cluster. It is taken out again; it is never reshaped."""

    cluster: Value
    endpoint: str
    """`host:port` or `host`."""


class HostKind(EntityKind[Host]):
    """The vCenter dials the host itself. The thumbprint that it is given is one that paver has checked a moment ago."""

    kind = KIND
    replace: ClassVar[frozenset[str]] = frozenset({"cluster"})
    unseen: ClassVar[frozenset[str]] = frozenset({"endpoint"})  # a listing shows a host's name, and no port

    def send(self, want: Host) -> Reference:
        """A task. Raises Untrusted where the host shows another certificate than the pinned one."""
        settings = self.center.settings
        if settings.esxi_password is None:
            raise Denied("the password of the ESXi hosts is not named", hint="write esxi_password: env:NAME")
        address, port = split_endpoint(want.endpoint)
        certificate = peer_certificate(address, port, host_trust(settings, address, port), TIMEOUT)
        spec = vim().host.ConnectSpec(
            hostName=address,
            port=port,
            # The API compares SHA-1; what was pinned has been compared here, over the whole certificate.
            sslThumbprint=thumbprint(certificate, "sha1"),
            userName=settings.esxi_user,
            password=self.center.secrets.given(settings.esxi_password).get_secret_value(),
            force=False,
        )
        add = self.center.ref(want.cluster).AddHost_Task
        return self.center.connection.call(add, spec, True, what=f"add host {want.name}")

    def needs(self, want: Host) -> tuple[str, ...]:
        """Its cluster."""
        return (str(want.cluster),)

    def outputs(self, want: Host, row: Reference) -> dict[str, JsonValue]:
        """Its name."""
        del row
        return {"name": want.name}

    def destroy(self, have: Observed) -> Answer:
        """Disconnect it, then take it out: what runs on it goes on running."""
        host = self.center.ref(have.id)
        task = self.center.connection.call(host.DisconnectHost_Task, what=f"disconnect {have.key}")
        return self.center.waiting(task, "being disconnected", then="remove", object=have.id)

    def advance(self, want: Host | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """One look at the task; after the disconnection, the removal."""
        at = dict(ticket) if isinstance(ticket, dict) else {}
        if want is not None or at.get("then") != "remove":
            return super().advance(want, ticket, attempt)
        over, _ = self.center.result(at, f"disconnect {attempt.key}")
        if not over:
            return self.center.waiting(
                self.center.ref(at["task"]), "being disconnected", then="remove", object=at["object"]
            )
        host = self.center.ref(at["object"])
        return self.center.waiting(
            self.center.connection.call(host.Destroy_Task, what=f"remove {attempt.key}"), "being removed"
        )

    def observe(self, listing: Listing, register: dict[Key, str], wanted: list[Host]) -> Iterator[Observed]:
        """By its registered name, in a cluster of the datacenter."""
        del wanted
        datacenter = listing.named("Datacenter", self.center.settings.datacenter)
        for key, name in registered(KIND, register):
            row = listing.named("HostSystem", name, datacenter.ref) if datacenter else None
            if row is not None:
                cluster = moid(row.props["parent"])
                yield self.found(
                    Host(key=key, name=name, cluster=cluster, endpoint=name),
                    moid(row.ref),
                    held_by=tuple(self._foreign(row)),
                )

    def _foreign(self, row: Row) -> Iterator[str]:
        """VMs on it, but for the vCenter itself: they would go on, in no inventory. Read only where there are any."""
        machines = list(row.props.get("vm") or ())
        if not machines:
            return
        found = self.center.connection.retrieve({"VirtualMachine": ("name",)}, roots=machines, tree={})
        for machine in found:
            if machine.props.get("name") != f"{self.center.owner.name}-vcenter":
                yield f"VM {machine.props.get('name')}"
