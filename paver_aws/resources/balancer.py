"""Network load balancers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, cast

from pydantic import JsonValue

from paver.contract.answers import changed, fresh, later, pending
from paver.contract.asking import Shared
from paver.contract.errors import NotFound, Rejected
from paver.contract.resource import Answer, Attempt, Done, Key, Observed, Phase, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import FrozenDict, Map, Owner
from paver_aws import marks, places, rules
from paver_aws.api import Api, Record
from paver_aws.listing import Look
from paver_aws.resources.address import address_key
from paver_aws.resources.elb import ElbKind
from paver_aws.resources.internet_gateway import behind
from paver_aws.resources.noun import Tagged
from paver_aws.resources.subnet import subnet_key
from paver_aws.settings import AwsSettings

NOUN = "balancer"
AT_ONCE = 20
"""DescribeLoadBalancers takes so many (Elastic Load Balancing API Reference)."""
VALUES = 200
"""Of one filter (EC2 API Reference, "List and filter using the CLI and API")."""
PUBLIC, INNER = "internet-facing", "internal"


class Balancer(Tagged):
    """A network load balancer: by availability zone its subnet and, where it is public, its address."""

    scheme: str
    subnets: Map[str, Value]
    addresses: Map[str, Value]
    group: Value


class BalancerKind(ElbKind[Balancer]):
    """`balancer/NAME`."""

    noun = NOUN
    arn = "LoadBalancerArn"
    named = "LoadBalancerName"
    replace: ClassVar[frozenset[str]] = frozenset({"scheme", "subnets", "addresses"})

    def __init__(self, api: Api) -> None:
        super().__init__(api)
        self._watched, self._left = Shared(self._told), Shared(self._interfaces)

    def listed(self, look: Look) -> list[Record]:
        """All of the account's."""
        return look.pages("elbv2", "describe_load_balancers", "LoadBalancers")

    def create(self, want: Balancer, attempt: Attempt) -> Answer:
        """Make it; it takes two minutes or three."""
        made = self.api.change(
            "elbv2",
            "create_load_balancer",
            about=want.name,
            Name=want.name,
            Type="network",
            Scheme=want.scheme,
            SubnetMappings=[
                {"SubnetId": subnet, **({"AllocationId": want.addresses[zone]} if zone in want.addresses else {})}
                for zone, subnet in want.subnets.items()
            ],
            SecurityGroups=[want.group],
            Tags=marks.pairs(marks.tags(attempt.owner, want.key, want.name, want.tags)),
        )
        return self._answer(made["LoadBalancers"][0], want, attempt, None)

    def advance(self, want: Balancer | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """One look: at itself, or at what it left behind."""
        id_ = str(cast("dict[str, JsonValue]", ticket)["id"])
        if want is None:
            return self._going(id_, ticket)
        found = self._watched.look(id_, fresh(ticket))
        if found is None:
            raise NotFound(f"{id_} is gone")
        return self._answer(found, want, attempt, ticket)

    def change(self, have: Observed, want: Balancer, field: str, attempt: Attempt) -> Answer:
        """Its security group."""
        arguments = {"LoadBalancerArn": have.id, "SecurityGroups": [want.group]}
        self.api.change("elbv2", "set_security_groups", about=have.id, **arguments)
        return changed(have, group=str(want.group))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it; its interfaces go some time later, and its subnets cannot go before them."""
        self.remove("elbv2", "delete_load_balancer", have, LoadBalancerArn=have.id)
        return self._going(have.id)

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With the addresses that it answers at."""
        zones: Sequence[Mapping[str, Any]] = record.get("AvailabilityZones", ())
        fixed = {
            zone["ZoneName"]: address["AllocationId"]
            for zone in zones
            for address in zone.get("LoadBalancerAddresses", ())
            if "AllocationId" in address
        }
        group = next(iter(record.get("SecurityGroups", ())), "")
        like = Balancer(
            key=key,
            name=marks.implied(owner.name, key, self.limit),
            scheme=record["Scheme"],
            subnets=FrozenDict({zone["ZoneName"]: zone["SubnetId"] for zone in zones}),
            addresses=FrozenDict(fixed),
            group=group,
            tags=marks.labels(marks.plain(record.get("Tags"))),
        )
        public = record["Scheme"] == PUBLIC
        needs = (*(str(s) for s in like.subnets.values()), *fixed.values(), group, *(behind(look) if public else ()))
        seen = self.seen(
            like,
            record["LoadBalancerArn"],
            owner,
            needs=needs,
            outputs={
                "dns_name": str(record["DNSName"]).lower(),
                "dns_zone": record["CanonicalHostedZoneId"],
                "addresses": _own(zones) if public else self._assigned(record, look),
            },
        )
        match record["State"]["Code"]:
            case "provisioning":
                return pending(seen, {"id": seen.id})
            case "failed":
                return seen.model_copy(update={"phase": Phase.BROKEN})
        return seen

    def _answer(self, record: Record, want: Balancer, attempt: Attempt, ticket: JsonValue) -> Answer:
        match record["State"]["Code"]:
            case "provisioning":
                return later("provisioning", ticket, id=record["LoadBalancerArn"])
            case "failed":
                raise Rejected(f"{want.name} failed: {record['State'].get('Reason', 'no reason given')}")
        tags = marks.tags(attempt.owner, want.key, want.name, want.tags)
        return Done(have=self.observed({**record, "Tags": marks.pairs(tags)}, want.key, attempt.owner))

    def _going(self, arn: str, ticket: JsonValue = None) -> Answer:
        left = self._left.look(arn, fresh(ticket))
        return later("its interfaces are going", ticket, id=arn) if left else Done(have=None)

    def _told(self, arns: Sequence[str]) -> Mapping[str, Record]:
        named = {"LoadBalancerArns": list(arns)} if len(arns) <= AT_ONCE else {}
        found = self.api.pages("elbv2", "describe_load_balancers", "LoadBalancers", **named)
        return {one["LoadBalancerArn"]: one for one in found}

    def _assigned(self, record: Record, look: Look | None) -> dict[str, JsonValue]:
        """By availability zone, what AWS gave an inner one: in a look asked for all of them at once."""
        arn = record["LoadBalancerArn"]
        if look is None:
            found = self._interfaces([arn])
        else:
            found = look.once("inner balancers", lambda: self._interfaces(_inner(look)))
        return {one["AvailabilityZone"]: one["PrivateIpAddress"] for one in found.get(arn, ())}

    def _interfaces(self, arns: Sequence[str]) -> Mapping[str, list[Record]]:
        """What each stands on; AWS says so in their description, and nowhere else."""
        said = {"ELB " + arn.partition("loadbalancer/")[2]: arn for arn in arns}
        found: dict[str, list[Record]] = {}
        told = list(said)
        for first in range(0, len(told), VALUES):
            asked = [{"Name": "description", "Values": told[first : first + VALUES]}]
            for one in self.api.pages("ec2", "describe_network_interfaces", "NetworkInterfaces", Filters=asked):
                found.setdefault(said[one["Description"]], []).append(one)
        return found


def _own(zones: Sequence[Mapping[str, Any]]) -> dict[str, JsonValue]:
    """By availability zone, the addresses that a public one was given."""
    return {
        zone["ZoneName"]: address["IpAddress"]
        for zone in zones
        for address in zone.get("LoadBalancerAddresses", ())
        if "IpAddress" in address
    }


def _inner(look: Look) -> list[str]:
    return [record["LoadBalancerArn"] for _, record in look.claimed(NOUN) if record["Scheme"] == INNER]


def balancer_key(name: str) -> Key:
    """The key of a load balancer."""
    return places.key(NOUN, name)


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[Balancer]:
    """One for each load balancer, in every zone of its network."""
    for name, balancer in spec.load_balancers.items():
        zones = spec.network_zones(balancer.network)
        yield Balancer(
            key=balancer_key(name),
            name=places.native(spec, name, limit=BalancerKind.limit),
            scheme=PUBLIC if balancer.public else INNER,
            subnets=FrozenDict({settings.zones[z]: ref(subnet_key(balancer.network, z)) for z in zones}),
            addresses=FrozenDict(
                {settings.zones[z]: ref(address_key(name, z)) for z in zones} if balancer.public else {}
            ),
            group=ref(rules.group_key(name)),
            after=(places.gateway_key(spec),) if balancer.public else (),
            note="public" if balancer.public else "inner",
        )
