"""Where the section and the spec do not fit together."""

from __future__ import annotations

from collections.abc import Iterator

from paver.contract.checks import known
from paver.contract.layout import made
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Problem
from paver_gcp import marks, places
from paver_gcp.resources.address import NAT
from paver_gcp.resources.backend_service import protocols
from paver_gcp.settings import GcpSettings

SECTION: tuple[str | int, ...] = ("iaas", "gcp")
MOST_PORTS = 5
"""Of one forwarding rule (Compute Engine API Reference, `forwardingRules.ports`)."""


def section_problems(spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[Problem]:
    """All of them, by path. Pure and offline."""
    yield from _zones(settings)
    yield from _networks(spec, settings)
    yield from _given(spec, settings)
    yield from _balancers(spec)
    if len("_".join(spec.labels)) > marks.LONGEST:
        yield ("labels",), f"the names of all labels together are longer than {marks.LONGEST} characters"


def _zones(settings: GcpSettings) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for zone, place in settings.zones.items():
        if place.rpartition("-")[0] != settings.region:
            yield (*SECTION, "zones", zone), f"{place} is not in {settings.region}"
        if place in seen:
            yield (*SECTION, "zones", zone), f"{place} is {seen[place]} already: two zones there fail together"
        seen.setdefault(place, zone)


def _networks(spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[Problem]:
    existing = [name for name, asked in spec.networks.items() if asked.existing]
    for network, path in settings.subnets.items():
        at = (*SECTION, "subnets", network)
        yield from known(at, network, existing)
        if path.startswith("projects/") and path.split("/")[3] != settings.region:
            yield at, f"{path} is not in {settings.region}"
    for name in existing:
        if settings.network is None:
            yield (*SECTION, "network"), f"{name} is there already: name the network that it is in"
        if name not in settings.subnets:
            yield (*SECTION, "subnets", name), f"{name} is there already: name its subnet"
    if places.shared(settings):
        for name in made(spec):
            yield (
                ("networks", name),
                "the network is shared by another project, which makes its subnets: existing is wanted",
            )


def _given(spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[Problem]:
    if spec.dns.existing and settings.managed_zone is None:
        yield (*SECTION, "managed_zone"), f"{spec.dns.zone} is there already: name its managed zone"
    if not spec.dns.existing and settings.managed_zone is not None:
        yield (*SECTION, "managed_zone"), "the spec's zone is not existing: paver would make another one"


def _balancers(spec: EnvironmentSpec) -> Iterator[Problem]:
    for name, balancer in spec.load_balancers.items():
        at: tuple[str | int, ...] = ("load_balancers", name)
        if name == NAT:
            yield at, f"{NAT} is the name of the address that machines go out by: call it otherwise"
        for index, port in enumerate(balancer.ports):
            if port.listen != port.target:
                what = "a passthrough balancer changes no port: what comes to one goes to the same"
                yield (*at, "ports", index), what
        for protocol in protocols(spec, name):
            if sum(1 for port in balancer.ports if port.protocol == protocol) > MOST_PORTS:
                yield (*at, "ports"), f"there are more than {MOST_PORTS} of {protocol}: make two load balancers"
