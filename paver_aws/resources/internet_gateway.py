"""The internet gateway: the VPC's way out, and in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from pydantic import JsonValue

from paver.contract.answers import changed, waiting
from paver.contract.resource import Answer, Attempt, Done, Key, Observed, Value
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_aws import marks, places
from paver_aws.api import Record
from paver_aws.listing import Look
from paver_aws.resources.noun import Ec2Kind, Tagged
from paver_aws.settings import AwsSettings

NOUN = "internet-gateway"


class InternetGateway(Tagged):
    """An internet gateway on a VPC."""

    vpc: Value


class InternetGatewayKind(Ec2Kind[InternetGateway]):
    """`internet-gateway/ENVIRONMENT`."""

    noun = NOUN
    resource = "internet-gateway"
    described = ("describe_internet_gateways", "InternetGateways")
    identifier = "InternetGatewayId"

    def create(self, want: InternetGateway, attempt: Attempt) -> Answer:
        """Make it; it is attached next."""
        tags = self.specifications(want, attempt)
        made = self.api.change("ec2", "create_internet_gateway", about=want.name, TagSpecifications=tags)
        return waiting("made, not yet attached", 0.0, id=made["InternetGateway"]["InternetGatewayId"])

    def advance(self, want: InternetGateway | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """Attach it, or delete what is detached."""
        id_ = str(cast("dict[str, JsonValue]", ticket)["id"])
        if want is None:
            self.api.remove("ec2", "delete_internet_gateway", about=id_, InternetGatewayId=id_)
            return Done(have=None)
        return self.change(self.seen(want, id_, attempt.owner), want, "vpc", attempt)

    def change(self, have: Observed, want: InternetGateway, field: str, attempt: Attempt) -> Answer:
        """Attach it."""
        arguments = {"InternetGatewayId": have.id, "VpcId": want.vpc}
        self.api.change("ec2", "attach_internet_gateway", about=have.id, **arguments)
        attached = changed(have, vpc=str(want.vpc))
        return Done(have=cast("Observed", attached.have).model_copy(update={"needs": (str(want.vpc),)}))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Detach it first."""
        if not have.needs:
            return self.advance(None, {"id": have.id}, attempt)
        self.remove("ec2", "detach_internet_gateway", have, InternetGatewayId=have.id, VpcId=have.needs[0])
        return waiting("detached", 0.0, id=have.id)

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With the VPC that it is on."""
        vpc = vpc_of(record)
        like = InternetGateway(
            key=key,
            name=marks.implied(owner.name, key),
            vpc=vpc or "",
            tags=marks.labels(self.tags_of(record)),
        )
        return self.seen(like, record["InternetGatewayId"], owner, needs=(vpc,) if vpc else ())


def vpc_of(record: Record) -> str | None:
    """The VPC that a gateway is attached to."""
    return next((str(attached["VpcId"]) for attached in record.get("Attachments", ())), None)


def behind(look: Look | None) -> tuple[str, ...]:
    """The gateways of the environment: what has a public address goes before they do."""
    if look is None:
        return ()
    return tuple(str(record["InternetGatewayId"]) for _, record in look.claimed(NOUN))


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[InternetGateway]:
    """One, where anything goes out or comes in through it."""
    if places.outside(spec, settings):
        yield InternetGateway(
            key=places.gateway_key(spec),
            name=places.native(spec),
            adopt=settings.internet_gateway,
            vpc=places.vpc(spec),
        )
