"""What the environment's principals may do: permissions for custom roles, pure, with no predefined role among them."""

from __future__ import annotations

from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Name

# bosh.io, "Google CPI": what the CPI calls, and what Google's own pages say that each call needs. A heavy stemcell goes
# through a bucket that the CPI makes for it.
CPI = (
    "compute.addresses.get",
    "compute.addresses.list",
    "compute.addresses.use",
    "compute.backendServices.get",
    "compute.backendServices.list",
    "compute.diskTypes.get",
    "compute.diskTypes.list",
    "compute.disks.create",
    "compute.disks.createSnapshot",
    "compute.disks.delete",
    "compute.disks.get",
    "compute.disks.list",
    "compute.disks.resize",
    "compute.disks.setLabels",
    "compute.disks.use",
    "compute.disks.useReadOnly",
    "compute.globalOperations.get",
    "compute.images.create",
    "compute.images.delete",
    "compute.images.get",
    "compute.images.list",
    "compute.images.setLabels",
    "compute.images.useReadOnly",
    "compute.instanceGroups.get",
    "compute.instanceGroups.list",
    "compute.instanceGroups.update",
    "compute.instances.attachDisk",
    "compute.instances.create",
    "compute.instances.delete",
    "compute.instances.detachDisk",
    "compute.instances.get",
    "compute.instances.list",
    "compute.instances.reset",
    "compute.instances.setLabels",
    "compute.instances.setMetadata",
    "compute.instances.setTags",
    "compute.instances.start",
    "compute.instances.stop",
    "compute.instances.use",
    "compute.machineTypes.get",
    "compute.machineTypes.list",
    "compute.networks.get",
    "compute.networks.list",
    "compute.projects.get",
    "compute.regionBackendServices.get",
    "compute.regionBackendServices.list",
    "compute.regionOperations.get",
    "compute.regions.get",
    "compute.regions.list",
    "compute.snapshots.create",
    "compute.snapshots.delete",
    "compute.snapshots.get",
    "compute.snapshots.list",
    "compute.snapshots.setLabels",
    "compute.snapshots.useReadOnly",
    "compute.subnetworks.get",
    "compute.subnetworks.list",
    "compute.subnetworks.use",
    "compute.subnetworks.useExternalIp",
    "compute.zoneOperations.get",
    "compute.zones.get",
    "compute.zones.list",
    "storage.buckets.create",
    "storage.buckets.delete",
    "storage.buckets.get",
    "storage.objects.create",
    "storage.objects.delete",
    "storage.objects.get",
)
BLOBS = (
    "storage.buckets.get",
    "storage.objects.create",
    "storage.objects.delete",
    "storage.objects.get",
    "storage.objects.list",
)
DNS = (
    "dns.changes.create",
    "dns.changes.get",
    "dns.managedZones.get",
    "dns.managedZones.list",
    "dns.resourceRecordSets.create",
    "dns.resourceRecordSets.delete",
    "dns.resourceRecordSets.get",
    "dns.resourceRecordSets.list",
    "dns.resourceRecordSets.update",
)
PERMISSIONS = {"bosh-cpi": CPI, "blobstore": BLOBS, "dns": DNS}
"""By what a credential allows, where that is Google's to allow; a registry's or the site's own is not."""


def accounts(spec: EnvironmentSpec) -> tuple[Name, ...]:
    """The credentials that become service accounts."""
    return tuple(name for name, credential in spec.credentials.items() if credential.allows in PERMISSIONS)


def permissions(spec: EnvironmentSpec, name: Name) -> tuple[str, ...]:
    """What a credential's role permits."""
    return PERMISSIONS[spec.credentials[name].allows]


def buckets(spec: EnvironmentSpec, name: Name) -> tuple[Name, ...]:
    """The datastores whose buckets a credential's role is granted on; none: it is granted on the project."""
    credential = spec.credentials[name]
    if credential.allows != "blobstore":
        return ()
    return (credential.datastore,) if credential.datastore else object_stores(spec)


def object_stores(spec: EnvironmentSpec) -> tuple[Name, ...]:
    """The datastores that are buckets."""
    return tuple(name for name, store in spec.datastores.items() if store.purpose == "object")
