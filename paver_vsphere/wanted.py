"""What is wanted of the vCenter: derived from the spec, pure and offline, without the SDK."""

from __future__ import annotations

from collections.abc import Iterator

from paver.contract import layout, names
from paver.contract.resource import Desired, Key, Ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import FrozenDict, ZoneName
from paver_vsphere import apart
from paver_vsphere.appliance.wanted import KEY as APPLIANCE
from paver_vsphere.bootstrap import appliance_datastore, authority_value, machine_authorities
from paver_vsphere.jumpbox import wanted as jumpbox
from paver_vsphere.licences import VCENTER, parts
from paver_vsphere.marks import label_text
from paver_vsphere.nas import PROTOCOLS
from paver_vsphere.permissions import CLUSTERS, LEVELS
from paver_vsphere.places import host_names
from paver_vsphere.resources import vcenter_register as register
from paver_vsphere.resources.attribute import REGISTER, attributes
from paver_vsphere.resources.cluster import Cluster
from paver_vsphere.resources.datacenter import Datacenter
from paver_vsphere.resources.datastore import BOOTSTRAP, Datastore
from paver_vsphere.resources.entity import Entity
from paver_vsphere.resources.folder import INNER, Folder
from paver_vsphere.resources.group_permission import GroupPermission, group_permission_key
from paver_vsphere.resources.host import Host
from paver_vsphere.resources.host_group import KIND as HOST_GROUP
from paver_vsphere.resources.host_group import HostGroup
from paver_vsphere.resources.host_settings import KIND as HOST_SETTINGS
from paver_vsphere.resources.host_settings import HostSettings
from paver_vsphere.resources.licence import KIND as LICENCE
from paver_vsphere.resources.licence import Licence, host_licence
from paver_vsphere.resources.licence_key import KIND as LICENCE_KEY
from paver_vsphere.resources.licence_key import LicenceKey
from paver_vsphere.resources.machine_certificate import MachineCertificate
from paver_vsphere.resources.network import Network
from paver_vsphere.resources.permission import ROOT, Permission, permission_key, spelled
from paver_vsphere.resources.port_group import POLICY, PortGroup
from paver_vsphere.resources.register_ids import RegisterIds
from paver_vsphere.resources.resource_pool import ResourcePool
from paver_vsphere.resources.role import Role, wanted_privileges
from paver_vsphere.resources.switch import DEFAULT_MTU, Switch
from paver_vsphere.resources.trusted_root import KIND as TRUSTED_ROOT
from paver_vsphere.resources.trusted_root import TrustedRoot
from paver_vsphere.resources.user import User
from paver_vsphere.roots import certificates
from paver_vsphere.settings import VsphereSettings
from paver_vsphere.vlans import words

_NOTED = (Entity, HostSettings)
"""What is claimed by its name, and noted by its id once all is there."""
_CLAIMED = (GroupPermission, TrustedRoot, LicenceKey, Licence, MachineCertificate)
"""What is claimed and has no id, or notes what it has by itself."""
_SHOWN = frozenset({"folder", "resource-pool", "switch", "port-group", "datastore"})
"""What bears a permission in a datacenter of others."""


def vcenter_resources(spec: EnvironmentSpec, settings: VsphereSettings) -> list[Desired]:
    """The resources of the vCenter's session, which the appliance opens where there is one."""
    scope = APPLIANCE if settings.appliance is not None else None
    labels = label_text(spec.labels)
    plain = [
        want.model_copy(update={"labels": labels}) if isinstance(want, Entity) else want
        for want in [
            *_entities(spec, settings),
            *_principals(spec, settings),
            *_groups(spec, settings),
            *_trusted_roots(spec, settings),
            *_licences(settings),
            *_machine_certificate(spec, settings),
        ]
    ]
    claimed = {
        str(want.key): want.name for want in plain if isinstance(want, (*_NOTED, *_CLAIMED)) and want.adopt is None
    }
    if settings.appliance is not None:
        store = appliance_datastore(spec, settings)
        claimed[str(Key(kind=BOOTSTRAP, name=store))] = datastore_name(spec, settings, store)
    definitions = list(attributes(spec.owner, labelled=bool(spec.labels)))
    claims = register.Register(name="register", attribute=Ref(to=REGISTER), names=FrozenDict(claimed))
    behind = (register.REGISTER, *(definition.key for definition in definitions))
    made = tuple(want.key for want in plain if isinstance(want, _NOTED) and want.adopt is None)
    notes = RegisterIds(name="register-ids", keys=tuple(sorted(map(str, made))), after=(register.REGISTER, *made))
    found: list[Desired] = []
    for want in [*definitions, claims, *plain, notes]:
        # Where a name is taken, nothing is made at all.
        after = (*want.after, *behind) if want in plain and want.adopt is None else want.after
        if isinstance(want, MachineCertificate):  # a vCenter that shows another one restarts: by then all else is done
            after = (notes.key, *(other.key for other in plain if other is not want), *behind)
        found.append(want.model_copy(update={"scope": scope, "after": after}))
    return found


def cluster_key(settings: VsphereSettings, zone: str) -> Key:
    """The key of a zone's cluster: the first zone's that names it."""
    name = settings.zones[zone].cluster  # type: ignore[index]  # a zone of the spec is one of the section's
    first = next(other for other, place in settings.zones.items() if place.cluster == name)
    return Key(kind="cluster", name=first)


def datacenter_key(spec: EnvironmentSpec) -> Key:
    """The datacenter's key."""
    return Key(kind="datacenter", name=spec.name)


def pool_name(spec: EnvironmentSpec, settings: VsphereSettings, zone: str) -> str:
    """The section's, else the environment's name; with the zone's where two zones share a cluster."""
    place = settings.zones[zone]  # type: ignore[index]  # a zone of the spec is one of the section's
    shared = sum(other.cluster == place.cluster for other in settings.zones.values()) > 1
    return place.resource_pool or names.name(spec.name, *([zone] if shared else []))


def datastore_name(spec: EnvironmentSpec, settings: VsphereSettings, name: str) -> str:
    """How a datastore of the spec is called here."""
    return settings.datastores[name].existing or names.name(spec.name, name)


def _entities(spec: EnvironmentSpec, settings: VsphereSettings) -> Iterator[Desired]:
    given = settings.appliance is None and not any(zone.hosts for zone in settings.zones.values())
    datacenter = Ref(to=datacenter_key(spec))
    # Clusters that exist stand in a datacenter that exists.
    yield Datacenter(
        key=datacenter.to,
        name=settings.datacenter,
        adopt=settings.datacenter if given else None,
        note=settings.datacenter,
    )
    hosts: dict[str, Ref] = {}
    named = host_names(settings)
    for zone in spec.zones:
        place, key = settings.zones[zone], cluster_key(settings, zone)
        if key.name == zone:
            exists = not any(p.hosts for p in settings.zones.values() if p.cluster == place.cluster)
            adopt = place.cluster if exists else None
            yield Cluster(key=key, name=place.cluster, datacenter=datacenter, adopt=adopt, note=place.cluster)
            if exists:
                hosts[f"cluster-{zone}"] = Ref(to=key, output="hosts")
        for endpoint in place.hosts:
            name = named[str(endpoint)]
            hosts[name] = Ref(to=Key(kind="host", name=name))
            address = str(endpoint).partition(":")[0]
            yield Host(key=hosts[name].to, name=address, cluster=Ref(to=key), endpoint=str(endpoint))
            yield from _host_settings(settings, name, address)
        own = [named[str(endpoint)] for endpoint in place.hosts]
        yield from _host_group(spec, settings, zone, {name: hosts[name] for name in own})
        pool = Key(kind="resource-pool", name=zone)
        yield ResourcePool(key=pool, name=pool_name(spec, settings, zone), cluster=Ref(to=key))
    yield from _networks(spec, settings, hosts)
    yield from _datastores(spec, settings, hosts)
    root = Key(kind="folder", name=spec.name)
    yield Folder(key=root, name=spec.name, parent=datacenter)
    for name in INNER:
        yield Folder(key=Key(kind="folder", name=name), name=name, parent=Ref(to=root))
    zone = layout.jumpbox_zone(spec)
    yield from jumpbox.wanted(spec, settings, _carriers(settings, zone, hosts))
    yield from apart.wanted(spec, settings, cluster_key(settings, zone))


def _carriers(settings: VsphereSettings, zone: ZoneName, hosts: dict[str, Ref]) -> dict[str, Ref]:
    """The hosts that a zone's machine may be born on: its group's, its own, or all of its cluster."""
    place, named = settings.zones[zone], host_names(settings)
    if place.host_group is not None and place.host_group.existing is not None:
        return {"group": Ref(to=Key(kind=HOST_GROUP, name=zone), output="hosts")}
    beside = [host for other in settings.zones.values() if other.cluster == place.cluster for host in other.hosts]
    names_ = [named[str(host)] for host in place.hosts or beside] or [f"cluster-{cluster_key(settings, zone).name}"]
    return {name: hosts[name] for name in names_}


def _host_group(
    spec: EnvironmentSpec, settings: VsphereSettings, zone: str, hosts: dict[str, Ref]
) -> Iterator[Desired]:
    group, cluster = settings.zones[zone].host_group, Ref(to=cluster_key(settings, zone))  # type: ignore[index]  # a zone of the section
    if group is None:
        return
    yield HostGroup(
        key=Key(kind=HOST_GROUP, name=zone),
        name=group.existing or names.global_name(spec.name, spec.id, zone),
        cluster=cluster,
        hosts=FrozenDict({} if group.existing else hosts),
        adopt=group.existing,
        serial=cluster,
        note=f"{group.rule} run on {group.existing or ' '.join(hosts)}",
    )


def _host_settings(settings: VsphereSettings, host: str, address: str) -> Iterator[Desired]:
    asked = settings.host_settings
    if asked is None:
        return
    want = HostSettings(
        key=Key(kind=HOST_SETTINGS, name=host),
        name=address,
        host=Ref(to=Key(kind="host", name=host)),
        ntp=asked.ntp,
        dns_servers=tuple(map(str, asked.dns_servers)) if asked.dns_servers is not None else None,
        search_domains=asked.search_domains,
        services=FrozenDict({name: "on" if runs else "off" for name, runs in asked.services.items()}),
        port_groups=FrozenDict(
            {name: FrozenDict(group.model_dump(mode="json")) for name, group in asked.port_groups.items()}
        ),
    )
    noted = tuple(sorted(want.target))
    yield want.model_copy(update={"noted": noted, "note": " ".join(noted)})


def _networks(spec: EnvironmentSpec, settings: VsphereSettings, hosts: dict[str, Ref]) -> Iterator[Desired]:
    switch = Ref(to=Key(kind="switch", name=spec.name))
    if layout.made(spec):
        yield _switch(spec, settings, switch.to, hosts)
    for name, network in spec.networks.items():
        vlan = settings.vlans.get(name)
        if network.existing:
            yield _adopted_network(spec, settings, name, hosts)
            continue
        allows = tuple(what for what in sorted(POLICY) if getattr(settings.security.get(name), what, False))
        said = [words(vlan), *(what.replace("_", " ") for what in allows)]
        yield PortGroup(
            key=Key(kind="port-group", name=name),
            name=names.name(spec.name, name),
            switch=switch,
            vlan=vlan or 0,
            allows=allows,
            serial=switch,
            note=", ".join(said),
        )


def _switch(spec: EnvironmentSpec, settings: VsphereSettings, key: Key, hosts: dict[str, Ref]) -> Switch:
    said = [f"uplinks {' '.join(settings.uplinks)}" if settings.uplinks else "no uplink"]
    said += [f"MTU {settings.mtu}"] if settings.mtu else []
    return Switch(
        key=key,
        name=settings.switch or spec.name,
        datacenter=Ref(to=datacenter_key(spec)),
        hosts=FrozenDict(hosts),
        uplinks=settings.uplinks,
        mtu=settings.mtu or DEFAULT_MTU,
        adopt=settings.switch,
        note=settings.switch or ", ".join(said),
    )


def _adopted_network(spec: EnvironmentSpec, settings: VsphereSettings, name: str, hosts: dict[str, Ref]) -> Network:
    native = settings.port_groups[name]
    # A host brings its standard port groups with it, and some are made for it.
    with_hosts = [ref.to for ref in hosts.values()]
    if settings.host_settings is not None:
        with_hosts += [Key(kind=HOST_SETTINGS, name=host) for host in host_names(settings).values()]
    return Network(
        key=Key(kind="network", name=name),
        name=native,
        zones=spec.network_zones(name),
        vlan=settings.vlans.get(name),
        adopt=native,
        after=tuple(dict.fromkeys(with_hosts)),
        note=native,
    )


def _datastores(spec: EnvironmentSpec, settings: VsphereSettings, hosts: dict[str, Ref]) -> Iterator[Desired]:
    # A server that has a name is found by the resolvers that the host shall have.
    names_ = settings.host_settings is not None and settings.host_settings.dns_servers is not None
    for name, place in settings.datastores.items():
        key, native = Key(kind="datastore", name=name), datastore_name(spec, settings, name)
        if place.existing is not None:
            # The hosts may bring it with them.
            yield Datastore(
                key=key, name=native, adopt=native, after=tuple(dict.fromkeys(ref.to for ref in hosts.values()))
            )
            continue
        server, _, path = (place.nfs or "").partition(":")
        yield Datastore(
            key=key,
            name=native,
            server=server,
            path=path,
            protocol=PROTOCOLS[place.nfs_version],
            hosts=FrozenDict(hosts),
            after=tuple(Key(kind=HOST_SETTINGS, name=host) for host in host_names(settings).values()) if names_ else (),
            note=place.nfs or "",
        )


def _principals(spec: EnvironmentSpec, settings: VsphereSettings) -> Iterator[Desired]:
    users = [name for name, credential in spec.credentials.items() if credential.allows == "bosh-cpi"]
    if not users:
        return
    grouped = dict.fromkeys(cluster_key(settings, zone) for zone in spec.zones if settings.zones[zone].host_group)
    # The director's CPI puts its machines into a group of their own, by a rule: both are the cluster's.
    roles = {level: Key(kind="role", name=level) for level in LEVELS if level != CLUSTERS or grouped}
    for level, key in roles.items():
        yield Role(
            key=key, name=names.global_name(spec.name, spec.id, level), privileges=wanted_privileges(level), note=level
        )
    objects = [
        Key(kind="folder", name=spec.name),
        *(Key(kind="resource-pool", name=zone) for zone in spec.zones),
        *(Key(kind="datastore", name=name) for name in settings.datastores),
    ]
    for name in users:
        user = Key(kind="user", name=name)
        native = names.global_name(spec.name, spec.id, name)
        secret = Ref(to=Key(kind="credential", name=name), output="version")
        yield User(key=user, name=native, secret=secret, note=native)
        yield _grant(user, None, roles["root"], propagate=False)
        yield _grant(user, datacenter_key(spec), roles["datacenter"], propagate=True)
        for entity in objects:
            yield _grant(user, entity, roles["objects"], propagate=True)
        for entity in grouped:
            yield _grant(user, entity, roles[CLUSTERS], propagate=False)


def _groups(spec: EnvironmentSpec, settings: VsphereSettings) -> Iterator[Desired]:
    """What the site's groups may do, on all that is made here: below a datacenter of ours stands all of it."""
    made = [want.key for want in _entities(spec, settings) if want.adopt is None]
    whole = [key for key in made if key == datacenter_key(spec)]
    inner = [Key(kind="folder", name=name) for name in INNER]
    for principal, role in settings.groups.items():
        for entity in whole or [key for key in made if key.kind in _SHOWN and key not in inner]:
            yield GroupPermission(
                key=group_permission_key(principal, entity),
                name=spelled(principal),
                entity=Ref(to=entity),
                principal=principal,
                role=role,
                note=role,
            )


def _trusted_roots(spec: EnvironmentSpec, settings: VsphereSettings) -> Iterator[Desired]:
    for name in settings.trusted_roots:
        key = Key(kind=TRUSTED_ROOT, name=name)
        if (given := spec.certificates.trusted.get(name)) is not None:
            yield TrustedRoot(key=key, name=name, pem=given, sha256=",".join(sorted(certificates(given))))
        else:
            authority = Key(kind="authority", name=name)
            pem, sha256 = Ref(to=authority, output="bundle"), Ref(to=authority, output="fingerprints")
            yield TrustedRoot(key=key, name=name, pem=pem, sha256=sha256)


def _licences(settings: VsphereSettings) -> Iterator[Desired]:
    for part, ref in parts(settings).items():
        key = Key(kind=LICENCE_KEY, name=part)
        yield LicenceKey(key=key, name=part, note=str(ref))
        if part == VCENTER:
            yield Licence(key=Key(kind=LICENCE, name=VCENTER), name=VCENTER, entity=VCENTER, after=(key,))
            continue
        for host in host_names(settings).values():
            entity = Ref(to=Key(kind="host", name=host))
            yield Licence(key=host_licence(host), name=host, entity=entity, after=(key,))


def _machine_certificate(spec: EnvironmentSpec, settings: VsphereSettings) -> Iterator[Desired]:
    authorities = machine_authorities(spec, settings)
    if settings.appliance is None or settings.appliance.machine_certificate is None:
        return
    leaf = Key(kind="certificate", name=settings.appliance.machine_certificate)
    yield MachineCertificate(
        leaf=leaf.name,
        sha256=Ref(to=leaf, output="sha256"),
        certificate=Ref(to=leaf, output="certificate"),
        chain=Ref(to=leaf, output="chain"),
        root=authority_value(spec, authorities[0], "certificate"),
        ca=Ref(to=APPLIANCE, output="ca"),
        note=f"{leaf.name}, signed by {authorities[-1]}",
    )


def _grant(user: Key, entity: Key | None, role: Key, *, propagate: bool) -> Permission:
    return Permission(
        key=permission_key(user, str(entity) if entity else ROOT),
        name=f"{user.name} on {entity or ROOT}",
        entity=Ref(to=entity) if entity else ROOT,
        principal=Ref(to=user, output="principal"),
        role=Ref(to=role),
        propagate=propagate,
        note=role.name,
    )
