"""The network: the environment's own, in custom mode; what goes in and out of it the firewalls say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from paver.contract.errors import NotFound
from paver.contract.resource import Desired, Key, Observed
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_gcp import marks, places
from paver_gcp.api import Record
from paver_gcp.listing import Look
from paver_gcp.resources.compute import ComputeKind, bare
from paver_gcp.settings import GcpSettings


class Network(Desired):
    """A network. It spans all regions; what paver makes in it is of one."""

    routing: str | None = "REGIONAL"
    automatic: bool | None = False
    """Whether Google makes a subnet in every region."""


class NetworkKind(ComputeKind[Network]):
    """`network/ENVIRONMENT`."""

    noun = "network"
    collection = "networks"
    patched: ClassVar = {"routing": "routingConfig"}
    replace: ClassVar[frozenset[str]] = frozenset({"automatic"})

    def body(self, want: Network) -> Record:
        """In custom mode."""
        return {"autoCreateSubnetworks": want.automatic, "routingConfig": {"routingMode": want.routing}}

    def adopting(self, look: Look, wanted: Sequence[Desired]) -> Iterable[tuple[Desired, Record]]:
        """By its path."""
        for want in wanted:
            try:
                yield want, self.api.read("compute", str(want.adopt))
            except NotFound:
                continue

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With its mode."""
        like = Network(
            key=key,
            name=marks.implied(owner.name, key),
            routing=record.get("routingConfig", {}).get("routingMode", ""),
            automatic=bool(record.get("autoCreateSubnetworks", False)),
        )
        return self.seen(like, bare(record["selfLink"]), owner, outputs={"name": record["name"]})


def wanted(spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[Network]:
    """One."""
    given = places.network_path(settings)
    yield Network(
        key=places.network_key(spec),
        name=places.native(spec, places.network_key(spec)),
        adopt=given,
        routing=None if given else "REGIONAL",
        automatic=None if given else False,
        note=str(spec.address_space),
    )
