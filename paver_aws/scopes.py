"""How far AWS lets an action be narrowed (Service Authorization Reference, "Actions defined by" each service).

What a call makes is judged by the tags that the call brings, what it uses by the tags that are on it: an action that
does both stands in both lists.
"""

from __future__ import annotations

MAKES = frozenset(
    {
        "ec2:AllocateAddress",
        "ec2:CreateFlowLogs",
        "ec2:CreateInternetGateway",
        "ec2:CreateNatGateway",
        "ec2:CreateRouteTable",
        "ec2:CreateSecurityGroup",
        "ec2:CreateSubnet",
        "ec2:CreateVpc",
        "ec2:CreateVpcEndpoint",
        "ec2:ImportKeyPair",
        "ec2:RunInstances",
        "elasticloadbalancing:CreateListener",
        "elasticloadbalancing:CreateLoadBalancer",
        "elasticloadbalancing:CreateTargetGroup",
        "kms:CreateKey",
        "kms:TagResource",
    }
)
"""Allowed where the call itself says that what it makes is this owner's."""

CHILDREN = frozenset(
    {
        "ec2:CreateFlowLogs",
        "ec2:CreateNatGateway",
        "ec2:CreateRouteTable",
        "ec2:CreateSecurityGroup",
        "ec2:CreateSubnet",
        "ec2:CreateVpcEndpoint",
        "ec2:ModifyVpcEndpoint",
        "ec2:RunInstances",
    }
)
"""They use a VPC, subnet or gateway, which may be one that was there already."""

OWNED = CHILDREN | frozenset(
    {
        "ec2:AssociateAddress",
        "ec2:AssociateRouteTable",
        "ec2:AttachInternetGateway",
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:CreateRoute",
        "ec2:CreateSubnetCidrReservation",
        "ec2:CreateTags",
        "ec2:DeleteFlowLogs",
        "ec2:DeleteInternetGateway",
        "ec2:DeleteKeyPair",
        "ec2:DeleteNatGateway",
        "ec2:DeleteRoute",
        "ec2:DeleteRouteTable",
        "ec2:DeleteSecurityGroup",
        "ec2:DeleteSubnet",
        "ec2:DeleteTags",
        "ec2:DeleteVpc",
        "ec2:DeleteVpcEndpoints",
        "ec2:DetachInternetGateway",
        "ec2:DisassociateRouteTable",
        "ec2:ModifyInstanceAttribute",
        "ec2:ModifyInstanceMetadataOptions",
        "ec2:ModifyVpcAttribute",
        "ec2:ReleaseAddress",
        "ec2:ReplaceRoute",
        "ec2:ReplaceRouteTableAssociation",
        "ec2:RevokeSecurityGroupIngress",
        "ec2:StartInstances",
        "ec2:TerminateInstances",
        "elasticloadbalancing:AddTags",
        "elasticloadbalancing:CreateListener",
        "elasticloadbalancing:DeleteListener",
        "elasticloadbalancing:DeleteLoadBalancer",
        "elasticloadbalancing:DeleteTargetGroup",
        "elasticloadbalancing:ModifyListener",
        "elasticloadbalancing:RemoveTags",
        "elasticloadbalancing:SetSecurityGroups",
        "kms:CreateAlias",
        "kms:DeleteAlias",
        "kms:EnableKeyRotation",
        "kms:ScheduleKeyDeletion",
        "kms:TagResource",
        "kms:UntagResource",
    }
)
"""Allowed where what is used, changed or deleted bears this owner's tag."""

ALIASES = frozenset({"kms:CreateAlias", "kms:DeleteAlias"})
"""An alias bears no tags: by its name, beside its key's tag."""

TAGGING = (
    ("TagNew", "ec2:CreateTags", "ec2:CreateAction"),
    ("TagNewBalancers", "elasticloadbalancing:AddTags", "elasticloadbalancing:CreateAction"),
)
"""What tags come by, and the condition that is there only where they come with a create call."""

BOUNDED = frozenset(
    {
        "iam:CreateRole",
        "iam:CreateUser",
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
        "iam:PutUserPermissionsBoundary",
        "iam:PutUserPolicy",
    }
)
"""Whoever may do these may do all that a policy can say, but for the boundary on the role or user."""

PLACELESS = frozenset(
    {
        "iam:ListInstanceProfiles",
        "iam:ListRoles",
        "iam:ListUsers",
        "route53:AssociateVPCWithHostedZone",
        "route53:CreateHostedZone",
        "route53:ListHostedZones",
        "s3:ListAllMyBuckets",
    }
)
"""They name no single thing, or one without an id yet, and are of no region."""
