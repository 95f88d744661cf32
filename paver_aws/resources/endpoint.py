"""VPC endpoints: AWS's own services, reached without leaving the VPC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, cast

from pydantic import JsonValue

from paver.contract.answers import changed, later, pending
from paver.contract.errors import Rejected
from paver.contract.resource import Answer, Attempt, Done, Key, Observed, Phase, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import FrozenDict, Map, Owner
from paver_aws import marks, places, rules
from paver_aws.api import Record
from paver_aws.errors import action, refusal
from paver_aws.listing import Look
from paver_aws.resources.noun import Tagged
from paver_aws.resources.route_table import NOUN as TABLE
from paver_aws.resources.route_table import table_key
from paver_aws.resources.slow import SlowKind
from paver_aws.resources.subnet import NOUN as SUBNET
from paver_aws.resources.subnet import subnet_key
from paver_aws.settings import AwsSettings

NOUN = "endpoint"
GATEWAY, INTERFACE = "Gateway", "Interface"


class Endpoint(Tagged):
    """An endpoint of a service: a gateway's by route table, an interface's by subnet."""

    vpc: Value
    service: str
    sort: str
    tables: Map[str, Value] = FrozenDict()
    subnets: Map[str, Value] = FrozenDict()
    group: Value | None = None


class EndpointKind(SlowKind[Endpoint]):
    """`endpoint/SERVICE`."""

    noun = NOUN
    resource = "vpc-endpoint"
    described = ("describe_vpc_endpoints", "VpcEndpoints")
    identifier = "VpcEndpointId"
    replace: ClassVar[frozenset[str]] = frozenset({"vpc", "service", "sort", "group"})

    def create(self, want: Endpoint, attempt: Attempt) -> Answer:
        """Make it; an interface takes a minute or two."""
        gateway = {"RouteTableIds": list(want.tables.values())}
        interface = {
            "SubnetIds": list(want.subnets.values()),
            "SecurityGroupIds": [want.group],
            "PrivateDnsEnabled": True,
        }
        made = self.api.change(
            "ec2",
            "create_vpc_endpoint",
            about=want.name,
            VpcId=want.vpc,
            ServiceName=want.service,
            VpcEndpointType=want.sort,
            ClientToken=str(attempt.token),
            TagSpecifications=self.specifications(want, attempt),
            **(gateway if want.sort == GATEWAY else interface),
        )
        return self.answer(made["VpcEndpoint"], want, attempt, None)

    def change(self, have: Observed, want: Endpoint, field: str, attempt: Attempt) -> Answer:
        """Its tables, or its subnets."""
        before = set(cast("Mapping[str, str]", have.actual[field]).values())
        after = {str(value) for value in getattr(want, field).values()}
        noun = "RouteTableIds" if field == "tables" else "SubnetIds"
        sides = {f"Add{noun}": sorted(after - before), f"Remove{noun}": sorted(before - after)}
        arguments = {name: ids for name, ids in sides.items() if ids}
        self.api.change("ec2", "modify_vpc_endpoint", about=have.id, VpcEndpointId=have.id, **arguments)
        return changed(have, **{field: dict(getattr(want, field))})

    def end(self, have: Observed) -> None:
        """The call succeeds even where it did nothing."""
        answer = self.api.remove("ec2", "delete_vpc_endpoints", about=have.id, VpcEndpointIds=[have.id])
        unsuccessful(answer, "DeleteVpcEndpoints", have.id)

    def exists(self, record: Record) -> bool:
        """A deleted one stays listed for a while."""
        return str(record["State"]).lower() != "deleted"

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With its tables and subnets, by the names of their keys."""
        tables, subnets = _named(look, TABLE, "RouteTableId"), _named(look, SUBNET, "SubnetId")
        group = next((found["GroupId"] for found in record.get("Groups", ())), None)
        like = Endpoint(
            key=key,
            name=marks.implied(owner.name, key),
            vpc=record["VpcId"],
            service=record["ServiceName"],
            sort=record["VpcEndpointType"],
            tables=FrozenDict({tables.get(id_, id_): id_ for id_ in record.get("RouteTableIds", ())}),
            subnets=FrozenDict({subnets.get(id_, id_): id_ for id_ in record.get("SubnetIds", ())}),
            group=group,
            tags=marks.labels(self.tags_of(record)),
        )
        seen = self._seen(like, record, owner)
        match str(record["State"]).lower():
            case "pending" | "pendingacceptance":
                return pending(seen, {"id": seen.id})
            case "deleting":
                return pending(seen, {"id": seen.id, "going": True})
            case "failed" | "rejected" | "expired":
                return seen.model_copy(update={"phase": Phase.BROKEN})
        return seen

    def answer(self, record: Record, want: Endpoint | None, attempt: Attempt, ticket: JsonValue) -> Answer:
        """Its state; one that is to go and does not say so yet goes."""
        match str(record["State"]).lower():
            case "pending" | "pendingacceptance":
                return later("pending", ticket, id=record["VpcEndpointId"])
            case "deleting":
                return self.going(record["VpcEndpointId"], ticket)
            case "failed" | "rejected" | "expired":
                raise Rejected(f"{record['VpcEndpointId']} ended as {record['State']}")
        if want is None:
            return self.going(record["VpcEndpointId"], ticket)
        return Done(have=self._seen(want, record, attempt.owner))

    def _seen(self, like: Endpoint, record: Record, owner: Owner) -> Observed:
        ids = (like.vpc, *like.tables.values(), *like.subnets.values(), *([like.group] if like.group else ()))
        return self.seen(like, record["VpcEndpointId"], owner, needs=tuple(str(id_) for id_ in ids))


def unsuccessful(answer: Record, operation: str, about: str) -> None:
    """Raise what a call answers about one of several things while it says that it succeeded."""
    for item in answer.get("Unsuccessful", ()):
        raise refusal({"Error": item.get("Error", {})}, f"{operation} {about}", action("ec2", operation), sent=True)


def _named(look: Look | None, noun: str, identifier: str) -> Mapping[str, str]:
    return {} if look is None else {record[identifier]: key.name for key, record in look.claimed(noun)}


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[Endpoint]:
    """One for each service that the section names: S3 by the route tables, the others by an interface in each zone."""
    public = places.front(spec) or next(iter(spec.of_purpose("management")))
    for name in settings.endpoints:
        more: dict[str, Any]
        if name == "s3":
            keys = [table_key(parts) for parts in places.tables(spec, settings)]
            more = {"sort": GATEWAY, "tables": FrozenDict({key.name: ref(key) for key in keys})}
        else:
            keys = [subnet_key(public, zone) for zone in spec.network_zones(public)]
            subnets = FrozenDict({key.name: ref(key) for key in keys})
            more = {"sort": INTERFACE, "subnets": subnets, "group": ref(rules.group_key(rules.ENDPOINTS))}
        yield Endpoint(
            key=places.key(NOUN, name),
            name=places.native(spec, name),
            vpc=places.vpc(spec),
            service=places.service(settings, name),
            note=str(more["sort"]).lower(),
            **more,
        )
