"""What the conformance kit needs of this driver: emulated accounts, each with one environment in one zone."""

from __future__ import annotations

import configparser
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar
from uuid import UUID, uuid4

import yaml
from pydantic import JsonValue

from paver.conformance.line import WireLine
from paver.conformance.target import Census, Edit, Site, Target, Thing, texts
from paver.conformance.wire import Wire
from paver.conformance.wire.request import Request
from paver.conformance.wire.route import Route
from paver.conformance.wire.voice import fitting
from paver.contract.types import Owner
from paver_aws.sandbox import foreign
from paver_aws.sandbox.census import FADING, census
from paver_aws.sandbox.example import REGION
from paver_aws.sandbox.stage import Stage

ADMINISTRATOR, NOBODY, ELSEWHERE = "administrator", "nobody", "elsewhere"
"""Profiles of the AWS configuration that leads over the wire."""
LEASE = "/paver-lease-"
ID = re.compile(
    r"(?:vpc|subnet|rtb|sg|i|igw|nat|eipalloc|vpce)-[0-9a-f]{8,17}"
    r"|arn:aws:(?:elasticloadbalancing|kms|iam)[^ ]+|AKIA[0-9A-Z]{16}"
)

EXPECTED = """
access-key of sandbox-blobstore
access-key of sandbox-bosh-cpi
address sandbox-jumpbox
address sandbox-nat-z1
address sandbox-ssh-z1
association on sandbox-closed
association on sandbox-direct
association on sandbox-nat-z1
balancer sandbox-concourse
balancer sandbox-ssh
bucket paver-lease-{owner}
bucket sandbox-blobs-{short}
cidr-reservation 10.20.32.0/24
endpoint sandbox-s3
hosted-zone sandbox.example.com.
instance sandbox-jumpbox
instance-profile sandbox-director
instance-profile sandbox-jumpbox
internet-gateway sandbox
key-pair sandbox
kms-alias alias/sandbox-disks
kms-key sandbox-disks
listener sandbox-concourse 443
listener sandbox-ssh 22
nat-gateway sandbox-z1
policy of role sandbox-director
policy of user sandbox-blobstore
policy of user sandbox-bosh-cpi
record A concourse.sandbox.example.com.
record A jumpbox.sandbox.example.com.
record A ssh.sandbox.example.com.
role sandbox-director
role sandbox-jumpbox
route out of sandbox-direct
route out of sandbox-nat-z1
route-table sandbox-closed
route-table sandbox-direct
route-table sandbox-nat-z1
rules of sandbox-concourse
rules of sandbox-concourse
rules of sandbox-director
rules of sandbox-director
rules of sandbox-director
rules of sandbox-director
rules of sandbox-director
rules of sandbox-director
rules of sandbox-director
rules of sandbox-internal
rules of sandbox-internal
rules of sandbox-internal
rules of sandbox-internal
rules of sandbox-internal
rules of sandbox-internal
rules of sandbox-internal
rules of sandbox-jumpbox
rules of sandbox-ssh
rules of sandbox-ssh
security-group sandbox-concourse
security-group sandbox-director
security-group sandbox-internal
security-group sandbox-jumpbox
security-group sandbox-ssh
subnet sandbox-lb-z1
subnet sandbox-management-z1
subnet sandbox-services-z1
target-group sandbox-concourse-443
target-group sandbox-ssh-22
user sandbox-blobstore
user sandbox-bosh-cpi
volume sandbox-jumpbox
vpc sandbox
"""


class AwsSite(Site):
    """One account, with one of each kind in one zone."""

    lease_things: ClassVar[int] = 1

    def __init__(self, stage: Stage, wire: Wire) -> None:
        self._stage = stage
        self._client = stage.client
        self._owner = Owner(id=uuid4(), name="sandbox")
        self._config = stage.directory / "wire-config"
        self._aws_line = WireLine(wire)
        self.line = self._aws_line
        nobody = {"aws_access_key_id": "AKIANOBODYNOBODYNOBO", "aws_secret_access_key": "no-such-secret"}
        profiles = {ADMINISTRATOR: stage.keys, NOBODY: nobody, ELSEWHERE: stage.elsewhere}
        written = configparser.ConfigParser()
        for name, keys in profiles.items():
            written[f"profile {name}"] = {"region": REGION, "endpoint_url": f"http://{wire.address()}", **keys}
        with self._config.open("w", encoding="utf-8") as file:
            written.write(file)

    def spec(self, owner: UUID) -> str:
        """The sandbox's example, made small, with the account unnamed: the record alone knows it."""
        self._owner = Owner(id=owner, name="sandbox")
        document = yaml.safe_load(self._stage.sandbox.spec(self._stage.directory, owner))
        document |= {"zones": 1, "networks": {"management": {}, "services": {"egress": "none"}, "lb": {}}}
        section = document["iaas"]["aws"]
        section |= {"zones": {"z1": section["zones"]["z1"]}, "config_file": str(self._config), "profile": ADMINISTRATOR}
        del section["account"]
        return yaml.safe_dump(document, sort_keys=False)

    def census(self) -> Census:
        """Everything but keys that fade."""
        return {
            thing.id: Thing(thing.noun, thing.name, thing.state)
            for thing in census(self._client)
            if thing.noun != FADING
        }

    def expected(self) -> Counter[str]:
        """Every noun."""
        id_ = self._owner.id
        return Counter(EXPECTED.format(owner=id_, short=id_.hex[:10]).split("\n")[1:-1])

    def plant(self, owner: UUID) -> None:
        """Half of them another owner's, half nobody's."""
        del owner
        foreign.plant(self._client)

    def clone(self) -> None:
        """A VPC, a subnet, an address, a volume."""
        foreign.restore(self._client, self._owner)

    def edits(self) -> Sequence[Edit]:
        """A rule, a route, a switch of the VPC, a key, a policy, a bucket's versions, a record, a listener."""
        ec2, iam, s3 = self._client("ec2"), self._client("iam"), self._client("s3")
        route53, elb = self._client("route53"), self._client("elbv2")
        blobs = f"sandbox-blobs-{self._owner.id.hex[:10]}"
        every = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        admin = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}

        def key() -> None:
            [found] = iam.list_access_keys(UserName="sandbox-blobstore")["AccessKeyMetadata"]
            iam.update_access_key(UserName="sandbox-blobstore", AccessKeyId=found["AccessKeyId"], Status="Inactive")

        def policy() -> None:
            iam.put_user_policy(UserName="sandbox-bosh-cpi", PolicyName="paver", PolicyDocument=json.dumps(admin))

        def record() -> None:
            zone = next(one for one in self._ids("hosted-zone"))
            [found] = [
                one
                for one in route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
                if one["Name"].startswith("jumpbox.") and one["Type"] == "A"
            ]
            found["ResourceRecords"] = [{"Value": "192.0.2.1"}]
            change = {"Action": "UPSERT", "ResourceRecordSet": found}
            route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})

        def ours(noun: str, name: str) -> str:
            return next(id_ for id_ in self._ids(noun, name))

        return (
            Edit(
                "a group lets everybody in",
                frozenset({"security-rules/jumpbox"}),
                lambda: ec2.authorize_security_group_ingress(
                    GroupId=ours("security-group", "sandbox-jumpbox"), IpPermissions=[every]
                ),
            ),
            Edit(
                "a route is gone",
                frozenset({"route/direct"}),
                lambda: ec2.delete_route(
                    RouteTableId=ours("route-table", "sandbox-direct"), DestinationCidrBlock="0.0.0.0/0"
                ),
            ),
            Edit(
                "names are switched off",
                frozenset({"vpc/sandbox"}),
                lambda: ec2.modify_vpc_attribute(VpcId=ours("vpc", "sandbox"), EnableDnsHostnames={"Value": False}),
            ),
            Edit("a key sleeps", frozenset({"access-key/blobstore"}), key),
            Edit("a user may do everything", frozenset({"policy/user/bosh-cpi"}), policy),
            Edit(
                "versions are suspended",
                frozenset({"bucket/blobs"}),
                lambda: s3.put_bucket_versioning(Bucket=blobs, VersioningConfiguration={"Status": "Suspended"}),
            ),
            Edit("a record leads elsewhere", frozenset({"record/jumpbox"}), record),
            Edit(
                "a listener is gone",
                frozenset({"listener/concourse/443"}),
                lambda: elb.delete_listener(ListenerArn=ours("listener", "sandbox-concourse 443")),
            ),
        )

    def fill(self) -> None:
        """An object in the bucket."""
        blobs = f"sandbox-blobs-{self._owner.id.hex[:10]}"
        self._client("s3").put_object(Bucket=blobs, Key="backups/2026-11-25.tar", Body=b"data")

    def squat(self) -> Counter[str]:
        """A machine of others in a subnet of ours."""
        ec2 = self._client("ec2")
        [image] = ec2.describe_images(Owners=["self"])["Images"]
        subnet = next(self._ids("subnet", "sandbox-services-z1"))
        ec2.run_instances(ImageId=image["ImageId"], SubnetId=subnet, MinCount=1, MaxCount=1)
        lease = f"bucket paver-lease-{self._owner.id}"
        return Counter({"vpc sandbox": 1, "subnet sandbox-services-z1": 1, "instance ?": 1, "volume ?": 1, lease: 1})

    def evict(self) -> None:
        """Their machine goes."""
        self._client("ec2").terminate_instances(InstanceIds=[next(self._ids("instance", "?"))])

    def denied(self) -> Mapping[str, str]:
        """A key that nobody made."""
        return {"PAVER_SPEC__IAAS__AWS__PROFILE": NOBODY}

    def elsewhere(self) -> Mapping[str, str]:
        """A role in another account."""
        return {"PAVER_SPEC__IAAS__AWS__PROFILE": ELSEWHERE}

    def stale(self, seconds: float) -> None:
        """Reads lag."""
        self._aws_line.stale(seconds)

    def given(self) -> Sequence[str]:
        """The key that paver itself comes with."""
        return [self._stage.keys["aws_secret_access_key"]]

    def ids(self, document: Mapping[str, JsonValue]) -> Sequence[str]:
        """Every text that looks like an id of AWS's."""
        return [text for text in texts(dict(document)) if ID.fullmatch(text)]

    def documented(self) -> Counter[str]:
        """The VPC, subnets with their tables, groups, balancers, keys."""
        return Counter(
            {"vpc": 1, "subnet": 3, "route-table": 3, "security-group": 5, "balancer": 2, "access-key": 2, "kms-key": 1}
        )

    def _ids(self, noun: str, name: str = "") -> Iterator[str]:
        return (id_ for id_, thing in self.census().items() if thing.noun == noun and name in {"", thing.name})


class AwsTarget(Target):
    """One emulated account a site, with a wire before it."""

    iaas: ClassVar[str] = "aws"
    preload: ClassVar[Sequence[str]] = (
        *("boto3.session", "boto3.s3.inject", "botocore.crt", "botocore.tokens"),
        "paver_aws.sandbox.preread",
    )

    @contextmanager
    def open(self, directory: Path) -> Iterator[Site]:
        """An empty account."""
        directory.mkdir(parents=True, exist_ok=True)
        stage = Stage(directory)
        try:
            route = Route("127.0.0.1:0", stage.url.removeprefix("http://"))
            with Wire(route, voice=fitting, bookkeeping=_keeps_the_lease) as wire:
                yield AwsSite(stage, wire)
        finally:
            stage.close()


def _keeps_the_lease(request: Request) -> bool:
    return request.path.startswith(LEASE)
