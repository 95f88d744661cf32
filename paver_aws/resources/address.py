"""Elastic IP addresses."""

from __future__ import annotations

from collections.abc import Iterator

from paver.contract.resource import Answer, Attempt, Done, Key, Observed
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_aws import marks, places
from paver_aws.api import Record
from paver_aws.listing import Look
from paver_aws.resources.noun import Ec2Kind, Tagged
from paver_aws.settings import AwsSettings

NOUN = "address"


class Address(Tagged):
    """A public address that stays."""


class AddressKind(Ec2Kind[Address]):
    """`address/nat/ZONE`, `address/BALANCER/ZONE`, `address/jumpbox`."""

    noun = NOUN
    resource = "elastic-ip"
    described = ("describe_addresses", "Addresses")
    identifier = "AllocationId"

    def create(self, want: Address, attempt: Attempt) -> Answer:
        """Allocate it."""
        tags = self.specifications(want, attempt)
        made = self.api.change("ec2", "allocate_address", about=want.name, Domain="vpc", TagSpecifications=tags)
        found = marks.tags(attempt.owner, want.key, want.name, want.tags)
        return Done(have=self.observed({**made, "Tags": marks.pairs(found)}, want.key, attempt.owner))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Release it."""
        self.remove("ec2", "release_address", have, AllocationId=have.id)
        return Done(have=None)

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With the address itself."""
        tags = marks.labels(self.tags_of(record))
        like = Address(key=key, name=marks.implied(owner.name, key), tags=tags)
        return self.seen(like, record["AllocationId"], owner, outputs={"public_ip": record["PublicIp"]})


def address_key(*parts: str) -> Key:
    """The key of the address of a NAT gateway (`nat`, zone), a balancer (name, zone), the jumpbox."""
    return places.key(NOUN, *parts)


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[Address]:
    """One for each NAT gateway, for each zone of a public balancer, and for a public jumpbox."""
    parts = [("nat", zone) for zone in places.nat_zones(spec, settings)]
    for name, balancer in spec.load_balancers.items():
        if balancer.public:
            parts += [(name, zone) for zone in spec.network_zones(balancer.network)]
    found: list[tuple[str, ...]] = [*parts]
    if spec.jumpbox.public and not spec.jumpbox.existing:
        found.append(("jumpbox",))
    for each in found:
        yield Address(key=address_key(*each), name=places.native(spec, *each))
