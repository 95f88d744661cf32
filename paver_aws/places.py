"""What the spec implies of this IaaS: which zones need a NAT gateway, which table a subnet uses. Pure."""

from __future__ import annotations

from paver.contract import names
from paver.contract.layout import made
from paver.contract.resource import Key, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Name, ZoneName
from paver_aws.settings import AwsSettings


def key(kind: str, *parts: str) -> Key:
    """A key of several parts."""
    return Key(kind=kind, name="/".join(parts))


def native(spec: EnvironmentSpec, *parts: str, limit: int = 255) -> str:
    """The name that a key of these parts implies."""
    return names.name(spec.name, *parts, limit=limit)


def vpc_key(spec: EnvironmentSpec) -> Key:
    """The VPC's key."""
    return key("vpc", spec.name)


def vpc(spec: EnvironmentSpec) -> Value:
    """The VPC's id."""
    return ref(vpc_key(spec))


def gateway_key(spec: EnvironmentSpec) -> Key:
    """The internet gateway's key."""
    return key("internet-gateway", spec.name)


def front(spec: EnvironmentSpec) -> Name | None:
    """The network in which AWS numbers things of its own, and which alone has a public route; None: there is none."""
    return next(iter(spec.of_purpose("lb")), None)


def nat_zones(spec: EnvironmentSpec, settings: AwsSettings) -> tuple[ZoneName, ...]:
    """The zones in which a NAT gateway stands."""
    needing = {zone for name in made(spec) if spec.egress(name) == "nat" for zone in spec.network_zones(name)}
    zones = tuple(zone for zone in spec.zones if zone in needing)
    if settings.nat_gateways == "one" and zones:
        public = front(spec)
        there = spec.network_zones(public) if public is not None else ()
        return next(((zone,) for zone in spec.zones if zone in there), zones[:1])
    return zones


def outside(spec: EnvironmentSpec, settings: AwsSettings) -> bool:
    """Whether anything needs the internet gateway."""
    public = any(balancer.public for balancer in spec.load_balancers.values()) or spec.jumpbox.public
    direct = any(spec.egress(name) == "direct" for name in made(spec))
    return public or direct or bool(nat_zones(spec, settings))


def table_name(spec: EnvironmentSpec, settings: AwsSettings, network: Name, zone: ZoneName) -> tuple[str, ...]:
    """The route table of a subnet, as the parts of its key: tables are shared by all that go the same way."""
    match spec.egress(network):
        case "direct":
            return ("direct",)
        case "nat":
            return ("nat", zone if settings.nat_gateways == "one-a-zone" else "all")
        case _:  # proxy and none: nothing but the VPC itself
            return ("closed",)


def tables(spec: EnvironmentSpec, settings: AwsSettings) -> tuple[tuple[str, ...], ...]:
    """Every route table, once."""
    found = {
        table_name(spec, settings, network, zone): None
        for network in made(spec)
        for zone in spec.network_zones(network)
    }
    return tuple(found)


def service(settings: AwsSettings, name: str) -> str:
    """The name of a service's endpoint, as the VPC service spells it."""
    return f"com.amazonaws.{settings.region}.{name}"
