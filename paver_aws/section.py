"""Where the section and the spec do not fit together."""

from __future__ import annotations

from collections.abc import Iterator

from paver.contract.checks import known
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Problem
from paver_aws import marks, places
from paver_aws.partition import partition
from paver_aws.settings import AwsSettings

SECTION: tuple[str | int, ...] = ("iaas", "aws")


def section_problems(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[Problem]:
    """All of them, by path. Pure and offline."""
    yield from _zones(settings)
    yield from _networks(spec, settings)
    yield from _ways_out(spec, settings)
    yield from _given(spec, settings)
    yield from _labels(spec, settings)
    yield from _balancers(spec)


def _zones(settings: AwsSettings) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for zone, place in settings.zones.items():
        if not place.startswith(settings.region):
            yield (*SECTION, "zones", zone), f"{place} is not in {settings.region}"
        if place in seen:
            yield (*SECTION, "zones", zone), f"{place} is {seen[place]} already: two zones there fail together"
        seen.setdefault(place, zone)


def _networks(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[Problem]:
    for network, subnets in settings.subnets.items():
        at = (*SECTION, "subnets", network)
        yield from known(at, network, [name for name, asked in spec.networks.items() if asked.existing])
        if network in spec.networks:
            for zone in subnets:
                yield from known((*at, zone), zone, spec.network_zones(network))
    for name, asked in spec.networks.items():
        if not asked.existing:
            continue
        if settings.vpc is None:
            yield (*SECTION, "vpc"), f"{name} is there already: name the VPC that it is in"
        for zone in spec.network_zones(name):
            if zone not in settings.subnets.get(name, {}):
                yield (*SECTION, "subnets", name), f"{name} is there already: name its subnet in {zone}"


def _ways_out(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[Problem]:
    zones = places.nat_zones(spec, settings)
    public = places.front(spec)
    for zone in zones:
        if public is None or zone not in spec.network_zones(public):
            yield ("networks",), f"egress nat in {zone} needs a network of purpose lb there: the gateway stands in it"
    if settings.vpc is not None and settings.internet_gateway is None and places.outside(spec, settings):
        yield (*SECTION, "internet_gateway"), "the VPC is there already: name its internet gateway"
    if settings.vpc is None and settings.internet_gateway is not None:
        yield (*SECTION, "internet_gateway"), "it belongs to a VPC that is there already: name that too"


def _given(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[Problem]:
    if spec.dns.existing and settings.hosted_zone is None:
        yield (*SECTION, "hosted_zone"), f"{spec.dns.zone} is there already: name the hosted zone's id"
    if not spec.dns.existing and settings.hosted_zone is not None:
        yield (*SECTION, "hosted_zone"), "the spec's zone is not existing: paver would make another one"
    if spec.jumpbox.existing and settings.ssh_public_key is None:
        yield (*SECTION, "ssh_public_key"), "the jumpbox is there already: give the key that machines are to let in"
    if not spec.jumpbox.existing and settings.ssh_public_key is not None:
        yield (*SECTION, "ssh_public_key"), "paver makes the jumpbox and its key: this one would not be used"
    name = partition(settings.region).name
    for field in ("kms_key", "permissions_boundary", "flow_logs"):
        arn = getattr(settings, field)
        if arn is not None and arn.split(":")[1] != name:
            yield (*SECTION, field), f"{arn} is of another partition than {settings.region} ({name})"
    if settings.kms_key is not None and settings.kms_key.split(":")[3] != settings.region:
        yield (*SECTION, "kms_key"), f"the key is not in {settings.region}"


def _labels(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[Problem]:
    for name in settings.tags:
        if name in spec.labels:
            yield (*SECTION, "tags", name), "it is one of the spec's labels already"
        if name == marks.NAME or name.startswith(("aws:", "paver")):
            yield (*SECTION, "tags", name), "tags of that name are AWS's own, or paver's"
    if len(" ".join((*spec.labels, *settings.tags))) > marks.LONGEST_LABELS:
        yield (*SECTION, "tags"), f"the names of all tags together are longer than {marks.LONGEST_LABELS} characters"


def _balancers(spec: EnvironmentSpec) -> Iterator[Problem]:
    for name, balancer in spec.load_balancers.items():
        targets: dict[int, int] = {}
        for index, port in enumerate(balancer.ports):
            if targets.setdefault(port.listen, port.target) != port.target:
                at = ("load_balancers", name, "ports", index)
                yield at, f"a port has one listener: TCP and UDP of {port.listen} lead to one target port"
