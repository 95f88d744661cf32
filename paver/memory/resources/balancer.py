"""Load balancers: slow to make, to change and to go, one at a time, under names that the account shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from pydantic import JsonValue

from paver.contract import names
from paver.contract.resource import Desired, Key, Ref, Value
from paver.contract.spec import EnvironmentSpec
from paver.memory.kind import MemoryKind
from paver.memory.record import Record
from paver.memory.resources.subnet import subnet_key
from paver.memory.settings import MemorySettings


class Balancer(Desired):
    """A load balancer."""

    subnets: tuple[Value, ...]
    ports: tuple[str, ...]
    """`tcp:443:8443`: protocol, where it listens, where it sends."""
    allow: tuple[str, ...]
    public: bool


class BalancerKind(MemoryKind[Balancer]):
    """`balancer/NAME`."""

    noun = "balancer"
    limit = 32
    replace: ClassVar[frozenset[str]] = frozenset({"subnets", "public"})
    needs = ("subnets",)

    @classmethod
    def outputs(cls, record: Record) -> Mapping[str, JsonValue]:
        """The account's number for it, from which its addresses follow."""
        return {"number": int(record["id"].rpartition("-")[2], 16)}


def balancer_key(name: str) -> Key:
    """The key of a load balancer of the spec."""
    return Key(kind="balancer", name=name)


def wanted(spec: EnvironmentSpec, settings: MemorySettings) -> Iterator[Balancer]:
    """Every load balancer of the spec."""
    del settings
    for name, balancer in spec.load_balancers.items():
        sources = balancer.allow or (("0.0.0.0/0",) if balancer.public else (spec.address_space,))
        yield Balancer(
            key=balancer_key(name),
            name=names.name(spec.name, name, limit=BalancerKind.limit),
            serial="balancers",
            subnets=tuple(Ref(to=subnet_key(balancer.network, zone)) for zone in spec.network_zones(balancer.network)),
            ports=tuple(f"{port.protocol}:{port.listen}:{port.target}" for port in balancer.ports),
            allow=tuple(str(source) for source in sources),
            public=balancer.public,
        )
