"""Every noun of this driver, in the order in which a plan shows what does not depend on each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paver_gcp.api import Api
from paver_gcp.resources import (
    address,
    backend_service,
    bucket,
    firewall,
    forwarding_rule,
    health_check,
    hosted_zone,
    image,
    instance,
    instance_group,
    nat,
    network,
    policy,
    record,
    role,
    router,
    service_account,
    service_account_key,
    subnet,
)
from paver_gcp.resources.noun import GcpKind

NOUNS = (
    network,
    subnet,
    firewall,
    address,
    router,
    nat,
    bucket,
    role,
    service_account,
    service_account_key,
    policy,
    health_check,
    instance_group,
    backend_service,
    forwarding_rule,
    hosted_zone,
    record,
    image,
    instance,
)

KINDS: tuple[type[GcpKind[Any]], ...] = (
    network.NetworkKind,
    subnet.SubnetKind,
    firewall.FirewallKind,
    address.AddressKind,
    router.RouterKind,
    nat.NatKind,
    bucket.BucketKind,
    role.RoleKind,
    service_account.ServiceAccountKind,
    service_account_key.ServiceAccountKeyKind,
    policy.PolicyKind,
    health_check.HealthCheckKind,
    instance_group.InstanceGroupKind,
    backend_service.BackendServiceKind,
    forwarding_rule.ForwardingRuleKind,
    hosted_zone.HostedZoneKind,
    record.RecordKind,
    image.ImageKind,
    instance.InstanceKind,
)


def kinds(api: Api) -> Mapping[str, GcpKind[Any]]:
    """All kinds, by name."""
    return {kind.noun: kind(api) for kind in KINDS}
