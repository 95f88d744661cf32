"""Things of others that look like an environment's own: the same names, the same ranges, the same tags."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from paver.contract import names
from paver.contract.resource import Key
from paver.contract.types import Owner
from paver_aws.sandbox.census import Clients
from paver_aws.sandbox.example import REGION

THEIRS = Owner(id=UUID("3f0c7d0e-8a54-4a53-9d1b-0c6a2d9f4e17"), name="sandbox")
WHERE = {"LocationConstraint": REGION}


def plant(clients: Clients) -> None:
    """Twenty of them: half are another owner's under the same environment name, half bear marks without an owner."""
    ec2, elb = clients("ec2"), clients("elbv2")
    subnet = vpc = ""
    for owner in (THEIRS, None):
        vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16", **_tagged("vpc", "vpc/sandbox", owner, "sandbox"))["Vpc"][
            "VpcId"
        ]
        subnet = ec2.create_subnet(
            VpcId=vpc,
            CidrBlock="10.20.0.0/22",
            AvailabilityZone=f"{REGION}a",
            **_tagged("subnet", "subnet/management/z1", owner, "sandbox-management-z1"),
        )["Subnet"]["SubnetId"]
        ec2.create_security_group(
            VpcId=vpc,
            GroupName="sandbox-internal",
            Description="theirs",
            **_tagged("security-group", "security-group/internal", owner, "sandbox-internal"),
        )
        ec2.create_route_table(VpcId=vpc, **_tagged("route-table", "route-table/direct", owner, "sandbox-direct"))
        ec2.create_internet_gateway(**_tagged("internet-gateway", "internet-gateway/sandbox", owner, "sandbox"))
        ec2.allocate_address(Domain="vpc", **_tagged("elastic-ip", "address/nat/z1", owner, "sandbox-nat-z1"))
    elb.create_load_balancer(
        Name="sandbox-theirs",
        Type="network",
        Scheme="internal",
        Subnets=[subnet],
        Tags=_tags("balancer/theirs", THEIRS, "sandbox-theirs"),
    )
    elb.create_target_group(Name="sandbox-theirs", Protocol="TCP", Port=22, VpcId=vpc, TargetType="instance")
    clients("kms").create_key(Tags=[{"TagKey": "paver-owner", "TagValue": str(THEIRS.id)}])
    clients("iam").create_user(UserName="sandbox-theirs", Path=f"/paver/{THEIRS.id}/")
    clients("iam").create_role(RoleName="sandbox-theirs", AssumeRolePolicyDocument=json.dumps({}))
    name = names.global_name(THEIRS.name, THEIRS.id, "blobs")
    clients("s3").create_bucket(Bucket=name, CreateBucketConfiguration=WHERE)
    clients("route53").create_hosted_zone(
        Name="sandbox.example.com",
        CallerReference="theirs",
        HostedZoneConfig={"Comment": names.marker(THEIRS, Key(kind="hosted-zone", name="sandbox.example.com"))},
    )


def restore(clients: Clients, owner: Owner) -> None:
    """Copies with an owner's very marks under other names, as whoever restores a backup makes them."""
    ec2 = clients("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16", **_tagged("vpc", "vpc/sandbox", owner, "sandbox-restored"))["Vpc"]
    ec2.create_subnet(
        VpcId=vpc["VpcId"],
        CidrBlock="10.20.0.0/22",
        AvailabilityZone=f"{REGION}a",
        **_tagged("subnet", "subnet/management/z1", owner, "sandbox-management-z1-restored"),
    )
    ec2.allocate_address(Domain="vpc", **_tagged("elastic-ip", "address/nat/z1", owner, "sandbox-nat-z1-restored"))
    ec2.create_volume(
        AvailabilityZone=f"{REGION}a",
        Size=8,
        **_tagged("volume", "instance/jumpbox", owner, "sandbox-jumpbox-restored"),
    )


def _tagged(resource: str, key: str, owner: Owner | None, name: str) -> Mapping[str, Any]:
    return {"TagSpecifications": [{"ResourceType": resource, "Tags": _tags(key, owner, name)}]}


def _tags(key: str, owner: Owner | None, name: str) -> list[dict[str, str]]:
    marks = names.marks(owner or THEIRS, Key.parse(key))
    if owner is None:
        del marks[names.OWNER]
    return [{"Key": k, "Value": v} for k, v in {**marks, "Name": name}.items()]
