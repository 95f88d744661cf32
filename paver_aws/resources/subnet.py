"""Subnets: a network's part in one zone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import ClassVar, cast

from paver.contract import names
from paver.contract.answers import changed
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Value
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_aws import marks, places
from paver_aws.api import Record
from paver_aws.blockers import interface
from paver_aws.listing import Look
from paver_aws.resources.noun import Ec2Kind, Tagged
from paver_aws.settings import AwsSettings

NOUN = "subnet"


class Subnet(Tagged):
    """A subnet."""

    vpc: Value
    cidr: IPv4Network
    zone: str
    """The availability zone, by the name that it has in this account."""
    purpose: str
    """A tag: what is reserved in it follows from that."""


PURPOSE = "paver-purpose"


class SubnetKind(Ec2Kind[Subnet]):
    """`subnet/NETWORK/ZONE`."""

    noun = NOUN
    resource = "subnet"
    described = ("describe_subnets", "Subnets")
    identifier = "SubnetId"
    replace: ClassVar[frozenset[str]] = frozenset({"vpc", "cidr", "zone"})

    def create(self, want: Subnet, attempt: Attempt) -> Answer:
        """Make it. Nothing in it gets a public address by itself: that is EC2's default."""
        made = self.api.change(
            "ec2",
            "create_subnet",
            about=want.name,
            VpcId=want.vpc,
            CidrBlock=str(want.cidr),
            AvailabilityZone=want.zone,
            TagSpecifications=marks.specifications(self.resource, of=self._tags(want, attempt)),
        )
        return Done(have=self.observed(made["Subnet"], want.key, attempt.owner))

    def change(self, have: Observed, want: Subnet, field: str, attempt: Attempt) -> Answer:
        """Its purpose: a tag."""
        self.tag(have, {PURPOSE: want.purpose})
        return changed(have, purpose=want.purpose)

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it."""
        self.remove("ec2", "delete_subnet", have, SubnetId=have.id)
        return Done(have=None)

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With the id of its zone, which means the same in every account."""
        like = Subnet(
            key=key,
            name=marks.implied(owner.name, key),
            vpc=record["VpcId"],
            cidr=record["CidrBlock"],
            zone=record["AvailabilityZone"],
            purpose=purpose_of(record),
            tags=marks.labels(self.tags_of(record)),
        )
        return self.seen(
            like,
            record["SubnetId"],
            owner,
            needs=(str(record["VpcId"]),),
            outputs={"zone_id": record["AvailabilityZoneId"], "route_table": _table(record, look)},
            held_by=squatters(look).get(record["SubnetId"], ()) if look is not None and look.whole else (),
        )

    def given(self, want: Desired, record: Record, look: Look) -> Observed:
        """An adopted one bears no tag of ours."""
        seen = super().given(want, record, look)
        return seen.model_copy(update={"actual": {**seen.actual, "purpose": cast("Subnet", want).purpose}})

    def _tags(self, want: Subnet, attempt: Attempt) -> dict[str, str]:
        return {**marks.tags(attempt.owner, want.key, want.name, want.tags), PURPOSE: want.purpose}


def purpose_of(record: Record) -> str:
    """What a subnet says that it is for."""
    return marks.plain(record.get("Tags")).get(PURPOSE, "")


def _table(record: Record, look: Look | None) -> str | None:
    """The route table of an adopted subnet: its own, or the VPC's main one."""
    if look is None or not look.whole or not look.adopting(NOUN):
        return None
    asked = [{"Name": "vpc-id", "Values": [record["VpcId"]]}]
    main = None
    for table in look.pages("ec2", "describe_route_tables", "RouteTables", Filters=asked):
        for association in table.get("Associations", ()):
            if association.get("SubnetId") == record["SubnetId"]:
                return str(table["RouteTableId"])
            if association.get("Main"):
                main = str(table["RouteTableId"])
    return main


def squatters(look: Look) -> Mapping[str, tuple[str, ...]]:
    """By the id of a subnet or security group of ours: interfaces on it that are nobody's of ours."""
    return look.once("squatters", lambda: _squatters(look))


def _squatters(look: Look) -> Mapping[str, tuple[str, ...]]:
    subnets = [str(record["SubnetId"]) for _, record in look.claimed(NOUN)]
    if not subnets:
        return {}
    asked = [{"Name": "subnet-id", "Values": subnets}]
    found: dict[str, tuple[str, ...]] = {}
    for record in look.pages("ec2", "describe_network_interfaces", "NetworkInterfaces", Filters=asked):
        if _ours(record, look):
            continue
        look.pass_by()
        for held in (str(record["SubnetId"]), *(str(group["GroupId"]) for group in record.get("Groups", ()))):
            found[held] = (*found.get(held, ()), interface(record))
    return found


def _ours(record: Record, look: Look) -> bool:
    """Whether an interface came with something of ours: by tag, or by the id of what it came with."""
    if marks.plain(record.get("TagSet")).get(names.OWNER) == str(look.owner.id):
        return True
    return record["NetworkInterfaceId"] in look.once("interfaces", lambda: _came_with(look)) or any(
        str(balancer["LoadBalancerArn"]).partition("loadbalancer/")[2] in record.get("Description", "")
        for _, balancer in look.claimed("balancer")
    )


def _came_with(look: Look) -> frozenset[str]:
    gateways = (
        address.get("NetworkInterfaceId", "")
        for _, gateway in look.claimed("nat-gateway")
        for address in gateway.get("NatGatewayAddresses", ())
    )
    endpoints = (id_ for _, endpoint in look.claimed("endpoint") for id_ in endpoint.get("NetworkInterfaceIds", ()))
    machines = (
        interface["NetworkInterfaceId"]
        for _, machine in look.claimed("instance")
        for interface in machine.get("NetworkInterfaces", ())
    )
    return frozenset((*gateways, *endpoints, *machines))


def subnet_key(network: str, zone: str) -> Key:
    """The key of a network's part in a zone."""
    return places.key(NOUN, network, zone)


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[Subnet]:
    """One for every network and zone; of a network that is there already, those that the section names."""
    for network, asked in spec.networks.items():
        given = settings.subnets.get(network, {})
        for zone, block in spec.blocks(network).items():
            yield Subnet(
                key=subnet_key(network, zone),
                name=places.native(spec, network, zone),
                adopt=given.get(zone) if asked.existing else None,
                vpc=places.vpc(spec),
                cidr=block,
                zone=settings.zones[zone],
                purpose=spec.purpose(network),
                note=f"{block} in {settings.zones[zone]}",
            )
