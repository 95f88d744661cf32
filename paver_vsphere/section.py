"""Where the section and the spec do not fit together."""

from __future__ import annotations

from collections.abc import Iterator

from paver.contract.checks import known
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Problem
from paver_vsphere.settings import VsphereSettings

SECTION: tuple[str | int, ...] = ("iaas", "vsphere")


FOLDERS = ("vms", "templates")
"""Folders below the environment's own."""


def section_problems(spec: EnvironmentSpec, settings: VsphereSettings) -> Iterator[Problem]:
    """All of them, by path. Pure and offline."""
    yield from _hosts(settings)
    yield from _appliance(spec, settings)
    yield from _datastores(spec, settings)
    yield from _vlans(spec, settings)
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


def _appliance(spec: EnvironmentSpec, settings: VsphereSettings) -> Iterator[Problem]:
    wanted = settings.appliance
    if wanted is None:
        return
    if not any(place.hosts for place in settings.zones.values()):
        yield (*SECTION, "appliance"), "an appliance goes on an ESXi host: give a zone its hosts"
    block = [name for name, store in spec.datastores.items() if store.purpose != "object"]
    if wanted.datastore is not None:
        yield from known((*SECTION, "appliance", "datastore"), wanted.datastore, block)
    elif not any(store.purpose == "ephemeral" for store in spec.datastores.values()):
        yield (*SECTION, "appliance", "datastore"), "no datastore is ephemeral: say which one the appliance goes on"


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
    for name in block:
        if name not in settings.datastores:
            yield (*SECTION, "datastores"), f"{name} is nowhere: give it nfs: server:/path, or existing: a name"
    shared: dict[str, str] = {}
    for name, place in settings.datastores.items():
        where = place.nfs or place.existing
        if where is not None and where in shared:
            yield (*SECTION, "datastores", name), f"{where} is {shared[where]}'s already"
        shared.setdefault(where or "", name)


def _vlans(spec: EnvironmentSpec, settings: VsphereSettings) -> Iterator[Problem]:
    for name in settings.vlans:
        yield from known((*SECTION, "vlans", name), name, spec.networks)
    for name, network in spec.networks.items():
        if not network.existing and name not in settings.vlans:
            yield (*SECTION, "vlans"), f"{name} has no VLAN: give one, or 0 where it is untagged"
