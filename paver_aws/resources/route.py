"""The default route of a table: to the internet gateway, or to a NAT gateway."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from paver.contract.answers import changed
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_aws import marks, places
from paver_aws.api import Record
from paver_aws.listing import Look
from paver_aws.resources.nat_gateway import nat_key
from paver_aws.resources.noun import AwsKind
from paver_aws.resources.route_table import NOUN as TABLE
from paver_aws.resources.route_table import table_key
from paver_aws.settings import AwsSettings

NOUN = "route"
EVERYWHERE = "0.0.0.0/0"
TARGETS = {"igw": "GatewayId", "nat": "NatGatewayId"}


class Route(Desired):
    """The default route."""

    table: Value
    target: Value


class RouteKind(AwsKind[Route]):
    """`route/TABLE`: it bears no tags, and is its table's."""

    noun = NOUN
    replace: ClassVar[frozenset[str]] = frozenset({"table"})

    def create(self, want: Route, attempt: Attempt) -> Answer:
        """Make it."""
        self._send("create_route", str(want.table), str(want.target))
        return Done(have=self._seen(want, str(want.table), str(want.target), attempt.owner))

    def change(self, have: Observed, want: Route, field: str, attempt: Attempt) -> Answer:
        """Lead it elsewhere."""
        self._send("replace_route", str(want.table), str(want.target))
        return changed(have, target=str(want.target))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it."""
        self.api.remove(
            "ec2", "delete_route", about=have.id, RouteTableId=have.needs[0], DestinationCidrBlock=EVERYWHERE
        )
        return Done(have=None)

    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """From our tables."""
        for key, table in look.claimed(TABLE):
            for route in table.get("Routes", ()):
                if route.get("DestinationCidrBlock") == EVERYWHERE:
                    yield Key(kind=NOUN, name=key.name), {**route, "RouteTableId": table["RouteTableId"]}

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """On its table and its target."""
        table, target = str(record["RouteTableId"]), _target(record)
        like = Route(key=key, name=marks.implied(owner.name, key), table=table, target=target)
        return self._seen(like, table, target, owner)

    def _seen(self, like: Route, table: str, target: str, owner: Owner) -> Observed:
        return self.seen(like, f"{table} {EVERYWHERE}", owner, proof=Proof.PARENT, needs=(table, target))

    def _send(self, method: str, table: str, target: str) -> None:
        where = {TARGETS[target.partition("-")[0]]: target}
        self.api.change("ec2", method, about=table, RouteTableId=table, DestinationCidrBlock=EVERYWHERE, **where)


def _target(record: Record) -> str:
    found = (record.get(name) for name in ("NatGatewayId", "GatewayId", "TransitGatewayId", "NetworkInterfaceId"))
    return next((str(target) for target in found if target), "")


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[Route]:
    """One for each table that leads anywhere."""
    zones = places.nat_zones(spec, settings)
    for parts in places.tables(spec, settings):
        if parts[0] == "closed":
            continue
        zone = zones[0] if parts == ("nat", "all") else parts[-1]
        target = places.gateway_key(spec) if parts[0] == "direct" else nat_key(zone)
        yield Route(
            key=places.key(NOUN, *parts),
            name=places.native(spec, *parts),
            table=ref(table_key(parts)),
            target=ref(target),
            note=f"{EVERYWHERE} by {target}",
        )
