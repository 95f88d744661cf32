"""Where the section and the spec do not fit together."""

from __future__ import annotations

from collections.abc import Iterator

from paver.contract.checks import known
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Problem
from paver_vsphere.settings import VsphereSettings

BASE = ("iaas", "vsphere")


def section_problems(spec: EnvironmentSpec, settings: VsphereSettings) -> Iterator[Problem]:
    """All of them, by path."""
    stores = [name for name, store in spec.datastores.items() if store.purpose != "object"]
    for name in settings.vlans:
        yield from known((*BASE, "vlans", name), name, spec.networks)
    yield from _datastores(stores, settings)
    yield from _hosts(settings)
    if settings.appliance is not None:
        first = next((zone.hosts for zone in settings.zones.values()), ())
        if not first:
            yield (*BASE, "zones"), "an appliance goes on the first zone's first host, and there is none"
        yield from known((*BASE, "appliance", "datastore"), settings.appliance.datastore, stores)
        if not stores:
            yield (*BASE, "appliance"), "it needs a datastore to stand on"


def _datastores(stores: list[str], settings: VsphereSettings) -> Iterator[Problem]:
    for name, store in settings.datastores.items():
        yield from known((*BASE, "datastores", name), name, stores)
        if (store.nfs is None) == (store.existing is None):
            yield (*BASE, "datastores", name), "either nfs: server:/path or existing: NAME"
    for name in stores:
        if name not in settings.datastores:
            yield (*BASE, "datastores"), f"{name} is placed nowhere: nfs: server:/path or existing: NAME"


def _hosts(settings: VsphereSettings) -> Iterator[Problem]:
    hosts = [host for zone in settings.zones.values() for host in zone.hosts]
    for name, zone in settings.zones.items():
        for index, host in enumerate(zone.hosts):
            if hosts.count(host) > 1:
                yield (*BASE, "zones", name, "hosts", index), f"{host} stands here twice"
    if hosts and settings.esxi_password is None:
        yield (*BASE, "esxi_password"), "is missing: hosts are added with it"
    if hosts and settings.known_hosts is None and settings.ca is None:
        yield (*BASE, "known_hosts"), "is missing: a fresh host's thumbprint is read off its console; or ca: FILE"
