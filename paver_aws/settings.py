"""The section `iaas.aws` of a spec. Credentials are no part of it: they come by boto3's own chain."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from paver.contract.spec import DriverSettings
from paver.contract.types import Frozen, FrozenDict, Map, Name, SpecFile, SshPublicKey, ZoneName

Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$", max_length=32)]
AvailabilityZone = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,4}(-[a-z0-9]+)+[a-z]$", max_length=40)]
"""`eu-west-1a`: the name that it has in this account."""
Account = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
VpcId = Annotated[str, StringConstraints(pattern=r"^vpc-[0-9a-f]{8,17}$")]
GatewayId = Annotated[str, StringConstraints(pattern=r"^igw-[0-9a-f]{8,17}$")]
SubnetId = Annotated[str, StringConstraints(pattern=r"^subnet-[0-9a-f]{8,17}$")]
HostedZoneId = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,32}$")]
ImageId = Annotated[str, StringConstraints(pattern=r"^ami-[0-9a-f]{8,17}$")]
InstanceType = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$", max_length=32)]
KeyArn = Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-zA-Z-]+$")]
PolicyArn = Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/\S+$")]
BucketArn = Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:s3:::[a-z0-9.-]{3,63}(/\S*)?$")]
TagKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:/=+@-]{1,64}$")]
TagValue = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 _.:/=+@-]{0,255}$")]
ImageOwner = Annotated[str, StringConstraints(pattern=r"^([0-9]{12}|self|amazon|aws-marketplace)$")]
Endpoint = Literal["s3", "ec2", "elasticloadbalancing", "sts", "kms"]


class AwsJumpbox(Frozen):
    """The machine that the environment is worked on from."""

    ami: ImageId | None = None
    """Default: the newest image of `owner` whose name fits `pattern`."""
    owner: ImageOwner = "099720109477"
    """Default: Canonical. A name without an owner could be anybody's image."""
    pattern: Annotated[str, StringConstraints(min_length=3, max_length=128)] = (
        "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*"
    )
    user: Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_-]{0,31}$")] = "ubuntu"
    """Whom the image lets in with the key."""
    instance_type: InstanceType = "t3.small"
    disk_gib: Annotated[int, Field(ge=8, le=16384)] = 20


class AwsSettings(DriverSettings):
    """The whole section."""

    region: Region
    """AWS_REGION is not obeyed: a spec means the same on every machine."""
    account: Account | None = None
    """Any other account is refused."""
    zones: Map[ZoneName, AvailabilityZone]
    profile: Annotated[str, StringConstraints(min_length=1, max_length=128)] | None = None
    """A profile of AWS's own configuration; default: AWS_PROFILE, else what boto3's chain finds."""
    config_file: SpecFile | None = None
    """Where that configuration is; default: AWS_CONFIG_FILE, else ~/.aws/config."""
    nat_gateways: Literal["one-a-zone", "one"] = "one-a-zone"
    """`one` is cheaper, and its zone's end is everybody's."""
    endpoints: tuple[Endpoint, ...] = ()
    """Services that are reached without leaving the VPC."""
    vpc: VpcId | None = None
    """A VPC that is there already: used, never changed."""
    internet_gateway: GatewayId | None = None
    """Of that VPC."""
    subnets: Map[Name, Map[ZoneName, SubnetId]] = Field(default_factory=FrozenDict)
    """Of networks that are `existing`, by network and zone."""
    hosted_zone: HostedZoneId | None = None
    """Of `dns.zone`, where that is `existing`."""
    kms_key: KeyArn | None = None
    """A key that is there already, for every datastore that asks for encryption."""
    permissions_boundary: PolicyArn | None = None
    """Put on every role and user."""
    tags: Annotated[Map[TagKey, TagValue], Field(max_length=30)] = Field(default_factory=FrozenDict)
    """Put on everything, beside the spec's labels."""
    flow_logs: BucketArn | None = None
    """The bucket that gets the VPC's flow logs."""
    ssh_public_key: SshPublicKey | None = None
    """For the key pair, where the jumpbox is `existing`; else the jumpbox's own."""
    jumpbox: AwsJumpbox = AwsJumpbox()
