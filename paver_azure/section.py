"""Where the section and the spec do not fit together."""

from __future__ import annotations

from collections.abc import Iterator

from paver.contract.checks import known
from paver.contract.layout import made
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Problem
from paver_azure import ids, marks, places, roles, rules
from paver_azure.clouds import CLOUDS
from paver_azure.resources.container import names_of
from paver_azure.settings import AzureSettings

SECTION: tuple[str | int, ...] = ("iaas", "azure")
RESERVED = ("azure", "microsoft", "windows", "paver")
"""Beginnings of tag names that are Azure's own (Microsoft Learn, "Use tags to organize your Azure resources")."""
SHORTEST_CONTAINER = 3


def section_problems(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[Problem]:
    """All of them, by path. Pure and offline."""
    yield from _cloud(settings)
    yield from _zones(settings)
    yield from _networks(spec, settings)
    yield from _given(spec, settings)
    yield from _principals(spec, settings)
    yield from _labels(spec, settings)
    yield from _names(spec)


def _cloud(settings: AzureSettings) -> Iterator[Problem]:
    if settings.cloud not in CLOUDS:
        for field in ("endpoint", "authority"):
            if getattr(settings, field) is None:
                yield (*SECTION, field), f"{settings.cloud} is the site's own: say where it answers"
    if (settings.client is None) != (settings.client_secret is None):
        field = "client" if settings.client is None else "client_secret"
        yield (*SECTION, field), "client and client_secret go together; without both, DefaultAzureCredential looks"


def _zones(settings: AzureSettings) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for zone, place in (settings.zones or {}).items():
        if place in seen:
            yield (*SECTION, "zones", zone), f"{place} is {seen[place]} already: two zones there fail together"
        seen.setdefault(place, zone)
    if settings.zones is None:
        if settings.nat_zone is not None:
            yield (*SECTION, "nat_zone"), "the section has no zones"
        if settings.redundancy in {"Standard_ZRS", "Standard_GZRS"}:
            yield (*SECTION, "redundancy"), f"{settings.redundancy} wants zones: Standard_LRS or Standard_GRS"
    elif settings.availability_set:
        yield (*SECTION, "availability_set"), "a machine is in a zone or in a set, not in both: leave out one of them"


def _networks(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[Problem]:
    existing = [name for name, asked in spec.networks.items() if asked.existing]
    for network in settings.subnets:
        yield from known((*SECTION, "subnets", network), network, existing)
    for name in existing:
        if settings.virtual_network is None:
            yield (*SECTION, "virtual_network"), f"{name} is there already: name the virtual network that it is in"
        if name not in settings.subnets:
            yield (*SECTION, "subnets", name), f"{name} is there already: name its subnet"
    for network in settings.next_hops:
        at = (*SECTION, "next_hops", network)
        yield from known(at, network, made(spec))
        if network in made(spec) and spec.egress(network) in {"direct", "none"}:
            yield at, f"{network} has egress {spec.egress(network)}: a way out of its own would undo that"
    if settings.nat_zone is not None and not places.natted(spec, settings):
        yield (*SECTION, "nat_zone"), "no network leaves through a NAT gateway"


def _given(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[Problem]:
    zone = settings.private_zone
    if spec.dns.existing and zone is None:
        yield (*SECTION, "private_zone"), f"{spec.dns.zone} is there already: name the private zone's id"
    if zone is not None and not spec.dns.existing:
        yield (*SECTION, "private_zone"), "the spec's zone is not existing: paver would make another one"
    if zone is not None and ids.last(zone).lower() != spec.dns.zone:
        yield (*SECTION, "private_zone"), f"it is {ids.last(zone)}, and the spec wants {spec.dns.zone}"
    for field in ("private_zone", "virtual_network"):
        id_ = getattr(settings, field)
        if id_ is not None and ids.canonical(id_).split("/")[2] != str(settings.subscription):
            yield (*SECTION, field), "it is in another subscription"
    if spec.jumpbox.existing and settings.ssh_public_key is None:
        yield (*SECTION, "ssh_public_key"), "the jumpbox is there already: give the key that machines are to let in"
    if not spec.jumpbox.existing and settings.ssh_public_key is not None:
        yield (*SECTION, "ssh_public_key"), "paver makes the jumpbox and its key: this one would not be used"


def _principals(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[Problem]:
    for name in settings.service_principals:
        yield from known((*SECTION, "service_principals", name), name, roles.credentials(spec))


def _labels(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[Problem]:
    for name in settings.tags:
        if name.lower() in spec.labels:
            yield (*SECTION, "tags", name), "it is one of the spec's labels already"
        if name.lower().startswith(RESERVED):
            yield (*SECTION, "tags", name), "tags of that name are Azure's own, or paver's"
    if len(" ".join((*spec.labels, *settings.tags))) > marks.LONGEST_LABELS:
        yield (*SECTION, "tags"), f"the names of all tags together are longer than {marks.LONGEST_LABELS} characters"


def _names(spec: EnvironmentSpec) -> Iterator[Problem]:
    taken = {f"{rules.SUBNET}-{network}": network for network in spec.networks}
    for name in spec.load_balancers:
        if name in taken:
            yield ("load_balancers", name), f"the rules of network {taken[name]} have that name on Azure"
    for name in names_of(spec):
        if len(name) < SHORTEST_CONTAINER:
            yield ("datastores", name), f"a container's name has {SHORTEST_CONTAINER} characters or more"
