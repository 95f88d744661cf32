"""The VPC: the environment's address space."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import ClassVar, cast

from pydantic import JsonValue

from paver.contract.answers import changed, waiting
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_aws import marks, places
from paver_aws.api import Record
from paver_aws.listing import Look
from paver_aws.resources.noun import Ec2Kind, Tagged
from paver_aws.settings import AwsSettings

SWITCHES = {"dns_support": "enableDnsSupport", "dns_hostnames": "enableDnsHostnames"}


class Vpc(Tagged):
    """A VPC."""

    cidr: IPv4Network
    dns_support: bool = True
    dns_hostnames: bool = True
    """A private zone is served only where both are on (Route 53 Developer Guide, "Private hosted zones")."""


class VpcKind(Ec2Kind[Vpc]):
    """`vpc/ENVIRONMENT`."""

    noun = "vpc"
    resource = "vpc"
    described = ("describe_vpcs", "Vpcs")
    identifier = "VpcId"
    replace: ClassVar[frozenset[str]] = frozenset({"cidr"})

    def create(self, want: Vpc, attempt: Attempt) -> Answer:
        """Make it; a new one has DNS support on and host names off."""
        tags = self.specifications(want, attempt)
        made = self.api.change("ec2", "create_vpc", about=want.name, CidrBlock=str(want.cidr), TagSpecifications=tags)
        return waiting("made; its host names come next", 0.0, id=made["Vpc"]["VpcId"])

    def advance(self, want: Vpc | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """Switch host names on."""
        if want is None:
            return Done(have=None)
        id_ = str(cast("dict[str, JsonValue]", ticket)["id"])
        bare = self.seen(want.model_copy(update={"dns_hostnames": False}), id_, attempt.owner, needs=())
        return self.change(bare, want, "dns_hostnames", attempt) if want.dns_hostnames else Done(have=bare)

    def change(self, have: Observed, want: Vpc, field: str, attempt: Attempt) -> Answer:
        """One switch."""
        value = bool(getattr(want, field))
        name = SWITCHES[field]
        argument = {name[0].upper() + name[1:]: {"Value": value}}
        self.api.change("ec2", "modify_vpc_attribute", about=have.id, VpcId=have.id, **argument)
        return changed(have, **{field: value})

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it; its default group, table and access list go with it."""
        self.remove("ec2", "delete_vpc", have, VpcId=have.id)
        return Done(have=None)

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With both switches, which AWS tells one VPC at a time."""
        like = Vpc(
            key=key,
            name=marks.implied(owner.name, key),
            cidr=record["CidrBlock"],
            tags=marks.labels(self.tags_of(record)),
            dns_support=self._switch(record["VpcId"], SWITCHES["dns_support"]),
            dns_hostnames=self._switch(record["VpcId"], SWITCHES["dns_hostnames"]),
        )
        return self.seen(like, record["VpcId"], owner)

    def given(self, want: Desired, record: Record, look: Look) -> Observed:
        """An adopted one has room for the address space, in whichever of its blocks."""
        seen = super().given(want, record, look)
        space = cast("Vpc", want).cidr
        blocks = [IPv4Network(block["CidrBlock"]) for block in record.get("CidrBlockAssociationSet", ())]
        if any(space.subnet_of(block) for block in blocks):
            return seen.model_copy(update={"actual": {**seen.actual, "cidr": str(space)}})
        return seen

    def _switch(self, id_: str, name: str) -> bool:
        answer = self.api.read("ec2", "describe_vpc_attribute", about=id_, VpcId=id_, Attribute=name)
        return bool(answer[name[0].upper() + name[1:]]["Value"])


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[Vpc]:
    """One."""
    yield Vpc(
        key=places.vpc_key(spec),
        name=places.native(spec),
        adopt=settings.vpc,
        cidr=spec.address_space,
        note=str(spec.address_space),
    )
