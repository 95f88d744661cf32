"""The session of a vCenter: one that is there, or the one whose appliance paver has made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from paver.contract.driver import Kind, Secrets, Session
from paver.contract.resource import Desired, Inventory, Key, Observed, Proof
from paver.contract.types import Owner
from paver_vsphere.center import Center
from paver_vsphere.exchange import Peer
from paver_vsphere.holders import held
from paver_vsphere.inventory import Listing
from paver_vsphere.marks import of_others
from paver_vsphere.resources import (
    attribute,
    cluster,
    datacenter,
    datastore,
    folder,
    host,
    permission,
    port_group,
    resource_pool,
    role,
    switch,
    user,
    vcenter_register,
)
from paver_vsphere.resources.entity import EntityKind, MarkedKind, unclaimed
from paver_vsphere.session import Connection, moid
from paver_vsphere.settings import VsphereSettings
from paver_vsphere.sso import SingleSignOn
from paver_vsphere.trust import Trust
from paver_vsphere.whom import host_trust

_LET_GO = frozenset({switch.KIND})
"""Nouns whose members let go with them: what is ours of those stays."""


class VCenterSession(Session):
    """One vCenter.

    The calls of a listing do not grow with what is in it: one retrieval, and one call each for attributes, roles,
    permissions and users.
    """

    def __init__(self, center: Center) -> None:
        self._center = center
        self._entities: Mapping[str, EntityKind[Any]] = {
            datacenter.KIND: datacenter.DatacenterKind(center),
            folder.KIND: folder.FolderKind(center),
            cluster.KIND: cluster.ClusterKind(center),
            host.KIND: host.HostKind(center),
            switch.KIND: switch.SwitchKind(center),
            port_group.KIND: port_group.PortGroupKind(center),
            datastore.KIND: datastore.DatastoreKind(center),
            resource_pool.KIND: resource_pool.ResourcePoolKind(center),
        }
        center.left = self._left
        nouns = {name: kind for name, kind in self._entities.items() if isinstance(kind, MarkedKind)}
        self._attribute = attribute.AttributeKind(center)
        self._register = vcenter_register.RegisterKind(center, nouns)
        self._role = role.RoleKind(center)
        self._user = user.UserKind(center)
        self._permission = permission.PermissionKind(center)
        self.kinds: Mapping[str, Kind[Any]] = {
            **self._entities,
            attribute.KIND: self._attribute,
            vcenter_register.REGISTER.kind: self._register,
            role.KIND: self._role,
            user.KIND: self._user,
            permission.KIND: self._permission,
        }

    def identity(self) -> Mapping[str, str]:
        """The vCenter's instance UUID."""
        return {"id": str(self._center.connection.about.instanceUuid).lower(), "vcenter": self._center.connection.where}

    def observe(self, owner: Owner, wanted: Sequence[Desired], kinds: frozenset[str] | None = None) -> Inventory:
        """Everything of this owner, and what the spec adopts."""
        del owner  # the session is this environment's
        asked = frozenset(self.kinds) if kinds is None else kinds & frozenset(self.kinds)
        found: list[Observed] = []
        foreign = 0
        principals = {user.KIND, permission.KIND, role.KIND}
        if asked - principals or permission.KIND in asked:
            listing = Listing.of(self._center.connection)
            found += self._listed(listing, wanted)
            foreign = listing.count - len(found)
        if asked & principals:
            found += self._granted(found, asked)
        return Inventory(
            items=tuple(item for item in found if item.kind in asked), complete=asked, foreign=max(0, foreign)
        )

    def _listed(self, listing: Listing, wanted: Sequence[Desired]) -> list[Observed]:
        center = self._center
        definitions = center.connection.properties(center.content.customFieldsManager, "field").get("field") or ()
        center.fields.learn(definitions)
        others = of_others(listing, center.fields, center.owner)
        found = list(self._attribute.observe(list(definitions), others=others))
        number = center.fields.numbers.get(attribute.register_name(center.owner))
        register: dict[Key, str] = {}
        if number is not None:
            register = center.claims.learn(listing, number)
            asked = [want for want in wanted if isinstance(want, vcenter_register.Register)]
            found += self._register.observe(register, number, asked)
        keys = {want.key for want in wanted}
        entities: list[Observed] = []
        for kind, entity in self._entities.items():
            items = list(entity.observe(listing, register, [want for want in wanted if want.key.kind == kind]))
            entities += items
            entities += unclaimed(kind, register, keys, {item.key for item in items}, center.owner)
        return [*found, *held(center, listing, entities)]

    def _left(self, id_: str) -> tuple[tuple[str, ...], bool]:
        """What stands in or on an object now, and whether anything of it is not ours."""
        listing = Listing.of(self._center.connection)
        items = self._listed(listing, ())
        have = next((item for item in items if item.id == id_), None)
        foreign = have.held_by if have is not None else ()
        ours = {item.id: str(item.key) for item in items if item.proof is not Proof.ADOPTED}
        inside = tuple(ours[moid(ref)] for ref in listing.inside(id_) if moid(ref) in ours)
        standing = () if have is None or have.kind in _LET_GO else inside
        return (*foreign, *standing), bool(foreign)

    def _granted(self, entities: Sequence[Observed], asked: frozenset[str]) -> list[Observed]:
        center = self._center
        manager = center.content.authorizationManager
        owner = center.owner
        found: list[Observed] = []
        if role.KIND in asked:
            roles = center.connection.properties(manager, "roleList").get("roleList") or ()
            found += self._role.observe(roles)
        users = list(self._user.observe(center.sso.users(owner.id.hex[:10])))
        found += users
        if permission.KIND in asked:
            granted = center.connection.read(manager.RetrieveAllPermissions, what="read permissions") or ()
            found += self._permission.observe(granted, users, entities)
        return found

    def close(self) -> None:
        """Log out."""
        self._center.connection.close()


def vcenter_of_appliance(
    settings: VsphereSettings, secrets: Secrets, owner: Owner, appliance: Observed
) -> VCenterSession:
    """The session of the vCenter that an appliance is: trusted by its own root CA, whatever else is in the section."""
    return _open(settings, secrets, owner, Trust(ca=str(appliance.outputs["ca"])))


def existing_vcenter(settings: VsphereSettings, secrets: Secrets, owner: Owner) -> VCenterSession:
    """The session of a vCenter that is there: trusted by pin, CA or the system's roots."""
    return _open(settings, secrets, owner, host_trust(settings, settings.vcenter, settings.port))


def _open(settings: VsphereSettings, secrets: Secrets, owner: Owner, trust: Trust) -> VCenterSession:
    password = secrets.given(settings.password)
    connection = Connection.connect(settings.vcenter, settings.port, settings.user, password, trust)
    sso = SingleSignOn(Peer.of(connection), settings.user, password)
    return VCenterSession(Center(connection, settings, secrets, owner, sso))
