"""What each noun asks of IAM: the actions that look, and the actions that make, change and delete.

Spelled as the Service Authorization Reference spells them; a comment says why an action is asked that no call is named
after. `sts:GetCallerIdentity` needs no permission (STS API Reference).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Actions(NamedTuple):
    """The actions of one noun."""

    look: tuple[str, ...]
    change: tuple[str, ...]


EC2_TAGS = ("ec2:CreateTags", "ec2:DeleteTags")
INTERFACES = "ec2:DescribeNetworkInterfaces"
"""What is in the way of a deletion."""

NOUNS: Mapping[str, Actions] = {
    "access-key": Actions(
        ("iam:ListAccessKeys",),
        ("iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:UpdateAccessKey", "iam:TagUser"),
    ),
    "address": Actions(("ec2:DescribeAddresses",), ("ec2:AllocateAddress", "ec2:ReleaseAddress", *EC2_TAGS)),
    "association": Actions(
        ("ec2:DescribeRouteTables", "ec2:DescribeSubnets"),
        ("ec2:AssociateRouteTable", "ec2:DisassociateRouteTable", "ec2:ReplaceRouteTableAssociation"),
    ),
    "balancer": Actions(
        (INTERFACES, "elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeTags"),
        (
            "elasticloadbalancing:CreateLoadBalancer",
            "elasticloadbalancing:DeleteLoadBalancer",
            "elasticloadbalancing:SetSecurityGroups",
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:RemoveTags",
            "iam:CreateServiceLinkedRole",  # the first balancer of an account
        ),
    ),
    "bucket": Actions(
        (
            "s3:ListAllMyBuckets",
            "s3:ListBucketVersions",
            "s3:GetBucketPolicy",
            "s3:GetBucketPublicAccessBlock",
            "s3:GetBucketTagging",
            "s3:GetBucketVersioning",
            "s3:GetEncryptionConfiguration",
        ),
        (
            "s3:CreateBucket",
            "s3:DeleteBucket",
            "s3:DeleteObject",
            "s3:DeleteObjectVersion",
            "s3:PutBucketPolicy",
            "s3:PutBucketPublicAccessBlock",
            "s3:PutBucketTagging",
            "s3:PutBucketVersioning",
            "s3:PutEncryptionConfiguration",
        ),
    ),
    "cidr-reservation": Actions(
        ("ec2:DescribeSubnets", "ec2:GetSubnetCidrReservations"),
        ("ec2:CreateSubnetCidrReservation", "ec2:DeleteSubnetCidrReservation", "ec2:CreateTags"),
    ),
    "endpoint": Actions(
        ("ec2:DescribeVpcEndpoints",),
        (
            "ec2:CreateVpcEndpoint",
            "ec2:DeleteVpcEndpoints",
            "ec2:ModifyVpcEndpoint",
            "route53:AssociateVPCWithHostedZone",  # names of an interface endpoint
            *EC2_TAGS,
        ),
    ),
    "flow-log": Actions(
        ("ec2:DescribeFlowLogs",),
        (
            "ec2:CreateFlowLogs",
            "ec2:DeleteFlowLogs",
            "logs:CreateLogDelivery",  # to a bucket
            "logs:DeleteLogDelivery",
            *EC2_TAGS,
        ),
    ),
    "hosted-zone": Actions(
        ("route53:ListHostedZones", "route53:GetHostedZone"),
        (
            "route53:CreateHostedZone",
            "route53:DeleteHostedZone",
            "route53:AssociateVPCWithHostedZone",  # a private one's first
            "ec2:DescribeVpcs",
        ),
    ),
    "instance": Actions(
        ("ec2:DescribeInstances", "ec2:DescribeVolumes"),
        (
            "ec2:DescribeImages",
            "ec2:DescribeInstanceTypeOfferings",  # preflight
            "ec2:GetConsoleOutput",  # its host key
            "ec2:RunInstances",
            "ec2:TerminateInstances",
            "ec2:StartInstances",
            "ec2:AssociateAddress",
            "ec2:ModifyInstanceAttribute",
            "ec2:ModifyInstanceMetadataOptions",
            "iam:PassRole",  # with its profile
            *EC2_TAGS,
        ),
    ),
    "instance-profile": Actions(
        ("iam:ListInstanceProfiles", "iam:GetInstanceProfile"),
        (
            "iam:CreateInstanceProfile",
            "iam:DeleteInstanceProfile",
            "iam:AddRoleToInstanceProfile",
            "iam:RemoveRoleFromInstanceProfile",
            "iam:TagInstanceProfile",
            "iam:UntagInstanceProfile",
            "iam:PassRole",
        ),
    ),
    "internet-gateway": Actions(
        ("ec2:DescribeInternetGateways",),
        (
            "ec2:CreateInternetGateway",
            "ec2:DeleteInternetGateway",
            "ec2:AttachInternetGateway",
            "ec2:DetachInternetGateway",
            *EC2_TAGS,
        ),
    ),
    "key-pair": Actions(("ec2:DescribeKeyPairs",), ("ec2:ImportKeyPair", "ec2:DeleteKeyPair", *EC2_TAGS)),
    "kms-alias": Actions(("kms:ListAliases", "tag:GetResources"), ("kms:CreateAlias", "kms:DeleteAlias")),
    "kms-key": Actions(
        ("kms:DescribeKey", "kms:GetKeyRotationStatus", "kms:ListResourceTags", "tag:GetResources"),
        (
            "kms:CreateKey",
            "kms:EnableKeyRotation",
            "kms:ScheduleKeyDeletion",
            "kms:TagResource",
            "kms:UntagResource",
        ),
    ),
    "listener": Actions(
        ("elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeLoadBalancers"),
        (
            "elasticloadbalancing:CreateListener",
            "elasticloadbalancing:DeleteListener",
            "elasticloadbalancing:ModifyListener",
            "elasticloadbalancing:AddTags",  # in its create call
        ),
    ),
    "nat-gateway": Actions(("ec2:DescribeNatGateways",), ("ec2:CreateNatGateway", "ec2:DeleteNatGateway", *EC2_TAGS)),
    "policy": Actions(
        ("iam:ListRoles", "iam:ListUsers", "iam:GetRolePolicy", "iam:GetUserPolicy"),
        ("iam:PutRolePolicy", "iam:PutUserPolicy", "iam:DeleteRolePolicy", "iam:DeleteUserPolicy"),
    ),
    "record": Actions(
        ("route53:ListHostedZones", "route53:GetHostedZone", "route53:ListResourceRecordSets"),
        ("route53:ChangeResourceRecordSets",),
    ),
    "role": Actions(
        ("iam:ListRoles", "iam:GetRole"),
        (
            "iam:CreateRole",
            "iam:DeleteRole",
            "iam:UpdateAssumeRolePolicy",
            "iam:PutRolePermissionsBoundary",
            "iam:DeleteRolePermissionsBoundary",
            "iam:TagRole",
            "iam:UntagRole",
        ),
    ),
    "route": Actions(("ec2:DescribeRouteTables",), ("ec2:CreateRoute", "ec2:ReplaceRoute", "ec2:DeleteRoute")),
    "route-table": Actions(("ec2:DescribeRouteTables",), ("ec2:CreateRouteTable", "ec2:DeleteRouteTable", *EC2_TAGS)),
    "security-group": Actions(
        ("ec2:DescribeSecurityGroups", INTERFACES),
        ("ec2:CreateSecurityGroup", "ec2:DeleteSecurityGroup", *EC2_TAGS),
    ),
    "security-rules": Actions(
        ("ec2:DescribeSecurityGroups",),
        ("ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"),
    ),
    "subnet": Actions(("ec2:DescribeSubnets", INTERFACES), ("ec2:CreateSubnet", "ec2:DeleteSubnet", *EC2_TAGS)),
    "target-group": Actions(
        ("elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTags"),
        (
            "elasticloadbalancing:CreateTargetGroup",
            "elasticloadbalancing:DeleteTargetGroup",
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:RemoveTags",
        ),
    ),
    "user": Actions(
        ("iam:ListUsers", "iam:GetUser"),
        (
            "iam:CreateUser",
            "iam:DeleteUser",
            "iam:PutUserPermissionsBoundary",
            "iam:DeleteUserPermissionsBoundary",
            "iam:TagUser",
            "iam:UntagUser",
        ),
    ),
    "vpc": Actions(
        ("ec2:DescribeVpcs", "ec2:DescribeVpcAttribute"),
        ("ec2:CreateVpc", "ec2:DeleteVpc", "ec2:ModifyVpcAttribute", *EC2_TAGS),
    ),
}

LEASE = (
    "s3:ListBucket",  # without it S3 answers that one may not know whether the slip is there
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:CreateBucket",
    "s3:DeleteBucket",
    "s3:PutBucketTagging",
)
"""Of the shared lease, whatever the spec has."""
PREFLIGHT = ("ec2:DescribeRegions", "ec2:DescribeAvailabilityZones")
"""What preflight asks beside the nouns' own looks."""
PEERS = "ec2:DescribeVpcPeeringConnections"
"""What it asks of a VPC that is there already."""
LUXURIES = (
    "servicequotas:GetServiceQuota",
    "servicequotas:GetAWSDefaultServiceQuota",
    "iam:SimulatePrincipalPolicy",
)
"""Where one of these is refused, preflight says what it could not see, and goes on."""
BOUNDING = ("iam:PutRolePermissionsBoundary", "iam:PutUserPermissionsBoundary")
UNBOUNDING = ("iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary")
"""Whoever has a boundary in the section puts it on; whoever has none takes one away."""
