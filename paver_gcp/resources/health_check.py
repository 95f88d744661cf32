"""Health checks of balancers: a TCP connection to the first port that they lead to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from paver.contract.resource import Desired, Key, Observed
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_gcp import marks, places
from paver_gcp.api import Record
from paver_gcp.listing import Look
from paver_gcp.resources.compute import ComputeKind, bare
from paver_gcp.settings import GcpSettings

NOUN = "health-check"


class HealthCheck(Desired):
    """A check of a region."""

    port: int
    every: int = 5
    """Seconds."""
    type: str = "TCP"


class HealthCheckKind(ComputeKind[HealthCheck]):
    """`health-check/BALANCER`."""

    noun = NOUN
    collection = "healthChecks"
    place = "regions"
    patched: ClassVar = {"port": "tcpHealthCheck", "every": "checkIntervalSec"}
    replace: ClassVar[frozenset[str]] = frozenset({"type"})

    def body(self, want: HealthCheck) -> Record:
        """TCP: UDP cannot be checked."""
        return {"type": want.type, "tcpHealthCheck": {"port": want.port}, "checkIntervalSec": want.every}

    def beside(self, want: HealthCheck) -> Record:
        """Its type."""
        return {"type": want.type}

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With its port."""
        like = HealthCheck(
            key=key,
            name=marks.implied(owner.name, key),
            port=record.get("tcpHealthCheck", {}).get("port", 0),
            every=record.get("checkIntervalSec", 0),
            type=record.get("type", ""),
        )
        return self.seen(like, bare(record["selfLink"]), owner)


def health_check_key(name: str) -> Key:
    """The key of a balancer's check."""
    return places.key(NOUN, name)


def wanted(spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[HealthCheck]:
    """One for each load balancer."""
    del settings
    for name, balancer in spec.load_balancers.items():
        key = health_check_key(name)
        first = next((port for port in balancer.ports if port.protocol == "tcp"), balancer.ports[0])
        yield HealthCheck(key=key, name=places.native(spec, key), port=first.target)
