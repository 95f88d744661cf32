"""Every noun of this driver, in the order in which a plan shows what does not depend on each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paver_aws.api import Api
from paver_aws.resources import (
    access_key,
    address,
    association,
    balancer,
    bucket,
    cidr_reservation,
    endpoint,
    flow_log,
    hosted_zone,
    instance,
    instance_profile,
    internet_gateway,
    key_pair,
    kms_alias,
    kms_key,
    listener,
    nat_gateway,
    policy,
    record,
    role,
    route,
    route_table,
    security_group,
    security_rules,
    subnet,
    target_group,
    user,
    vpc,
)
from paver_aws.resources.noun import AwsKind

NOUNS = (
    vpc,
    internet_gateway,
    subnet,
    cidr_reservation,
    address,
    nat_gateway,
    route_table,
    route,
    association,
    security_group,
    security_rules,
    endpoint,
    flow_log,
    key_pair,
    kms_key,
    kms_alias,
    bucket,
    role,
    instance_profile,
    user,
    policy,
    access_key,
    balancer,
    target_group,
    listener,
    hosted_zone,
    record,
    instance,
)

KINDS: tuple[type[AwsKind[Any]], ...] = (
    vpc.VpcKind,
    internet_gateway.InternetGatewayKind,
    subnet.SubnetKind,
    cidr_reservation.CidrReservationKind,
    address.AddressKind,
    nat_gateway.NatGatewayKind,
    route_table.RouteTableKind,
    route.RouteKind,
    association.AssociationKind,
    security_group.SecurityGroupKind,
    security_rules.SecurityRulesKind,
    endpoint.EndpointKind,
    flow_log.FlowLogKind,
    key_pair.KeyPairKind,
    kms_key.KmsKeyKind,
    kms_alias.KmsAliasKind,
    bucket.BucketKind,
    role.RoleKind,
    instance_profile.InstanceProfileKind,
    user.UserKind,
    policy.PolicyKind,
    access_key.AccessKeyKind,
    balancer.BalancerKind,
    target_group.TargetGroupKind,
    listener.ListenerKind,
    hosted_zone.HostedZoneKind,
    record.RecordKind,
    instance.InstanceKind,
)


def kinds(api: Api) -> Mapping[str, AwsKind[Any]]:
    """All kinds, by name."""
    return {kind.noun: kind(api) for kind in KINDS}
