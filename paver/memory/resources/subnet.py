"""Subnets: a network's part in one zone. Those of one network change one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import ClassVar

from paver.contract import names
from paver.contract.resource import Desired, Key, Ref, Value
from paver.contract.spec import EnvironmentSpec
from paver.memory.kind import MemoryKind
from paver.memory.resources.network import network_key
from paver.memory.settings import MemorySettings


class Subnet(Desired):
    """A subnet."""

    network: Value
    cidr: IPv4Network
    zone: str
    public: bool


class SubnetKind(MemoryKind[Subnet]):
    """`subnet/NETWORK/ZONE`. Its name is taken within its network."""

    noun = "subnet"
    replace: ClassVar[frozenset[str]] = frozenset({"network", "cidr", "zone"})
    needs = ("network",)
    container = True


def subnet_key(network: str, zone: str) -> Key:
    """The key of a network's part in a zone."""
    return Key(kind="subnet", name=f"{network}/{zone}")


def home(spec: EnvironmentSpec) -> str:
    """The network where the IaaS numbers things of its own: the first of purpose lb, else the management network."""
    return (*spec.of_purpose("lb"), *spec.of_purpose("management"))[0]


def wanted(spec: EnvironmentSpec, settings: MemorySettings) -> Iterator[Subnet]:
    """A subnet for every network and zone."""
    del settings
    for network in spec.networks:
        above = Ref(to=network_key(network))
        for zone, block in spec.blocks(network).items():
            yield Subnet(
                key=subnet_key(network, zone),
                name=names.name(spec.name, network, zone),
                serial=above,
                network=above,
                cidr=block,
                zone=zone,
                public=spec.egress(network) == "direct",
                note=str(block),
            )
