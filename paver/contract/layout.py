"""A spec laid out: what `describe` of every driver starts from, with only native names and addresses to add."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network
from itertools import pairwise
from typing import Any, Literal

from paver.contract.addresses import Span, fixed_address, merged, reserved_spans, span, static_span, text, without
from paver.contract.environment import PavedJumpbox, PavedLoadBalancer, PavedNetwork, Subnet, ZoneAddresses
from paver.contract.spec import DriverSettings, EnvironmentSpec, Proxy
from paver.contract.types import FrozenDict, Name, SecretRef, ZoneName

SSH = 22


def lay_out(
    spec: EnvironmentSpec,
    name: str,
    *,
    subnets: Literal["one", "per-zone"],
    dns: Sequence[IPv4Address],
    gateway: IPv4Address | None = None,
    driver: Callable[[str], Mapping[str, Any]],
) -> PavedNetwork:
    """One network of the document.

    Args:
        spec: The whole spec.
        name: The network's name in it.
        subnets: `one` where the IaaS's subnets span zones, else `per-zone`.
        dns: The resolvers that machines there use.
        gateway: Where it is not each subnet's first address.
        driver: From a subnet's name (the network's, or `NAME-z1`) to its `driver` section.
    """
    cidr, blocks = spec.cidr(name), spec.blocks(name)
    if subnets == "one":
        ranges = {name: (cidr, blocks)}
    else:
        ranges = {f"{name}-{zone}": (block, {zone: block}) for zone, block in blocks.items()}
    taken = [span(range_) for range_ in spec.networks[name].reserved]
    home = {zone: subnet for subnet, (_, held) in ranges.items() for zone in held}
    if gateway is not None:
        taken.append((int(gateway), int(gateway)))
    return PavedNetwork(
        purpose=spec.purpose(name),  # type: ignore[arg-type]  # validated with the spec
        cidr=cidr,
        egress=spec.egress(name),
        existing=spec.networks[name].existing,
        zones=FrozenDict(
            {
                zone: ZoneAddresses(subnet=home[zone], block=block, static=_static(block, taken))
                for zone, block in blocks.items()
            }
        ),
        subnets=FrozenDict(
            {
                subnet: _subnet(spec, name, range_, held, taken, dns, gateway, driver(subnet))
                for subnet, (range_, held) in ranges.items()
            }
        ),
        assigned=FrozenDict(assigned(spec, name)),
    )


def assigned(spec: EnvironmentSpec, name: str) -> dict[str, IPv4Address]:
    """The addresses of paver's own machines in a network, by role."""
    first = next(iter(spec.blocks(name).values()))
    roles = ["director"] if spec.purpose(name) == "management" else []
    if name == jumpbox_network(spec):
        roles.append("jumpbox")
    return {role: fixed_address(first, role) for role in roles}


def jumpbox_network(spec: EnvironmentSpec) -> str:
    """Where the jumpbox stands: a public one in the first lb network, any other in management."""
    return spec.of_purpose("lb" if spec.jumpbox.public else "management")[0]


def jumpbox_zone(spec: EnvironmentSpec) -> ZoneName:
    """The zone of the first block of the jumpbox's network, where it stands."""
    return next(iter(spec.blocks(jumpbox_network(spec))))


def made(spec: EnvironmentSpec) -> tuple[Name, ...]:
    """The networks that are not there already."""
    return tuple(name for name, network in spec.networks.items() if not network.existing)


def jumpbox(
    spec: EnvironmentSpec,
    iaas: str,
    *,
    address: str,
    public: str | None,
    user: str,
    host_key: str,
    driver: Mapping[str, Any],
) -> PavedJumpbox:
    """The document's jumpbox, where paver made it and its key.

    Args:
        spec: The whole spec.
        iaas: The driver's name.
        address: The inner address.
        public: The outer one, where there is one.
        user: Who logs in.
        host_key: As OpenSSH writes it.
        driver: The `driver` section.
    """
    return PavedJumpbox(
        host=f"jumpbox.{spec.dns.zone}",
        address=IPv4Address(address),
        public_address=IPv4Address(public) if public else None,
        zone=jumpbox_zone(spec),
        port=SSH,
        user=user,
        host_key=host_key,
        key=SecretRef(store=spec.secrets.store, path=f"{spec.secrets.path}/{iaas}/jumpbox", key="private_key"),
        driver=driver,
    )


def load_balancer(
    spec: EnvironmentSpec,
    name: Name,
    addresses: Sequence[IPv4Address],
    driver: Mapping[str, Any],
    *,
    made_by: Literal["iaas", "platform"] = "iaas",
) -> PavedLoadBalancer:
    """One load balancer of the document."""
    asked = spec.load_balancers[name]
    return PavedLoadBalancer(
        host=f"{name}.{spec.dns.zone}",
        addresses=tuple(addresses),
        network=asked.network,
        public=asked.public,
        ports=asked.ports,
        made_by=made_by,
        driver=driver,
    )


def resolvers(
    spec: EnvironmentSpec, settings: DriverSettings, own: Sequence[IPv4Address] = ()
) -> tuple[IPv4Address, ...]:
    """The DNS servers: the section's, else the spec's, else the IaaS's own."""
    return tuple(settings.dns_servers or spec.dns.servers or own)


def effective_proxy(spec: EnvironmentSpec, settings: DriverSettings, own: Sequence[str] = ()) -> Proxy:
    """The proxy, with all that is never asked through it; `own` are the IaaS's addresses (its metadata service)."""
    proxy = settings.proxy or spec.proxy
    always = (f".{spec.dns.zone}", str(spec.address_space), "127.0.0.1", "localhost", *own)
    return Proxy(http=proxy.http, https=proxy.https, no_proxy=tuple(dict.fromkeys((*proxy.no_proxy, *always))))


def _subnet(
    spec: EnvironmentSpec,
    name: str,
    cidr: IPv4Network,
    blocks: Mapping[ZoneName, IPv4Network],
    taken: Sequence[Span],
    dns: Sequence[IPv4Address],
    gateway: IPv4Address | None,
    driver: Mapping[str, Any],
) -> Subnet:
    purpose: Any = spec.purpose(name)
    low, high = int(cidr.network_address), int(cidr.broadcast_address)
    reserved = [part for block in blocks.values() for part in reserved_spans(block, purpose)]
    reserved += [(first, last) for first, last in taken if low <= first and last <= high]
    unused = without([(low, high)], [(int(b.network_address), int(b.broadcast_address)) for b in blocks.values()])
    # The quarter that no zone numbers from joins the dynamic part, but for the subnet's own last two addresses.
    reserved += unused if purpose == "lb" else [(high - 1, high)]
    return Subnet(
        cidr=cidr,
        gateway=gateway or cidr.network_address + 1,
        zones=tuple(blocks),
        dns=tuple(dns),
        reserved=tuple(text(part) for part in _apart(reserved, blocks)),
        static=tuple(part for block in blocks.values() for part in _static(block, taken)),
        driver=driver,
    )


def _apart(spans: Sequence[Span], blocks: Mapping[ZoneName, IPv4Network]) -> list[Span]:
    """Merged within each block and never across two: a reader sees which zone a range belongs to."""
    starts = [int(block.network_address) for block in blocks.values()]
    ends = [int(block.broadcast_address) + 1 for block in blocks.values()]
    cuts = sorted({*starts, *ends})
    found: list[Span] = []
    for first, last in merged(spans):
        edges = [first, *(cut for cut in cuts if first < cut <= last), last + 1]
        found += [(low, high - 1) for low, high in pairwise(edges)]
    return found


def _static(block: IPv4Network, taken: Sequence[Span]) -> tuple[str, ...]:
    return tuple(text(part) for part in without([static_span(block)], taken))
