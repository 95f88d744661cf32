"""The session of a vCenter: one that is there, or the one whose appliance paver has made."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from paver.contract.driver import Kind, Secrets, Session
from paver.contract.errors import NotOurs
from paver.contract.resource import Desired, Inventory, Key, Observed, Proof
from paver.contract.types import Owner
from paver_vsphere import managed_host
from paver_vsphere.center import Center
from paver_vsphere.claims import Claim
from paver_vsphere.exchange import Peer
from paver_vsphere.holders import holders
from paver_vsphere.inventory import Listing
from paver_vsphere.licences import Licences
from paver_vsphere.resources import (
    anti_affinity,
    attribute,
    cluster,
    datacenter,
    datastore,
    folder,
    group_permission,
    host,
    host_group,
    host_settings,
    licence,
    licence_key,
    machine,
    machine_certificate,
    network,
    permission,
    port_group,
    register_ids,
    resource_pool,
    role,
    switch,
    trusted_root,
    user,
    vcenter_register,
)
from paver_vsphere.resources.entity import ClaimedKind, EntityKind, unclaimed
from paver_vsphere.rest import Rest
from paver_vsphere.session import Connection, Reference, Row, moid
from paver_vsphere.settings import VsphereSettings
from paver_vsphere.sso import SingleSignOn
from paver_vsphere.trust import Trust
from paver_vsphere.whom import host_trust

_LET_GO = frozenset({switch.KIND})
"""Nouns whose members let go with them: what is ours of those stays."""

_NAMED = frozenset({datacenter.KIND, folder.KIND})
"""Nouns of which one has the environment's name for a key."""


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
        self._nouns: Mapping[str, ClaimedKind[Any]] = {
            name: kind for name, kind in self._entities.items() if isinstance(kind, ClaimedKind)
        }
        self._attribute = attribute.AttributeKind(center)
        self._granted_to = group_permission.GroupPermissionKind(center)
        self._licences = Licences(center.connection, center.settings, center.secrets)
        self._licence_keys = licence_key.LicenceKeyKind(center, self._licences)
        self._licensed = licence.LicenceKind(center, self._licences, self._licence_keys)
        self._trusted = trusted_root.TrustedRootKind(center)
        self._register = vcenter_register.RegisterKind(center, self._nouns, self._granted_to)
        self._notes = register_ids.RegisterIdsKind(center)
        self._groups = host_group.HostGroupKind(center)
        self._apart = anti_affinity.AntiAffinityKind(center)
        self._settings = host_settings.HostSettingsKind(center)
        self._machine = machine.MachineKind(center)
        self._shown = machine_certificate.MachineCertificateKind(center)
        self._networks = network.NetworkKind(center)
        self._role = role.RoleKind(center)
        self._user = user.UserKind(center)
        self._permission = permission.PermissionKind(center)
        self.kinds: Mapping[str, Kind[Any]] = {
            **self._entities,
            attribute.KIND: self._attribute,
            vcenter_register.REGISTER.kind: self._register,
            register_ids.NOTES.kind: self._notes,
            host_group.KIND: self._groups,
            anti_affinity.KIND: self._apart,
            host_settings.KIND: self._settings,
            machine.KIND: self._machine,
            machine_certificate.KIND: self._shown,
            network.KIND: self._networks,
            role.KIND: self._role,
            user.KIND: self._user,
            permission.KIND: self._permission,
            group_permission.KIND: self._granted_to,
            trusted_root.KIND: self._trusted,
            licence_key.KIND: self._licence_keys,
            licence.KIND: self._licensed,
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
        listing: Listing | None = None
        hosts: Mapping[str, str] = {}
        clusters: list[Reference] = []
        principals = {user.KIND, permission.KIND, role.KIND}
        if asked - principals or permission.KIND in asked:
            listing = Listing.of(self._center.connection)
            found += self._listed(listing, wanted, asked)
            foreign = listing.count - len(found)
            hosts = {
                name: id_ for id_, name in host.keyed_hosts(self._center, listing, self._center.claims.held).items()
            }
            clusters = self._clusters(listing) if asked & {host_group.KIND, anti_affinity.KIND} else []
        set_ = self._settings.hosts(self._center.claims.held, hosts) if host_settings.KIND in asked else []
        granting = asked & {*principals, group_permission.KIND}
        rows = self._asked(set_, clusters, roles=bool(granting - {user.KIND, permission.KIND}))
        configured = [row for row in rows if "configurationEx" in row.props]
        if host_group.KIND in asked:
            groups = [want for want in wanted if isinstance(want, host_group.HostGroup)]
            found += self._groups.observe(configured, {id_: name for name, id_ in hosts.items()}, groups)
        if anti_affinity.KIND in asked:
            found += self._apart.observe(configured, [item.id for item in found if item.kind == machine.KIND])
        if host_settings.KIND in asked:
            settings = [want for want in wanted if isinstance(want, host_settings.HostSettings)]
            found += self._settings.observe(rows, self._center.claims.held, hosts, settings)
        if network.KIND in asked and listing is not None:
            found += self._adopted_networks(listing, wanted, found)
        if trusted_root.KIND in asked:
            found += self._trusted.observe({want.key for want in wanted})
        if machine_certificate.KIND in asked:
            found += self._shown.observe()
        found += self._licences_of(asked, {want.key for want in wanted})
        if granting:
            roles = [one for row in rows for one in row.props.get("roleList") or ()]
            found += self._granted(found, asked, roles, wanted)
        return Inventory(
            items=tuple(item for item in found if item.kind in asked), complete=asked, foreign=max(0, foreign)
        )

    @property
    def rest(self) -> Rest:
        """The vCenter's REST API, under the same user."""
        return self._center.rest

    def taken(self, listing: Listing, wanted: Sequence[Desired]) -> list[tuple[str, str]]:
        """Keys and names of what would be made that something else bears already. No call."""
        center = self._center
        center.fields.learn(listing.definitions)
        number = center.fields.numbers.get(attribute.register_name(center.owner))
        claims = center.claims.learn(listing, number) if number is not None else {}
        if not claims and any(self._entities[switch.KIND].observe(listing, {}, [])):
            return []  # the register is lost, which whoever lists refuses
        register = next((want for want in wanted if isinstance(want, vcenter_register.Register)), None)
        names = register.names if register is not None else {}
        claimed = {str(key): claim.name for key, claim in claims.items()}
        unclaimed = {key: name for key, name in names.items() if claimed.get(key) != name}
        return vcenter_register.taken(self._nouns, listing, unclaimed)

    def _adopted_networks(
        self, listing: Listing, wanted: Sequence[Desired], found: Sequence[Observed]
    ) -> Iterator[Observed]:
        settings = self._center.settings
        bounds = {
            zone for zone, place in settings.zones.items() if place.host_group and place.host_group.rule == "must"
        }
        groups: dict[str, frozenset[str]] = {
            item.key.name: frozenset(str(item.outputs["hosts"]).split())
            for item in found
            if item.kind == host_group.KIND and item.key is not None and item.key.name in bounds
        }
        networks = [want for want in wanted if isinstance(want, network.Network)]
        return self._networks.observe(listing, self._center.claims.held, networks, groups)

    def _licences_of(self, asked: frozenset[str], wanted: Collection[Key]) -> Iterator[Observed]:
        """Where nothing of them was ever claimed, nothing is read."""
        claimed = {key.kind for key in self._center.claims.held} & asked
        if licence_key.KIND in claimed:
            yield from self._licence_keys.observe(self._licences.known(), wanted)
        if licence.KIND in claimed:
            yield from self._licensed.observe(self._licences.assigned(), wanted)

    def _clusters(self, listing: Listing) -> list[Reference]:
        """The clusters that a zone is on, or was on."""
        center = self._center
        named = {zone.cluster for zone in center.settings.zones.values()}
        named |= {claim.name for key, claim in center.claims.held.items() if key.kind == cluster.KIND}
        datacenter = center.datacenter(listing)
        rows = [row for row in listing.all("ClusterComputeResource") if row.props.get("name") in named]
        return [row.ref for row in rows if datacenter is not None and listing.below(row, datacenter.ref)]

    def _asked(self, hosts: Sequence[Reference], clusters: Sequence[Reference], *, roles: bool) -> list[Row]:
        """Roles, clusters' groups, hosts that are set: one retrieval."""
        roots = [*([self._center.content.authorizationManager] if roles else ()), *hosts, *clusters]
        wanted = {
            "AuthorizationManager": ("roleList",),
            "ClusterComputeResource": host_group.PROPERTIES,
            **(managed_host.WANTED if hosts else {}),
        }
        tree = managed_host.TREE if hosts else {}
        return self._center.connection.retrieve(wanted, roots=roots, tree=tree) if roots else []

    def _listed(self, listing: Listing, wanted: Sequence[Desired], asked: frozenset[str]) -> list[Observed]:
        center = self._center
        center.fields.learn(listing.definitions)
        number = center.fields.numbers.get(attribute.register_name(center.owner))
        claims = center.claims.learn(listing, number) if number is not None else {}
        self._refuse_another_name(claims)
        keys = {want.key for want in wanted}
        self._refuse_intruders(listing, claims, {key for key in keys if key.kind in asked})
        entities: list[Observed] = []
        for kind, entity in self._entities.items():
            items = list(entity.observe(listing, claims, [want for want in wanted if want.key.kind == kind]))
            entities += items
            entities += unclaimed(kind, claims, keys, {item.key for item in items}, center.owner)
        if not claims:
            self._refuse_unclaimed(listing, wanted, entities)
        ours = {item.id for item in entities if item.proof is not Proof.ADOPTED}
        found = list(self._attribute.observe(listing, wanted=keys, ours=ours))
        if number is not None:
            registers = [want for want in wanted if isinstance(want, vcenter_register.Register)]
            found += self._register.observe(claims, number, registers)
            notes = [want for want in wanted if isinstance(want, register_ids.RegisterIds)]
            found += self._notes.observe(claims, notes)
        return [*found, *entities, *self._machine.observe(listing)]

    def _refuse_another_name(self, claims: Mapping[Key, Claim]) -> None:
        """Under another name of the environment some of its things would not be found: nothing is done under it."""
        owner = self._center.owner
        named = [key.name for key in claims if key.kind in _NAMED and key.name not in folder.INNER]
        other = next((name for name in named if name != owner.name), None)
        if other is not None:
            raise NotOurs(
                self._center.where(f"the environment of owner {owner.id} is called {other}, not {owner.name}"),
                hint=f"write name: {other} in the spec. Nothing was changed",
            )

    def _refuse_intruders(self, listing: Listing, claims: Mapping[Key, Claim], keys: Collection[Key]) -> None:
        """What took the place of a thing of ours is not adopted, nor is ours made beside it."""
        nouns = self._nouns.values()
        found = [one for noun in nouns for one in noun.intruders(listing, claims) if one.key in keys]
        if found:
            raise NotOurs(
                self._center.where("something else stands where this environment's own things stood"),
                facts=[
                    (str(one.key), f"{one.row.props['name']} is {moid(one.row.ref)}, not {one.noted}") for one in found
                ],
                hint="it is not this environment's: rename it or take it away. Nothing was changed",
            )

    def _refuse_unclaimed(self, listing: Listing, wanted: Sequence[Desired], found: Sequence[Observed]) -> None:
        """The register is lost: our marker proves that there was one, and a name alone makes nothing ours."""
        if not any(item.proof is Proof.MARK for item in found):
            return
        register = next((want for want in wanted if isinstance(want, vcenter_register.Register)), None)
        names = register.names if register is not None else {}
        if taken := vcenter_register.taken(self._nouns, listing, names):
            raise NotOurs(
                self._center.where("the register is gone, and without it these are not this environment's"),
                facts=taken,
                hint=f"write the value of {attribute.register_name(self._center.owner)} on the root folder again, "
                "or take them away by hand. Nothing was changed",
            )

    def _left(self, id_: str) -> tuple[tuple[str, ...], bool]:
        """What stands in or on an object now, and whether anything of it is not ours."""
        listing = Listing.of(self._center.connection)
        items = self._listed(listing, (), frozenset())
        have = next((item for item in items if item.id == id_), None)
        if have is None:
            return (), False
        foreign = holders(self._center, listing, items, have)
        ours = {item.id: str(item.key) for item in items if item.proof is not Proof.ADOPTED}
        inside = tuple(ours[moid(ref)] for ref in listing.inside(id_) if moid(ref) in ours)
        standing = () if have.kind in _LET_GO else inside
        return (*foreign, *standing), bool(foreign)

    def _granted(
        self, entities: Sequence[Observed], asked: frozenset[str], roles: Sequence[Any], wanted: Sequence[Desired]
    ) -> list[Observed]:
        center = self._center
        manager = center.content.authorizationManager
        owner = center.owner
        found: list[Observed] = []
        if role.KIND in asked:
            found += self._role.observe(roles)
        users = list(self._user.observe(center.sso.users(owner.id.hex[:10])))
        found += users
        if asked & {permission.KIND, group_permission.KIND}:
            granted = center.connection.read(manager.RetrieveAllPermissions, what="read permissions") or ()
            found += self._permission.observe(granted, users, entities)
            groups = [want for want in wanted if isinstance(want, group_permission.GroupPermission)]
            found += self._granted_to.observe(granted, roles, entities, groups)
        return found

    def close(self) -> None:
        """Log out; what runs in the background ends."""
        with suppress(Exception):
            self._machine.close()
        self._center.rest.close()
        self._center.connection.close()


def vcenter_of_appliance(
    settings: VsphereSettings, secrets: Secrets, owner: Owner, appliance: Observed
) -> VCenterSession:
    """The session of the vCenter that an appliance is: the appliance says whom to trust, whatever is in the section."""
    trust, machine_ = Trust(ca=str(appliance.outputs["ca"])), str(appliance.outputs["uuid"])
    return _open(settings, secrets, owner, trust, machine_)


def existing_vcenter(settings: VsphereSettings, secrets: Secrets, owner: Owner) -> VCenterSession:
    """The session of a vCenter that is there: trusted by pin, CA or the system's roots."""
    return _open(settings, secrets, owner, host_trust(settings, settings.vcenter, settings.port))


def session_over(
    connection: Connection, settings: VsphereSettings, secrets: Secrets, owner: Owner, machine_: str = ""
) -> VCenterSession:
    """The session over a connection that is open, and the UUID of the machine that paver has made it in. No call."""
    peer, password = Peer.of(connection), secrets.given(settings.password)
    sso, rest = SingleSignOn(peer, settings.user, password), Rest(peer, settings.user, password)
    return VCenterSession(Center(connection, settings, secrets, owner, sso, rest, machine_))


def _open(
    settings: VsphereSettings, secrets: Secrets, owner: Owner, trust: Trust, machine_: str = ""
) -> VCenterSession:
    password = secrets.given(settings.password)
    connection = Connection.connect(settings.vcenter, settings.port, settings.user, password, trust)
    return session_over(connection, settings, secrets, owner, machine_)
