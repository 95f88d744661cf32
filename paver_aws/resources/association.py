"""Which route table a subnet uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from paver.contract.layout import made
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_aws import marks, places
from paver_aws.api import Record
from paver_aws.listing import Look
from paver_aws.resources.noun import AwsKind
from paver_aws.resources.route_table import table_key
from paver_aws.resources.subnet import NOUN as SUBNET
from paver_aws.resources.subnet import subnet_key
from paver_aws.settings import AwsSettings

NOUN = "association"


class Association(Desired):
    """A subnet on a route table."""

    subnet: Value
    table: Value


class AssociationKind(AwsKind[Association]):
    """`association/NETWORK/ZONE`: it bears no tags, and is its subnet's."""

    noun = NOUN
    replace: ClassVar[frozenset[str]] = frozenset({"subnet"})

    def create(self, want: Association, attempt: Attempt) -> Answer:
        """Make it."""
        arguments = {"SubnetId": want.subnet, "RouteTableId": want.table}
        made = self.api.change("ec2", "associate_route_table", about=want.name, **arguments)
        return Done(have=self._seen(want, made["AssociationId"], attempt.owner))

    def change(self, have: Observed, want: Association, field: str, attempt: Attempt) -> Answer:
        """Another table; the association gets another id."""
        arguments = {"AssociationId": have.id, "RouteTableId": want.table}
        made = self.api.change("ec2", "replace_route_table_association", about=have.id, **arguments)
        return Done(have=self._seen(want, made["NewAssociationId"], attempt.owner))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """The subnet is on the VPC's main table again."""
        self.api.remove("ec2", "disassociate_route_table", about=have.id, AssociationId=have.id)
        return Done(have=None)

    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """Of our subnets, on whichever table: somebody may have moved one by hand."""
        subnets = {subnet["SubnetId"]: key for key, subnet in look.claimed(SUBNET)}
        if not subnets:
            return
        asked = [{"Name": "association.subnet-id", "Values": list(subnets)}]
        for table in look.pages("ec2", "describe_route_tables", "RouteTables", Filters=asked):
            for association in table.get("Associations", ()):
                gone = association.get("AssociationState", {}).get("State") in {"disassociating", "disassociated"}
                key = subnets.get(association.get("SubnetId"))
                if key is not None and not gone:
                    yield Key(kind=NOUN, name=key.name), association

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """On both."""
        name = marks.implied(owner.name, key)
        like = Association(key=key, name=name, subnet=record["SubnetId"], table=record["RouteTableId"])
        return self._seen(like, record["RouteTableAssociationId"], owner)

    def _seen(self, like: Association, id_: str, owner: Owner) -> Observed:
        needs = (str(like.subnet), str(like.table))
        return self.seen(like, id_, owner, proof=Proof.PARENT, needs=needs)


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[Association]:
    """One for each subnet that paver makes."""
    for network in made(spec):
        for zone in spec.network_zones(network):
            table = table_key(places.table_name(spec, settings, network, zone))
            yield Association(
                key=places.key(NOUN, network, zone),
                name=places.native(spec, network, zone),
                subnet=ref(subnet_key(network, zone)),
                table=ref(table),
                note=table.name,
            )
