"""Instance groups: where BOSH's CPI puts the machines behind a balancer, one a zone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from paver.contract.resource import Desired, Key, Observed, Value
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Name, Owner, ZoneName
from paver_gcp import marks, places
from paver_gcp.api import Record
from paver_gcp.listing import Look
from paver_gcp.resources.compute import ComputeKind, bare, base, url
from paver_gcp.settings import GcpSettings

NOUN = "instance-group"


class InstanceGroup(Desired):
    """A group without machines; whoever makes them puts them there."""

    zone: str
    network: Value


class InstanceGroupKind(ComputeKind[InstanceGroup]):
    """`instance-group/BALANCER/ZONE`."""

    noun = NOUN
    collection = "instanceGroups"
    place = "zones"
    replace: ClassVar[frozenset[str]] = frozenset({"zone", "network"})

    def body(self, want: InstanceGroup) -> Record:
        """Of the network, so that a machine of another one is refused."""
        return {"network": url(want.network)}

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With its zone."""
        like = InstanceGroup(
            key=key,
            name=marks.implied(owner.name, key),
            zone=base(record["zone"]),
            network=bare(record.get("network", "")),
        )
        needs = (str(like.network),) if like.network else ()
        return self.seen(like, bare(record["selfLink"]), owner, needs=needs, outputs={"name": record["name"]})


def group_key(name: Name, zone: ZoneName) -> Key:
    """The key of a balancer's group in a zone."""
    return places.key(NOUN, name, zone)


def wanted(spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[InstanceGroup]:
    """One for each load balancer in every zone of its network."""
    for name, balancer in spec.load_balancers.items():
        for zone in spec.network_zones(balancer.network):
            key = group_key(name, zone)
            yield InstanceGroup(
                key=key,
                name=places.native(spec, key),
                zone=settings.zones[zone],
                network=places.network(spec),
            )
