"""What the spec implies of this IaaS: which networks need a NAT gateway, where a balancer stands. Pure."""

from __future__ import annotations

import hashlib
from ipaddress import IPv4Address, IPv4Network
from uuid import UUID

from paver.contract.addresses import TAIL, static_span
from paver.contract.layout import made
from paver.contract.resource import Key
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Name
from paver_azure.marks import LONGEST_NAME, implied
from paver_azure.settings import AzureSettings

EVERYWHERE = ("1", "2", "3")
"""Public addresses and frontends are in one zone, in none or in all three (Microsoft Learn, "Public IP addresses")."""


def key(kind: str, *parts: str) -> Key:
    """A key of several parts."""
    return Key(kind=kind, name="/".join(parts))


def native(spec: EnvironmentSpec, *parts: str, limit: int = LONGEST_NAME) -> str:
    """The name that a key of these parts implies."""
    return implied(spec.name, "/".join(parts) or spec.name, limit)


def network_serial(owner: UUID) -> str:
    """Of everything that changes an owner's virtual network: Azure takes one such change at a time."""
    return f"virtual-network {owner}"


def spread(settings: AzureSettings) -> tuple[str, ...]:
    """The zones of what serves all zones."""
    return EVERYWHERE if settings.zones else ()


def natted(spec: EnvironmentSpec, settings: AzureSettings) -> tuple[Name, ...]:
    """The networks that leave through the NAT gateway."""
    return tuple(name for name in made(spec) if spec.egress(name) == "nat" and name not in settings.next_hops)


def routed(spec: EnvironmentSpec, settings: AzureSettings) -> tuple[Name, ...]:
    """The networks that have a route table: those with a way out of their own, and those without any."""
    return tuple(name for name in made(spec) if name in settings.next_hops or spec.egress(name) == "none")


def inner(spec: EnvironmentSpec) -> tuple[Name, ...]:
    """The networks in which the platform's machines are."""
    return tuple(name for name in spec.networks if spec.purpose(name) != "lb")


def inner_ranges(spec: EnvironmentSpec) -> tuple[IPv4Network, ...]:
    """Where machines of the platform may be: all but the balancers' networks, whichever others there are today.

    So a network that comes or goes changes no rule of the others.
    """
    left = [spec.address_space]
    for name in spec.networks:
        if spec.purpose(name) == "lb":
            cidr = spec.cidr(name)
            left = [part for one in left for part in (one.address_exclude(cidr) if cidr.subnet_of(one) else (one,))]
    outside = (spec.cidr(name) for name in inner(spec))
    return (*sorted(left), *(cidr for cidr in outside if not cidr.subnet_of(spec.address_space)))


def frontends(spec: EnvironmentSpec) -> dict[Name, IPv4Address]:
    """The address of each inner balancer: in its network's part that is the IaaS's to number, and never another's.

    Azure hands out the first address that is free, which may be one that BOSH gives away; so each balancer states its
    own. It follows from the name: a further balancer moves none.
    """
    found: dict[Name, IPv4Address] = {}
    taken: set[IPv4Address] = set()
    for name in sorted(spec.load_balancers):
        balancer = spec.load_balancers[name]
        if balancer.public:
            continue
        block = next(iter(spec.blocks(balancer.network).values()))
        first, last = static_span(block)[1] + 1, int(block.broadcast_address) - TAIL
        size = last - first + 1
        at = int(hashlib.sha256(name.encode()).hexdigest(), 16) % size
        while (address := IPv4Address(first + at)) in taken:
            at = (at + 1) % size
        taken.add(address)
        found[name] = address
    return found
