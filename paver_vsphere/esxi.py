"""The first session where a vCenter has yet to be made: the bare ESXi host that its appliance goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from paver.contract.driver import Kind, Secrets, Session
from paver.contract.errors import Denied
from paver.contract.resource import Desired, Inventory
from paver.contract.types import Owner
from paver_vsphere.appliance.vm import ApplianceVm
from paver_vsphere.appliance.wanted import KIND as APPLIANCE
from paver_vsphere.host import Host
from paver_vsphere.machine.vm import PROPERTIES as VM_PROPERTIES
from paver_vsphere.places import first_host
from paver_vsphere.resources.appliance import ApplianceKind
from paver_vsphere.resources.bootstrap_network import KIND as NETWORK
from paver_vsphere.resources.bootstrap_network import BootstrapNetworkKind, observe_networks
from paver_vsphere.resources.datastore_mount import KIND as MOUNT
from paver_vsphere.resources.datastore_mount import PROPERTIES as STORE_PROPERTIES
from paver_vsphere.resources.datastore_mount import DatastoreMount, DatastoreMountKind, observe_mounts
from paver_vsphere.resources.host_register import KIND as REGISTER
from paver_vsphere.resources.host_register import HostRegisterKind, observe_register
from paver_vsphere.sdk import type_named
from paver_vsphere.session import TREE, Connection
from paver_vsphere.settings import VsphereSettings
from paver_vsphere.trust import split_endpoint
from paver_vsphere.whom import host_trust

_TREE = {**TREE, "HostSystem": ("configManager.networkSystem",)}
"""The host's network system hangs on no container: one step more brings it into the same retrieval."""


class EsxiSession(Session):
    """One bare ESXi host: the first zone's first, which carries the appliance.

    The other hosts are the vCenter's to add. Who answers is this host alone: a zone more, or a host more, makes no
    other target of an environment.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._appliance = ApplianceKind(host)
        self.kinds: Mapping[str, Kind[Any]] = {
            REGISTER: HostRegisterKind(host),
            NETWORK: BootstrapNetworkKind(host),
            MOUNT: DatastoreMountKind(host),
            APPLIANCE: self._appliance,
        }

    @classmethod
    def connect(cls, settings: VsphereSettings, secrets: Secrets, owner: Owner) -> EsxiSession:
        """Open it. Raises Untrusted, Denied, Transient."""
        if settings.esxi_password is None:
            raise Denied("the password of the ESXi hosts is not named", hint="write esxi_password: env:NAME")
        first = first_host(settings)
        if not first:
            raise Denied("no zone names an ESXi host", hint="an appliance needs one: write hosts: in a zone")
        address, port = split_endpoint(first)
        trust = host_trust(settings, address, port)
        password = secrets.given(settings.esxi_password)
        return cls(
            Host(Connection.connect(address, port, settings.esxi_user, password, trust), settings, secrets, owner)
        )

    def identity(self) -> Mapping[str, str]:
        """The host's hardware UUID."""
        connection = self._host.connection
        found = connection.retrieve({"HostSystem": ("summary.hardware.uuid", "name")})[0].props
        return {"id": str(found["summary.hardware.uuid"]).lower(), "host": connection.where}

    def observe(self, owner: Owner, wanted: Sequence[Desired], kinds: frozenset[str] | None = None) -> Inventory:
        """One retrieval of the whole host, and one look at the register."""
        del owner
        host = self._host
        rows = host.connection.retrieve(
            {
                "VirtualMachine": VM_PROPERTIES,
                "Datastore": STORE_PROPERTIES,
                "HostNetworkSystem": ("networkInfo.portgroup",),
            },
            tree=_TREE,
        )
        page = host.register.read()
        of = {
            name: [row for row in rows if isinstance(row.ref, type_named(name))]
            for name in ("VirtualMachine", "Datastore", "HostNetworkSystem")
        }
        groups = [group for row in of["HostNetworkSystem"] for group in row.props.get("networkInfo.portgroup") or ()]
        adopted = [want for want in wanted if isinstance(want, DatastoreMount) and want.adopt is not None]
        items = [
            *([observe_register(host, page)] if page is not None else []),
            *observe_networks(host, page, groups),
            *observe_mounts(host, page, of["Datastore"], adopted),
            *ApplianceVm(host).observe(of["VirtualMachine"]),
        ]
        seen = len(of["VirtualMachine"]) + len(of["Datastore"]) + len(groups)
        ours = sum(item.kind != REGISTER and not item.id.startswith("noted:") for item in items)
        chosen = frozenset(self.kinds) if kinds is None else kinds
        return Inventory(
            items=tuple(item for item in items if item.kind in chosen),
            complete=chosen & frozenset(self.kinds),
            foreign=max(0, seen - ours),
        )

    def close(self) -> None:
        """Log out; what runs in the background ends."""
        with suppress(Exception):
            self._appliance.close()
        self._host.connection.close()
