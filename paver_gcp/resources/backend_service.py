"""Backend services: what is behind a balancer, and how it is told to be well. One for each protocol."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from paver.contract.resource import Desired, Key, Observed, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Name, Owner
from paver_gcp import marks, places
from paver_gcp.api import Record
from paver_gcp.listing import Look
from paver_gcp.resources.compute import ComputeKind, bare, url
from paver_gcp.resources.health_check import health_check_key
from paver_gcp.resources.instance_group import group_key
from paver_gcp.settings import GcpSettings

NOUN = "backend-service"
PUBLIC, INNER = "EXTERNAL", "INTERNAL"


class BackendService(Desired):
    """A service of a passthrough balancer."""

    scheme: str
    protocol: str
    check: Value
    groups: tuple[Value, ...]
    network: Value | None = None
    """Of an inner one."""


class BackendServiceKind(ComputeKind[BackendService]):
    """`backend-service/BALANCER/PROTOCOL`."""

    noun = NOUN
    collection = "backendServices"
    place = "regions"
    fingerprinted = True
    patched: ClassVar = {"check": "healthChecks", "groups": "backends"}
    replace: ClassVar[frozenset[str]] = frozenset({"scheme", "protocol", "network"})

    def body(self, want: BackendService) -> Record:
        """By connection: whatever comes is passed through."""
        network = {} if want.network is None else {"network": url(want.network)}
        return {
            "loadBalancingScheme": want.scheme,
            "protocol": want.protocol,
            "healthChecks": [url(want.check)],
            "backends": [{"group": url(group), "balancingMode": "CONNECTION"} for group in want.groups],
            **network,
        }

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With its groups, in order."""
        like = BackendService(
            key=key,
            name=marks.implied(owner.name, key),
            scheme=record.get("loadBalancingScheme", ""),
            protocol=record.get("protocol", ""),
            check=" ".join(bare(one) for one in record.get("healthChecks", ())),
            groups=tuple(sorted(bare(one["group"]) for one in record.get("backends", ()))),
            network=bare(record["network"]) if record.get("network") else None,
        )
        needs = [*str(like.check).split(), *(str(group) for group in like.groups)]
        needs += [str(like.network)] if like.network else []
        outputs = {"name": record["name"]}
        return self.seen(like, bare(record["selfLink"]), owner, needs=tuple(needs), outputs=outputs)


def service_key(name: Name, protocol: str) -> Key:
    """The key of a balancer's service."""
    return places.key(NOUN, name, protocol)


def protocols(spec: EnvironmentSpec, name: Name) -> tuple[str, ...]:
    """The protocols of a balancer, each once."""
    return tuple(sorted({port.protocol for port in spec.load_balancers[name].ports}))


def wanted(spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[BackendService]:
    """One for each load balancer and protocol."""
    for name, balancer in spec.load_balancers.items():
        # In the order of the zones' own names, which is that of the paths: Google keeps none.
        zones = sorted(spec.network_zones(balancer.network), key=lambda zone: settings.zones[zone])
        for protocol in protocols(spec, name):
            key = service_key(name, protocol)
            yield BackendService(
                key=key,
                name=places.native(spec, key),
                scheme=PUBLIC if balancer.public else INNER,
                protocol=protocol.upper(),
                check=ref(health_check_key(name)),
                groups=tuple(ref(group_key(name, zone)) for zone in zones),
                network=None if balancer.public else places.network(spec),
            )
