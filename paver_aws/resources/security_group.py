"""Security groups: who a machine is. What may reach it is a resource of its own, because groups name each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from paver.contract.resource import Answer, Attempt, Done, Key, Observed, Value
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_aws import marks, places, rules
from paver_aws.api import Record
from paver_aws.listing import Look
from paver_aws.resources.noun import Ec2Kind, Tagged
from paver_aws.resources.subnet import squatters
from paver_aws.settings import AwsSettings

NOUN = "security-group"


class SecurityGroup(Tagged):
    """A group of interfaces."""

    vpc: Value


class SecurityGroupKind(Ec2Kind[SecurityGroup]):
    """`security-group/ROLE`, `security-group/BALANCER`."""

    noun = NOUN
    resource = "security-group"
    described = ("describe_security_groups", "SecurityGroups")
    identifier = "GroupId"
    replace: ClassVar[frozenset[str]] = frozenset({"vpc"})

    def create(self, want: SecurityGroup, attempt: Attempt) -> Answer:
        """Make it: everything may go out, nothing may come in."""
        made = self.api.change(
            "ec2",
            "create_security_group",
            about=want.name,
            VpcId=want.vpc,
            GroupName=want.name,
            Description=f"paver: {want.key.name} of {attempt.owner.name}",
            TagSpecifications=self.specifications(want, attempt),
        )
        return Done(have=self.seen(want, made["GroupId"], attempt.owner, needs=(str(want.vpc),)))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it."""
        self.remove("ec2", "delete_security_group", have, GroupId=have.id)
        return Done(have=None)

    def filter_name(self) -> str:
        """Here the filter is not called after the resource."""
        return "group-id"

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """Without its rules."""
        tags = marks.labels(self.tags_of(record))
        like = SecurityGroup(key=key, name=marks.implied(owner.name, key), vpc=record["VpcId"], tags=tags)
        held_by = squatters(look).get(record["GroupId"], ()) if look is not None and look.whole else ()
        return self.seen(like, record["GroupId"], owner, needs=(str(record["VpcId"]),), held_by=held_by)


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[SecurityGroup]:
    """One for each role and each load balancer."""
    for name in rules.groups(spec, settings):
        yield SecurityGroup(key=rules.group_key(name), name=places.native(spec, name), vpc=places.vpc(spec))
