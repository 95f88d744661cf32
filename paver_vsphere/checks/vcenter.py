"""A vCenter that exists: reached, trusted, logged in to, and what the spec adopts or would collide with there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from functools import partial

from paver.contract import layout, names
from paver.contract.asking import TRIES, asked
from paver.contract.driver import Cause, Finding, Secrets
from paver.contract.errors import PaverError
from paver.contract.findings import Path, bad, from_error, good
from paver.contract.spec import EnvironmentSpec
from paver_vsphere.checks.capacity import ROOM, room_findings
from paver_vsphere.checks.groups import group_findings
from paver_vsphere.checks.hosts import SKEW, TIMEOUT
from paver_vsphere.checks.in_use import WANTED as MACHINES
from paver_vsphere.checks.in_use import use_findings, used
from paver_vsphere.checks.jumpbox import jumpbox_findings
from paver_vsphere.checks.licences import licence_findings
from paver_vsphere.checks.names import taken_findings
from paver_vsphere.checks.networks import NetworkChecks, cluster_hosts
from paver_vsphere.checks.privileges import privilege_findings
from paver_vsphere.checks.roots import root_findings
from paver_vsphere.checks.versions import version_finding
from paver_vsphere.grants import ROOT, Grant, grants
from paver_vsphere.inventory import FOLDERS, Listing
from paver_vsphere.networks import Networks
from paver_vsphere.section import SECTION
from paver_vsphere.session import Connection, Reference, Row, moid
from paver_vsphere.settings import VsphereSettings
from paver_vsphere.vcenter import VCenterSession, session_over
from paver_vsphere.wanted import vcenter_resources
from paver_vsphere.whom import host_trust


def vcenter_findings(spec: EnvironmentSpec, settings: VsphereSettings, secrets: Secrets) -> Iterator[Finding]:
    """All of it, from one retrieval."""
    path: Path = (*SECTION, "vcenter")
    try:
        password = secrets.given(settings.password)
        trust = host_trust(settings, settings.vcenter, settings.port)
        connect = partial(Connection.connect, settings.vcenter, settings.port, settings.user, password, trust, TIMEOUT)
        connection = asked(connect)
        connection.tries = TRIES
    except PaverError as error:
        yield from_error("reach", error, path)
        return
    session = session_over(connection, settings, secrets, spec.owner)
    try:
        yield from _connected(connection, session, spec, settings, path)
        yield from root_findings(session.rest, settings, connection.where)
        yield from licence_findings(connection, settings, secrets)
    finally:
        session.close()


def _connected(
    connection: Connection, session: VCenterSession, spec: EnvironmentSpec, settings: VsphereSettings, path: Path
) -> Iterator[Finding]:
    where, about = connection.where, connection.about
    if about.apiType != "VirtualCenter":
        yield bad("identity", f"{where} is no vCenter but {about.fullName}", path=path, cause=Cause.TRUST)
        return
    yield good("reach", f"{where} answers, {about.fullName}")
    yield version_finding(where, "vCenter", str(about.version), path)
    yield _clock(connection, path)
    listing = Listing.of(connection)
    datacenter = _datacenter(listing, settings)
    there = partial(_there, listing, datacenter)
    yield from privilege_findings(connection, grants(spec, settings), there, path)
    yield from _adopted(listing, connection, settings)
    wanted = vcenter_resources(spec, settings)
    yield from taken_findings(where, spec.owner, session, listing, datacenter, wanted)
    yield from _room(listing, connection, spec, settings)
    yield from _host_groups(listing, connection, settings)
    yield from _networks(listing, datacenter, connection, spec, settings)
    yield from group_findings(connection, settings)
    yield from jumpbox_findings(connection, spec, settings, listing)


def _datacenter(listing: Listing, settings: VsphereSettings) -> Row | None:
    name = settings.datacenter
    return listing.child("Datacenter", name, listing.root) or listing.named("Datacenter", name)


def _there(listing: Listing, datacenter: Row | None, grant: Grant) -> Reference | None:
    """The object that a grant is on."""
    if grant.place == ROOT:
        return listing.root
    if datacenter is None:
        return None
    if grant.place == "Datacenter":
        return datacenter.ref
    if grant.place in FOLDERS:
        return datacenter.props[grant.place]
    row = listing.named(grant.place, grant.name, datacenter.ref)
    return row.ref if row is not None else None


def _clock(connection: Connection, path: Path) -> Finding:
    before = time.time()
    said: datetime = connection.read(connection.service.CurrentTime, what="ask for its time")
    skew = said.timestamp() - (before + time.time()) / 2
    if abs(skew) > SKEW:
        return bad("clock", f"the clock of {connection.where} is {skew:+.0f} s off", "give it time servers", path)
    return good("clock", f"the clock of {connection.where} is {skew:+.1f} s off")


def _adopted(listing: Listing, connection: Connection, settings: VsphereSettings) -> Iterator[Finding]:
    clusters, stores = _names(listing, "ClusterComputeResource"), _names(listing, "Datastore")
    if not any(zone.hosts for zone in settings.zones.values()) and _datacenter(listing, settings) is None:
        yield bad(
            "names",
            f"{connection.where} has no datacenter {settings.datacenter}",
            f"it has {', '.join(sorted(_names(listing, 'Datacenter'))) or 'none'}",
            (*SECTION, "datacenter"),
        )
    for name, zone in settings.zones.items():
        if not zone.hosts and zone.cluster not in clusters:
            yield bad(
                "names",
                f"{connection.where} has no cluster {zone.cluster}, and zone {name} names no hosts for a new one",
                f"it has {', '.join(sorted(clusters)) or 'none'}",
                (*SECTION, "zones", name, "cluster"),
            )
    for label, store in settings.datastores.items():
        # One of a host comes with its host.
        if store.existing is not None and store.host is None and store.existing not in stores:
            yield bad(
                "names",
                f"{connection.where} has no datastore {store.existing}",
                f"it has {', '.join(sorted(stores)) or 'none'}",
                (*SECTION, "datastores", label, "existing"),
            )


def _room(
    listing: Listing, connection: Connection, spec: EnvironmentSpec, settings: VsphereSettings
) -> Iterator[Finding]:
    """Of the datastores that are adopted. What is mounted later nobody knows before it is."""
    adopted = {
        str(store.existing): label for label, store in settings.datastores.items() if store.existing and not store.host
    }
    refs = {moid(row.ref): str(row.props["name"]) for row in listing.all("Datastore") if row.props["name"] in adopted}
    roots = [connection.ref(id_) for id_ in refs]
    for row in connection.retrieve({"Datastore": ROOM}, roots=roots, tree={}) if roots else ():
        name = refs[moid(row.ref)]
        wanted = spec.datastores[adopted[name]].capacity_gib
        yield from room_findings(f"{name} on {connection.where}", row.props, wanted, ("datastores", adopted[name]))


def _host_groups(listing: Listing, connection: Connection, settings: VsphereSettings) -> Iterator[Finding]:
    clusters = {str(row.props["name"]): row.ref for row in listing.all("ClusterComputeResource")}
    for name, zone in settings.zones.items():
        if zone.host_group is None or zone.cluster not in clusters:
            continue
        at: Path = (*SECTION, "zones", name, "host_group")
        config = connection.properties(clusters[zone.cluster], "configurationEx").get("configurationEx")
        if not getattr(getattr(config, "drsConfig", None), "enabled", False):
            yield bad("drs", f"cluster {zone.cluster} has no DRS, which alone keeps machines to host groups", path=at)
        groups = {str(group.name): getattr(group, "host", None) for group in getattr(config, "group", None) or ()}
        wanted = zone.host_group.existing
        if wanted is not None and not groups.get(wanted):
            said = "is empty" if wanted in groups else "is not there"
            with_hosts = ", ".join(sorted(group for group, hosts in groups.items() if hosts)) or "none"
            yield bad(
                "names",
                f"host group {wanted} of cluster {zone.cluster} {said}",
                f"it has {with_hosts}",
                (*at, "existing"),
            )


def _networks(
    listing: Listing, datacenter: Row | None, connection: Connection, spec: EnvironmentSpec, settings: VsphereSettings
) -> Iterator[Finding]:
    """What is adopted of them, and who uses their addresses: one retrieval of the datacenter's, one of all machines."""
    vlans: dict[str, object] = {}
    named: dict[str, str] = {}
    if datacenter is not None:
        clusters = {place.cluster for place in settings.zones.values()}
        hosts = [row.ref for cluster in clusters for row in cluster_hosts(listing, cluster, datacenter)]
        networks = Networks.of(connection, datacenter.props["networkFolder"], hosts)
        yield from NetworkChecks(connection.where, spec, settings, listing, networks, datacenter).findings()
        vlans = {network.name: network.vlan for network in networks.all()}
        named = {moid(network.ref): network.name for network in networks.all()}
    own = _own_folder(listing, spec.name, datacenter)
    rows = [row for row in connection.retrieve(MACHINES) if not _inside(listing, row, own)]
    mine = {names.name(spec.name, network) for network in layout.made(spec)}
    there = [one for one in used((row.props for row in rows), named) if mine.isdisjoint(one.networks)]
    yield from use_findings(spec, settings, there, vlans, connection.where)


def _own_folder(listing: Listing, name: str, datacenter: Row | None) -> str:
    """The id of the environment's folder of machines; empty where there is none yet."""
    found = listing.child("Folder", name, datacenter.props["vmFolder"]) if datacenter is not None else None
    return moid(found.ref) if found is not None else ""


def _inside(listing: Listing, row: Row, folder: str) -> bool:
    return bool(folder) and listing.below(row, folder)


def _names(listing: Listing, kind: str) -> set[str]:
    return {str(row.props["name"]) for row in listing.all(kind)}
