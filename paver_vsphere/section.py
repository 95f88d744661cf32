"""Where the section and the spec do not fit together."""

from __future__ import annotations

from collections.abc import Iterator

from paver.contract import names
from paver.contract.checks import known
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Problem
from paver_vsphere.network_problems import network_problems
from paver_vsphere.resources.permission import spelled
from paver_vsphere.settings import HostSettings, VsphereSettings, VsphereStore

SECTION: tuple[str | int, ...] = ("iaas", "vsphere")


FOLDERS = ("vms", "templates")
"""Folders below the environment's own."""


def section_problems(spec: EnvironmentSpec, settings: VsphereSettings) -> Iterator[Problem]:
    """All of them, by path. Pure and offline."""
    yield from _hosts(settings)
    yield from _host_groups(settings)
    yield from _host_settings(spec, settings)
    yield from _appliance(spec, settings)
    yield from _jumpbox(spec, settings)
    yield from _datastores(spec, settings)
    yield from network_problems(spec, settings, SECTION)
    yield from _groups(settings)
    yield from _trusted_roots(spec, settings)
    yield from _licences(settings)
    if spec.name in FOLDERS:
        yield ("name",), f"{' and '.join(FOLDERS)} are folders of every environment here: choose another name"


def _hosts(settings: VsphereSettings) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for zone, place in settings.zones.items():
        for index, host in enumerate(place.hosts):
            if host in seen:
                yield (*SECTION, "zones", zone, "hosts", index), f"{host} is in zone {seen[host]} already"
            seen.setdefault(host, zone)
    if not seen:
        return
    if settings.esxi_password is None:
        yield (*SECTION, "esxi_password"), "hosts are added with a password: name its place, like env:ESXI_PASSWORD"
    if settings.known_hosts is None and settings.ca is None:
        yield (
            (*SECTION, "known_hosts"),
            "hosts are verified: name a file of thumbprints as their consoles show them, or a ca",
        )
    if len(set(settings.uplinks)) < len(settings.uplinks):
        yield (*SECTION, "uplinks"), "each NIC stands here once"


def _host_groups(settings: VsphereSettings) -> Iterator[Problem]:
    made = {place.cluster for place in settings.zones.values() if place.hosts}
    seen: dict[tuple[str, str], str] = {}
    for zone, place in settings.zones.items():
        group, at = place.host_group, (*SECTION, "zones", zone, "host_group")
        if group is None:
            continue
        if group.existing is None and not place.hosts:
            yield at, "a group of which hosts? name the zone's hosts, or existing: a group that is there"
        if group.existing is not None and place.cluster in made:
            yield (*at, "existing"), f"paver makes cluster {place.cluster}: no group is there yet"
        if group.existing is not None:
            other = seen.setdefault((place.cluster, group.existing), zone)
            if other != zone:
                yield (*at, "existing"), f"{group.existing} is zone {other}'s already"


def _host_settings(spec: EnvironmentSpec, settings: VsphereSettings) -> Iterator[Problem]:
    wanted = settings.host_settings
    if wanted is None:
        return
    at = (*SECTION, "host_settings")
    if not any(place.hosts for place in settings.zones.values()):
        yield at, "only hosts that paver adds are set: give a zone its hosts"
    if wanted == HostSettings():
        yield at, "nothing is set: write ntp, dns_servers, search_domains, services or port_groups"
    if wanted.services.get("ntpd") is False and wanted.ntp is not None:
        yield (*at, "services", "ntpd"), "time servers are asked by ntpd: let it run, or leave ntp out"
    own = {names.name(spec.name, name) for name in (*spec.networks, "bootstrap")}
    for name in wanted.port_groups:
        if name in own:
            yield (*at, "port_groups", name), "the environment's own port group has that name: choose another one"


def _appliance(spec: EnvironmentSpec, settings: VsphereSettings) -> Iterator[Problem]:
    wanted = settings.appliance
    if wanted is None:
        return
    if not any(place.hosts for place in settings.zones.values()):
        yield (*SECTION, "appliance"), "an appliance goes on an ESXi host: give a zone its hosts"
    if (wanted.ova is None) == (wanted.iso is None):
        yield (*SECTION, "appliance"), "one of the two: ova: the appliance's OVA, or iso: the ISO that holds it"
    yield from _goes_on(spec, (*SECTION, "appliance", "datastore"), wanted.datastore)
    yield from _machine_certificate(spec, settings, wanted.machine_certificate)


def _machine_certificate(spec: EnvironmentSpec, settings: VsphereSettings, name: str | None) -> Iterator[Problem]:
    at = (*SECTION, "appliance", "machine_certificate")
    if name is None:
        return
    yield from known(at, name, spec.certificates.leaves)
    leaf, vcenter = spec.certificates.leaves.get(name), settings.vcenter
    if leaf is None:
        return
    borne = {one if "." in one else f"{one}.{spec.dns.zone}" for one in leaf.names}
    if not borne & {vcenter, f"*.{vcenter.partition('.')[2]}"}:
        yield at, f"{name} is not for {settings.vcenter}, as which the vCenter is called: write that among its names"


def _jumpbox(spec: EnvironmentSpec, settings: VsphereSettings) -> Iterator[Problem]:
    wanted = settings.jumpbox
    if wanted is None:
        return
    if spec.jumpbox.existing:
        yield (*SECTION, "jumpbox"), "the jumpbox is there already: no OVA would be used"
    yield from _goes_on(spec, (*SECTION, "jumpbox", "datastore"), wanted.datastore)


def _goes_on(spec: EnvironmentSpec, at: tuple[str | int, ...], datastore: str | None) -> Iterator[Problem]:
    block = [name for name, store in spec.datastores.items() if store.purpose != "object"]
    if datastore is not None:
        yield from known(at, datastore, block)
    elif not any(store.purpose == "ephemeral" for store in spec.datastores.values()):
        yield at, f"no datastore is ephemeral: say which one the {at[-2]} goes on"


def _datastores(spec: EnvironmentSpec, settings: VsphereSettings) -> Iterator[Problem]:
    block = [name for name, store in spec.datastores.items() if store.purpose != "object"]
    for name, place in settings.datastores.items():
        at = (*SECTION, "datastores", name)
        yield from known(at, name, block)
        if (place.nfs is None) == (place.existing is None):
            yield at, "one of the two: nfs: server:/path, or existing: a datastore's name"
        elif name in block and (place.existing is not None) != spec.datastores[name].existing:
            wanted = "existing" if spec.datastores[name].existing else "nfs"
            yield at, f"the spec's datastore is {'' if wanted == 'existing' else 'not '}existing: give {wanted} here"
        yield from _of_a_host(spec, settings, name)
    for name in block:
        if name not in settings.datastores:
            yield (*SECTION, "datastores"), f"{name} is nowhere: give it nfs: server:/path, or existing: a name"
    shared: dict[str, str] = {}
    for name, place in settings.datastores.items():
        where = place.nfs or (f"{place.existing} of {place.host}" if place.host else place.existing)
        if where is not None and where in shared:
            yield (*SECTION, "datastores", name), f"{where} is {shared[where]}'s already"
        shared.setdefault(where or "", name)


def _of_a_host(spec: EnvironmentSpec, settings: VsphereSettings, name: str) -> Iterator[Problem]:
    place, at = settings.datastores[name], (*SECTION, "datastores", name)
    if place.nfs is None and place.nfs_version != VsphereStore().nfs_version:
        yield (*at, "nfs_version"), "only an export has a version: it goes with nfs"
    if place.host is None:
        return
    hosts = [host for zone in settings.zones.values() for host in zone.hosts]
    if place.existing is None:
        yield (*at, "host"), "only a datastore that is there is one host's: it goes with existing"
    yield from known((*at, "host"), place.host, hosts)
    ephemeral = (store for store, kept in spec.datastores.items() if kept.purpose == "ephemeral")
    first = settings.appliance and (settings.appliance.datastore or next(ephemeral, None))
    if first == name and hosts and place.host != hosts[0]:
        yield (*at, "host"), f"the appliance goes on {hosts[0]}: give it a datastore that this host has"


def _groups(settings: VsphereSettings) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for group in settings.groups:
        other = seen.setdefault(spelled(group), group)
        if other != group:
            yield (*SECTION, "groups", group), f"{other} is the same group: upper and lower case do not count"
        domain = group.partition("\\")[0]
        if settings.appliance is not None and domain.lower() != settings.domain.lower():
            said = f"a vCenter that is made knows the groups of {settings.domain} alone"
            yield (*SECTION, "groups", group), said


def _licences(settings: VsphereSettings) -> Iterator[Problem]:
    asked, at = settings.licences, (*SECTION, "licences")
    if asked is None:
        return
    if asked.vcenter is None and asked.hosts is None:
        yield at, "nothing is assigned: name a key for vcenter, or for hosts"
    if asked.hosts is not None and not any(place.hosts for place in settings.zones.values()):
        yield (*at, "hosts"), "only hosts that paver adds are assigned one: give a zone its hosts"
    if asked.vcenter is not None and asked.vcenter == asked.hosts:
        yield (*at, "hosts"), "vCenters and hosts have licences of their own: name another key"


def _trusted_roots(spec: EnvironmentSpec, settings: VsphereSettings) -> Iterator[Problem]:
    asked = spec.certificates
    for index, name in enumerate(settings.trusted_roots):
        at = (*SECTION, "trusted_roots", index)
        yield from known(at, name, [*asked.authorities, *asked.trusted])
        authority = asked.authorities.get(name)
        if authority is not None and authority.signed_by is not None and name not in asked.trusted:
            yield at, f"{name} is no root: name {authority.signed_by}, which signs it"
