"""What the spec implies of this IaaS: which networks are made, what goes out by NAT, where a machine stands. Pure."""

from __future__ import annotations

import hashlib
from ipaddress import IPv4Address

from paver.contract import names
from paver.contract.addresses import TAIL, static_span
from paver.contract.layout import made
from paver.contract.resource import Key, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Name
from paver_gcp import marks
from paver_gcp.settings import GcpSettings


def key(kind: str, *parts: str) -> Key:
    """A key of several parts."""
    return Key(kind=kind, name="/".join(parts))


def native(spec: EnvironmentSpec, key: Key, limit: int = marks.LONGEST) -> str:
    """The name that a key implies."""
    return marks.implied(spec.name, key, limit)


def network_key(spec: EnvironmentSpec) -> Key:
    """The network's key."""
    return key("network", spec.name)


def network(spec: EnvironmentSpec) -> Value:
    """The network's id."""
    return ref(network_key(spec))


def network_path(settings: GcpSettings) -> str | None:
    """The path of a network that is there already; None: paver makes one."""
    said = settings.network
    if said is None or said.startswith("projects/"):
        return said
    return f"projects/{settings.project}/global/networks/{said}"


def shared(settings: GcpSettings) -> bool:
    """Whether the network is another project's: then its subnets, firewalls and routers are too."""
    path = network_path(settings)
    return path is not None and path.split("/")[1] != settings.project


def subnet_path(settings: GcpSettings, network: Name) -> str:
    """The path of a subnet that is there already."""
    said = settings.subnets[network]
    host = (network_path(settings) or f"projects/{settings.project}").split("/")[1]
    return said if said.startswith("projects/") else f"projects/{host}/regions/{settings.region}/subnetworks/{said}"


def translated(spec: EnvironmentSpec) -> tuple[Name, ...]:
    """The networks whose machines go out by NAT."""
    return tuple(name for name in made(spec) if spec.egress(name) == "nat")


def balancer_addresses(spec: EnvironmentSpec) -> dict[Name, IPv4Address]:
    """The addresses of inner balancers: above the static part of their network's first block, each by its name.

    Left to itself Google takes any address, which may be one that a deployment claims. By name, so that a balancer
    more moves no other; two names that meet are put side by side in the spec's order.
    """
    found: dict[Name, IPv4Address] = {}
    for name, balancer in spec.load_balancers.items():
        if balancer.public:
            continue
        block = next(iter(spec.blocks(balancer.network).values()))
        first, last = static_span(block)[1] + 1, int(block.broadcast_address) - TAIL
        count = last - first + 1
        start = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4])
        taken = set(found.values())
        places = (IPv4Address(first + (start + step) % count) for step in range(count))
        found[name] = next(place for place in places if place not in taken)
    return found


def tag(spec: EnvironmentSpec, role: str) -> str:
    """The network tag of a role: what makes a machine the jumpbox, or one of those behind a balancer."""
    return names.name(spec.name, role)
