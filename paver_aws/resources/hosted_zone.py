"""The environment's DNS zone: private to its VPC."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from paver.contract.errors import NotFound
from paver.contract.names import marker, read_marker
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Value
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_aws import places
from paver_aws.api import Record
from paver_aws.listing import Look
from paver_aws.resources.noun import AwsKind
from paver_aws.settings import AwsSettings

NOUN = "hosted-zone"
PREFIX = "/hostedzone/"


class HostedZone(Desired):
    """A zone that machines of the VPC see."""

    vpc: Value | None = None
    """None: a zone that is there already, whoever sees it."""


class HostedZoneKind(AwsKind[HostedZone]):
    """`hosted-zone/ZONE`. Its comment bears the mark: tags would be a call of their own."""

    noun = NOUN
    replace: ClassVar[frozenset[str]] = frozenset({"vpc"})

    def create(self, want: HostedZone, attempt: Attempt) -> Answer:
        """Make it."""
        made = self.api.change(
            "route53",
            "create_hosted_zone",
            about=want.name,
            Name=want.name,
            CallerReference=str(attempt.token),
            VPC={"VPCRegion": self.api.region, "VPCId": want.vpc},
            HostedZoneConfig={"Comment": marker(attempt.owner, want.key), "PrivateZone": True},
        )
        return Done(have=self._seen(want, made["HostedZone"]["Id"], attempt.owner))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it; somebody else's records in it keep it."""
        self.remove("route53", "delete_hosted_zone", have, Id=have.id)
        return Done(have=None)

    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """By comment; each is opened for its VPC, which the list does not tell."""
        near = []
        for record in look.pages("route53", "list_hosted_zones", "HostedZones"):
            marked = read_marker(record.get("Config", {}).get("Comment"))
            name = str(record["Name"]).rstrip(".")
            if marked and marked[0].id == look.owner.id and marked[1] == Key(kind=NOUN, name=name):
                near.append((marked[1], record))
            else:
                look.pass_by()
        for (key, _), opened in zip(near, look.each(lambda one: self._open(one[1]["Id"]), near), strict=True):
            if opened is not None:
                yield key, opened

    def adopting(self, look: Look, wanted: Sequence[Desired]) -> Iterable[tuple[Desired, Record]]:
        """By id."""
        for want in wanted:
            opened = self._open(f"{PREFIX}{want.adopt}")
            if opened is not None and str(opened["Name"]).rstrip(".") == want.name:
                yield want, opened

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With the VPC that sees it."""
        vpc = next((found["VPCId"] for found in record.get("VPCs", ())), None)
        return self._seen(HostedZone(key=key, name=key.name, vpc=vpc), record["Id"], owner)

    def _open(self, id_: str) -> Record | None:
        try:
            found = self.api.read("route53", "get_hosted_zone", about=id_, Id=id_)
        except NotFound:
            return None
        return {**found["HostedZone"], "VPCs": found.get("VPCs", ())}

    def _seen(self, like: HostedZone, id_: str, owner: Owner) -> Observed:
        short = id_.removeprefix(PREFIX)
        arn = f"arn:{self.api.partition}:route53:::hostedzone/{short}"
        needs = (str(like.vpc),) if like.vpc else ()
        return self.seen(like, short, owner, needs=needs, outputs={"arn": arn})


def zone_key(spec: EnvironmentSpec) -> Key:
    """The zone's key."""
    return places.key(NOUN, spec.dns.zone)


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[HostedZone]:
    """One."""
    yield HostedZone(
        key=zone_key(spec),
        name=spec.dns.zone,
        adopt=settings.hosted_zone,
        vpc=None if settings.hosted_zone else places.vpc(spec),
    )
