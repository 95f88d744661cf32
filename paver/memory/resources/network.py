"""Networks: what everything else stands in. Their names are not unique: a second create makes a second one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import ClassVar

from paver.contract import names
from paver.contract.resource import Desired, Key
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Egress
from paver.memory.kind import MemoryKind
from paver.memory.settings import MemorySettings


class Network(Desired):
    """A network. Of an adopted one only what is not None is checked."""

    cidr: IPv4Network
    egress: Egress | None
    labels: Mapping[str, str] | None


class NetworkKind(MemoryKind[Network]):
    """`network/NAME`."""

    noun = "network"
    replace: ClassVar[frozenset[str]] = frozenset({"cidr"})
    container = True


def network_key(name: str) -> Key:
    """The key of a network of the spec."""
    return Key(kind="network", name=name)


def wanted(spec: EnvironmentSpec, settings: MemorySettings) -> Iterator[Network]:
    """Every network of the spec."""
    for name, network in spec.networks.items():
        native = names.name(spec.name, name)
        yield Network(
            key=network_key(name),
            name=native,
            adopt=settings.existing.get(name, native) if network.existing else None,
            cidr=spec.cidr(name),
            egress=None if network.existing else spec.egress(name),
            labels=None if network.existing else spec.labels,
            note=str(spec.cidr(name)),
        )
