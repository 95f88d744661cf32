"""NAT gateways: the way out of networks that nobody outside may enter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import JsonValue

from paver.contract.answers import later, pending
from paver.contract.errors import Rejected
from paver.contract.resource import Answer, Attempt, Done, Key, Observed, Phase, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_aws import marks, places
from paver_aws.api import Record
from paver_aws.listing import Look
from paver_aws.resources.address import address_key
from paver_aws.resources.internet_gateway import behind
from paver_aws.resources.noun import Tagged
from paver_aws.resources.slow import SlowKind
from paver_aws.resources.subnet import subnet_key
from paver_aws.settings import AwsSettings

NOUN = "nat-gateway"


class NatGateway(Tagged):
    """A NAT gateway in a subnet, under an address."""

    subnet: Value
    address: Value


class NatGatewayKind(SlowKind[NatGateway]):
    """`nat-gateway/ZONE`."""

    noun = NOUN
    resource = "natgateway"
    described = ("describe_nat_gateways", "NatGateways")
    identifier = "NatGatewayId"
    replace: ClassVar[frozenset[str]] = frozenset({"subnet", "address"})

    def create(self, want: NatGateway, attempt: Attempt) -> Answer:
        """Make it; it takes a minute or two."""
        made = self.api.change(
            "ec2",
            "create_nat_gateway",
            about=want.name,
            SubnetId=want.subnet,
            AllocationId=want.address,
            ClientToken=str(attempt.token),
            TagSpecifications=self.specifications(want, attempt),
        )
        return self.answer(made["NatGateway"], want, attempt, None)

    def end(self, have: Observed) -> None:
        """Its subnet cannot go before it has."""
        self.remove("ec2", "delete_nat_gateway", have, NatGatewayId=have.id)

    def exists(self, record: Record) -> bool:
        """A deleted one stays listed for about an hour (Amazon VPC User Guide, "Delete a NAT gateway")."""
        return bool(record["State"] != "deleted")

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """On its subnet and its address; the internet gateway cannot go before it."""
        address = next((a["AllocationId"] for a in record.get("NatGatewayAddresses", ()) if "AllocationId" in a), "")
        like = NatGateway(
            key=key,
            name=marks.implied(owner.name, key),
            subnet=record["SubnetId"],
            address=address,
            tags=marks.labels(self.tags_of(record)),
        )
        seen = self.seen(
            like, record["NatGatewayId"], owner, needs=(str(record["SubnetId"]), str(address), *behind(look))
        )
        match record["State"]:
            case "failed":
                return seen.model_copy(update={"phase": Phase.BROKEN})
            case "pending":
                return pending(seen, {"id": seen.id})
            case "deleting":
                return pending(seen, {"id": seen.id, "going": True})
        return seen

    def answer(self, record: Record, want: NatGateway | None, attempt: Attempt, ticket: JsonValue) -> Answer:
        """Its state; one that is to go and does not say so yet goes."""
        match record["State"]:
            case "failed":
                why = record.get("FailureMessage") or record.get("FailureCode") or "no reason given"
                raise Rejected(f"{record['NatGatewayId']} failed: {why}")
            case "pending":
                return later("pending", ticket, id=record["NatGatewayId"])
            case "deleting":
                return self.going(record["NatGatewayId"], ticket)
        if want is None:
            return self.going(record["NatGatewayId"], ticket)
        return Done(have=self.observed(record, attempt.key, attempt.owner))


def nat_key(zone: str) -> Key:
    """The key of a zone's NAT gateway."""
    return places.key(NOUN, zone)


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[NatGateway]:
    """One in each zone that needs one, or one for all; in the network that has the public route."""
    public = places.front(spec)
    if public is None:
        return
    for zone in places.nat_zones(spec, settings):
        yield NatGateway(
            key=nat_key(zone),
            name=places.native(spec, zone),
            subnet=ref(subnet_key(public, zone)),
            address=ref(address_key("nat", zone)),
            after=(places.gateway_key(spec),),
            note=settings.zones[zone],
        )
