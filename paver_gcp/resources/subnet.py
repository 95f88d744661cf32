"""Subnets: one for each network of the spec, over all zones of the region."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network
from typing import ClassVar

from paver.contract.errors import NotFound
from paver.contract.resource import Desired, Key, Observed, Value
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Name, Owner
from paver_gcp import marks, places
from paver_gcp.api import Record
from paver_gcp.listing import Look
from paver_gcp.resources.compute import ComputeKind, bare, url
from paver_gcp.settings import GcpSettings

NOUN = "subnet"


class Subnet(Desired):
    """A range of addresses."""

    network: Value
    cidr: IPv4Network
    google_access: bool | None = True
    """Whether machines without a public address reach Google's own APIs."""


class SubnetKind(ComputeKind[Subnet]):
    """`subnet/NETWORK`."""

    noun = NOUN
    collection = "subnetworks"
    place = "regions"
    patched: ClassVar = {"google_access": "privateIpGoogleAccess"}
    fingerprinted = True
    replace: ClassVar[frozenset[str]] = frozenset({"network", "cidr"})

    def body(self, want: Subnet) -> Record:
        """With access to Google's APIs."""
        return {
            "network": url(want.network),
            "ipCidrRange": str(want.cidr),
            "privateIpGoogleAccess": want.google_access,
            "purpose": "PRIVATE",
            "stackType": "IPV4_ONLY",
        }

    def adopting(self, look: Look, wanted: Sequence[Desired]) -> Iterable[tuple[Desired, Record]]:
        """By path, each by itself: they may be another project's."""

        def one(want: Desired) -> tuple[Desired, Record] | None:
            try:
                return want, self.api.read("compute", str(want.adopt))
            except NotFound:
                return None

        return [found for found in look.each(one, wanted) if found is not None]

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With its network."""
        like = Subnet(
            key=key,
            name=marks.implied(owner.name, key),
            network=bare(record["network"]),
            cidr=record["ipCidrRange"],
            google_access=bool(record.get("privateIpGoogleAccess", False)),
        )
        outputs = {"name": record["name"], "network": str(like.network)}
        return self.seen(like, bare(record["selfLink"]), owner, needs=(str(like.network),), outputs=outputs)


def subnet_key(network: Name) -> Key:
    """The key of a network's subnet."""
    return places.key(NOUN, network)


def wanted(spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[Subnet]:
    """One for each network."""
    for name, network in spec.networks.items():
        key = subnet_key(name)
        yield Subnet(
            key=key,
            name=places.native(spec, key),
            adopt=places.subnet_path(settings, name) if network.existing else None,
            network=places.network(spec),
            cidr=spec.cidr(name),
            google_access=None if network.existing else True,
            note=str(spec.cidr(name)),
        )
