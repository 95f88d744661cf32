"""Route tables: one for all subnets that go the same way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from paver.contract.resource import Answer, Attempt, Done, Key, Observed, Value
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_aws import marks, places
from paver_aws.api import Record
from paver_aws.listing import Look
from paver_aws.resources.noun import Ec2Kind, Tagged
from paver_aws.settings import AwsSettings

NOUN = "route-table"


class RouteTable(Tagged):
    """A route table; its routes and its subnets are resources of their own."""

    vpc: Value


class RouteTableKind(Ec2Kind[RouteTable]):
    """`route-table/direct`, `route-table/nat/ZONE`, `route-table/closed`."""

    noun = NOUN
    resource = "route-table"
    described = ("describe_route_tables", "RouteTables")
    identifier = "RouteTableId"
    replace: ClassVar[frozenset[str]] = frozenset({"vpc"})

    def create(self, want: RouteTable, attempt: Attempt) -> Answer:
        """Make it."""
        made = self.api.change(
            "ec2",
            "create_route_table",
            about=want.name,
            VpcId=want.vpc,
            ClientToken=str(attempt.token),
            TagSpecifications=self.specifications(want, attempt),
        )
        return Done(have=self.observed(made["RouteTable"], want.key, attempt.owner))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it."""
        self.remove("ec2", "delete_route_table", have, RouteTableId=have.id)
        return Done(have=None)

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """Without what is in it."""
        tags = marks.labels(self.tags_of(record))
        like = RouteTable(key=key, name=marks.implied(owner.name, key), vpc=record["VpcId"], tags=tags)
        return self.seen(like, record["RouteTableId"], owner, needs=(str(record["VpcId"]),))


def table_key(parts: tuple[str, ...]) -> Key:
    """The key of a table."""
    return places.key(NOUN, *parts)


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[RouteTable]:
    """As many as there are ways."""
    for parts in places.tables(spec, settings):
        yield RouteTable(key=table_key(parts), name=places.native(spec, *parts), vpc=places.vpc(spec))
