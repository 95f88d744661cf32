"""Gateways: the way out of a zone. They take their time, and their names are not unique."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from paver.contract import names
from paver.contract.resource import Desired, Key, Ref, Value
from paver.contract.spec import EnvironmentSpec
from paver.memory.kind import MemoryKind
from paver.memory.resources.subnet import home, subnet_key
from paver.memory.settings import MemorySettings


class Gateway(Desired):
    """A gateway."""

    subnet: Value
    zone: str


class GatewayKind(MemoryKind[Gateway]):
    """`gateway/ZONE`."""

    noun = "gateway"
    replace: ClassVar[frozenset[str]] = frozenset({"subnet", "zone"})
    needs = ("subnet",)


def wanted(spec: EnvironmentSpec, settings: MemorySettings) -> Iterator[Gateway]:
    """One for each zone from which a network goes out by NAT."""
    del settings
    network = home(spec)
    served = spec.network_zones(network)
    going = {zone for name in spec.networks if spec.egress(name) == "nat" for zone in spec.network_zones(name)}
    for zone in (zone for zone in spec.zones if zone in going):
        yield Gateway(
            key=Key(kind="gateway", name=zone),
            name=names.name(spec.name, zone),
            subnet=Ref(to=subnet_key(network, zone if zone in served else served[0])),
            zone=zone,
        )
