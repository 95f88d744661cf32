"""Target groups: the machines behind one port of a load balancer. BOSH registers them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from paver.contract.resource import Answer, Attempt, Done, Key, Observed, Value
from paver.contract.spec import EnvironmentSpec, LoadBalancer
from paver.contract.types import Owner
from paver_aws import marks, places
from paver_aws.api import Record
from paver_aws.listing import Look
from paver_aws.resources.elb import ElbKind
from paver_aws.resources.noun import Tagged
from paver_aws.settings import AwsSettings

NOUN = "target-group"


class TargetGroup(Tagged):
    """Machines, and the port that they are reached at."""

    vpc: Value
    protocol: str
    port: int


class TargetGroupKind(ElbKind[TargetGroup]):
    """`target-group/BALANCER/PORT`."""

    noun = NOUN
    arn = "TargetGroupArn"
    named = "TargetGroupName"
    replace: ClassVar[frozenset[str]] = frozenset({"vpc", "protocol", "port"})

    def listed(self, look: Look) -> list[Record]:
        """All of the account's."""
        return look.pages("elbv2", "describe_target_groups", "TargetGroups")

    def create(self, want: TargetGroup, attempt: Attempt) -> Answer:
        """Make it; health is whether the port takes a connection."""
        tags = marks.tags(attempt.owner, want.key, want.name, want.tags)
        made = self.api.change(
            "elbv2",
            "create_target_group",
            about=want.name,
            Name=want.name,
            Protocol=want.protocol,
            Port=want.port,
            VpcId=want.vpc,
            TargetType="instance",
            HealthCheckProtocol="TCP",
            Tags=marks.pairs(tags),
        )
        record = {**made["TargetGroups"][0], "Tags": marks.pairs(tags)}
        return Done(have=self.observed(record, want.key, attempt.owner))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it; machines that are registered go on."""
        self.remove("elbv2", "delete_target_group", have, TargetGroupArn=have.id)
        return Done(have=None)

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """In its VPC."""
        like = TargetGroup(
            key=key,
            name=marks.implied(owner.name, key, self.limit),
            vpc=record["VpcId"],
            protocol=record["Protocol"],
            port=record["Port"],
            tags=marks.labels(marks.plain(record.get("Tags"))),
        )
        outputs = {"name": record["TargetGroupName"]}
        return self.seen(like, record["TargetGroupArn"], owner, needs=(str(record["VpcId"]),), outputs=outputs)


def target_group_key(name: str, port: int) -> Key:
    """The key of what is behind one port of a balancer."""
    return places.key(NOUN, name, str(port))


def listeners(balancer: LoadBalancer) -> dict[int, tuple[str, int]]:
    """By port: protocol and target port. A port has one listener, so TCP and UDP of one port share it."""
    found: dict[int, tuple[str, int]] = {}
    for port in balancer.ports:
        protocol = port.protocol.upper()
        found[port.listen] = ("TCP_UDP" if port.listen in found else protocol, port.target)
    return found


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[TargetGroup]:
    """One for each port of each load balancer."""
    del settings
    for name, balancer in spec.load_balancers.items():
        for port, (protocol, target) in listeners(balancer).items():
            yield TargetGroup(
                key=target_group_key(name, port),
                name=places.native(spec, name, str(port), limit=TargetGroupKind.limit),
                vpc=places.vpc(spec),
                protocol=protocol,
                port=target,
                note=f"{protocol} {target}",
            )
