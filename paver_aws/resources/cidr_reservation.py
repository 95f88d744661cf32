"""CIDR reservations: AWS numbers balancers and gateways by itself, and must leave the static addresses alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from typing import ClassVar

from paver.contract.layout import made
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_aws import marks, places
from paver_aws.api import Record
from paver_aws.listing import Look
from paver_aws.resources.noun import AwsKind
from paver_aws.resources.subnet import NOUN as SUBNET
from paver_aws.resources.subnet import purpose_of, subnet_key
from paver_aws.settings import AwsSettings

NOUN = "cidr-reservation"


class CidrReservation(Desired):
    """The part of a subnet from which AWS hands out nothing unless it is asked for by address."""

    subnet: Value
    cidr: IPv4Network


class CidrReservationKind(AwsKind[CidrReservation]):
    """`cidr-reservation/NETWORK/ZONE`: the one of its subnet whose range the key implies."""

    noun = NOUN
    replace: ClassVar[frozenset[str]] = frozenset({"subnet", "cidr"})

    def create(self, want: CidrReservation, attempt: Attempt) -> Answer:
        """Make it."""
        tags = marks.tags(attempt.owner, want.key, want.name, {})
        made = self.api.change(
            "ec2",
            "create_subnet_cidr_reservation",
            about=want.name,
            SubnetId=want.subnet,
            Cidr=str(want.cidr),
            ReservationType="explicit",
            TagSpecifications=marks.specifications("subnet-cidr-reservation", of=tags),
        )
        return Done(have=self.observed(made["SubnetCidrReservation"], want.key, attempt.owner))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it."""
        self.api.remove("ec2", "delete_subnet_cidr_reservation", about=have.id, SubnetCidrReservationId=have.id)
        return Done(have=None)

    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """One call for every owned subnet of a network of purpose lb: AWS opens one at a time."""
        fronts = [(key, subnet) for key, subnet in look.claimed(SUBNET) if purpose_of(subnet) == "lb"]
        listed = look.each(lambda front: self._in(look, str(front[1]["SubnetId"])), fronts)
        for (key, subnet), found in zip(fronts, listed, strict=True):
            for record in found:
                if IPv4Network(record["Cidr"]) == static_part(IPv4Network(subnet["CidrBlock"])):
                    yield Key(kind=NOUN, name=key.name), record

    def _in(self, look: Look, subnet: str) -> list[Record]:
        return look.pages("ec2", "get_subnet_cidr_reservations", "SubnetIpv4CidrReservations", SubnetId=subnet)

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """It goes with its subnet."""
        like = CidrReservation(
            key=key,
            name=marks.implied(owner.name, key),
            subnet=record["SubnetId"],
            cidr=record["Cidr"],
        )
        return self.seen(
            like, record["SubnetCidrReservationId"], owner, proof=Proof.PARENT, needs=(str(record["SubnetId"]),)
        )


def static_part(block: IPv4Network) -> IPv4Network:
    """A block's first quarter, in which the static addresses are."""
    return next(block.subnets(prefixlen_diff=2))


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[CidrReservation]:
    """One for every subnet of a network of purpose lb that paver makes."""
    del settings
    for network in made(spec):
        if spec.purpose(network) != "lb":
            continue
        for zone, block in spec.blocks(network).items():
            yield CidrReservation(
                key=places.key(NOUN, network, zone),
                name=places.native(spec, network, zone),
                subnet=ref(subnet_key(network, zone)),
                cidr=static_part(block),
                note=str(static_part(block)),
            )
