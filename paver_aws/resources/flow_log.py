"""Flow logs: who spoke with whom in the VPC, kept in a bucket of the site's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from paver.contract.resource import Answer, Attempt, Done, Key, Observed, Value
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_aws import marks, places
from paver_aws.api import Record
from paver_aws.listing import Look
from paver_aws.resources.endpoint import unsuccessful
from paver_aws.resources.noun import Ec2Kind, Tagged
from paver_aws.settings import AwsSettings

NOUN = "flow-log"


class FlowLog(Tagged):
    """All traffic of a VPC."""

    vpc: Value
    destination: str


class FlowLogKind(Ec2Kind[FlowLog]):
    """`flow-log/ENVIRONMENT`."""

    noun = NOUN
    resource = "vpc-flow-log"
    described = ("describe_flow_logs", "FlowLogs")
    identifier = "FlowLogId"
    replace: ClassVar[frozenset[str]] = frozenset({"vpc", "destination"})

    def create(self, want: FlowLog, attempt: Attempt) -> Answer:
        """Make it. The call succeeds even where it did nothing."""
        made = self.api.change(
            "ec2",
            "create_flow_logs",
            about=want.name,
            ResourceIds=[want.vpc],
            ResourceType="VPC",
            TrafficType="ALL",
            LogDestinationType="s3",
            LogDestination=want.destination,
            ClientToken=str(attempt.token),
            TagSpecifications=self.specifications(want, attempt),
        )
        unsuccessful(made, "CreateFlowLogs", want.name)
        return Done(have=self._seen(want, made["FlowLogIds"][0], attempt.owner))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it; what was written stays."""
        answer = self.api.remove("ec2", "delete_flow_logs", about=have.id, FlowLogIds=[have.id])
        unsuccessful(answer, "DeleteFlowLogs", have.id)
        return Done(have=None)

    def records(self, look: Look) -> Iterator[tuple[Key, Record]]:
        """By tag; this one operation calls its parameter `Filter`."""
        asked = [{"Name": "tag:paver-owner", "Values": [str(look.owner.id)]}]
        for record in look.pages("ec2", "describe_flow_logs", "FlowLogs", Filter=asked):
            key = marks.claim(self.tags_of(record), look.owner, NOUN)
            if key is not None:
                yield key, record

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """Of its VPC."""
        like = FlowLog(
            key=key,
            name=marks.implied(owner.name, key),
            vpc=record["ResourceId"],
            destination=record["LogDestination"],
            tags=marks.labels(self.tags_of(record)),
        )
        return self._seen(like, record["FlowLogId"], owner)

    def _seen(self, like: FlowLog, id_: str, owner: Owner) -> Observed:
        return self.seen(like, id_, owner, needs=(str(like.vpc),))


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[FlowLog]:
    """One, where the section names a bucket."""
    if settings.flow_logs is not None:
        yield FlowLog(
            key=places.key(NOUN, spec.name),
            name=places.native(spec),
            vpc=places.vpc(spec),
            destination=settings.flow_logs,
        )
