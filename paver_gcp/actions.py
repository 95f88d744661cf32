"""Which permissions each noun takes, for its looks and for its changes (IAM documentation, "Permissions reference")."""

from __future__ import annotations

from typing import NamedTuple


class Permissions(NamedTuple):
    """Of one noun."""

    look: tuple[str, ...]
    change: tuple[str, ...]


def _compute(name: str, *more: str, updates: bool = False) -> Permissions:
    made = [f"compute.{name}.{verb}" for verb in ("create", "delete", *(("update",) if updates else ()))]
    return Permissions((f"compute.{name}.get", f"compute.{name}.list"), (*made, *more))


POLICY = "compute.networks.updatePolicy"
"""Whatever stands in a network is a change of it."""
NOUNS = {
    "address": _compute(
        "addresses",
        "compute.addresses.setLabels",
        "compute.addresses.createInternal",
        "compute.addresses.deleteInternal",
        "compute.subnetworks.use",
    ),
    "backend-service": _compute(
        "regionBackendServices",
        "compute.regionHealthChecks.useReadOnly",
        "compute.instanceGroups.use",
        "compute.networks.use",
        updates=True,
    ),
    "bucket": Permissions(
        ("storage.buckets.list", "storage.buckets.get", "storage.objects.list"),
        ("storage.buckets.create", "storage.buckets.delete", "storage.buckets.update", "storage.objects.delete"),
    ),
    "firewall": _compute("firewalls", POLICY, updates=True),
    "forwarding-rule": _compute(
        "forwardingRules",
        "compute.forwardingRules.setLabels",
        "compute.regionBackendServices.use",
        "compute.addresses.use",
        "compute.addresses.useInternal",
        "compute.networks.use",
        "compute.subnetworks.use",
    ),
    "health-check": _compute("regionHealthChecks", updates=True),
    "hosted-zone": Permissions(
        ("dns.managedZones.list", "dns.managedZones.get"),
        (
            "dns.managedZones.create",
            "dns.managedZones.delete",
            "dns.managedZones.update",
            "dns.networks.bindPrivateDNSZone",
        ),
    ),
    "image": _compute("images", "compute.images.setLabels", "compute.images.useReadOnly", "storage.objects.get"),
    "instance": _compute(
        "instances",
        "compute.addresses.use",
        "compute.disks.create",
        "compute.disks.setLabels",
        "compute.images.useReadOnly",
        "compute.instances.getGuestAttributes",
        "compute.instances.setLabels",
        "compute.instances.setMetadata",
        "compute.instances.setTags",
        "compute.instances.start",
        "compute.subnetworks.use",
        "compute.subnetworks.useExternalIp",
    ),
    "instance-group": _compute("instanceGroups", "compute.networks.use"),
    "nat": Permissions(
        ("compute.routers.get", "compute.routers.list"),
        ("compute.routers.update", POLICY, "compute.addresses.use", "compute.subnetworks.use"),
    ),
    "network": _compute("networks", updates=True),
    "policy": Permissions(
        ("resourcemanager.projects.getIamPolicy", "storage.buckets.getIamPolicy"),
        ("resourcemanager.projects.setIamPolicy", "storage.buckets.setIamPolicy"),
    ),
    "record": Permissions(
        ("dns.resourceRecordSets.list",),
        (
            "dns.changes.create",
            "dns.resourceRecordSets.create",
            "dns.resourceRecordSets.delete",
        ),
    ),
    "role": Permissions(("iam.roles.list",), ("iam.roles.create", "iam.roles.delete", "iam.roles.update")),
    "router": _compute("routers", POLICY),
    "service-account": Permissions(
        ("iam.serviceAccounts.list",),
        (
            "iam.serviceAccounts.create",
            "iam.serviceAccounts.delete",
            "iam.serviceAccounts.disable",
            "iam.serviceAccounts.enable",
            "iam.serviceAccounts.update",
        ),
    ),
    "service-account-key": Permissions(
        ("iam.serviceAccountKeys.list",),
        (
            "iam.serviceAccountKeys.create",
            "iam.serviceAccountKeys.delete",
            "iam.serviceAccountKeys.disable",
            "iam.serviceAccountKeys.enable",
            "iam.serviceAccounts.update",  # its account says that it is stored
        ),
    ),
    "subnet": _compute("subnetworks", POLICY, "compute.subnetworks.setPrivateIpGoogleAccess", updates=True),
}

LEASE = (
    "storage.buckets.create",
    "storage.buckets.delete",
    "storage.buckets.get",
    "storage.objects.create",
    "storage.objects.delete",
    "storage.objects.get",
)
"""Of the shared lease, whatever the spec has."""
ALWAYS = (
    "compute.globalOperations.get",
    "compute.regionOperations.get",
    "compute.zoneOperations.get",
    "resourcemanager.projects.get",
)
PREFLIGHT = (
    "compute.machineTypes.get",
    "compute.projects.get",
    "compute.regions.get",
    "compute.zones.list",
    "serviceusage.services.list",
)
"""What preflight asks beside the nouns' own looks."""
