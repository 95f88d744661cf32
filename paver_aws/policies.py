"""What the environment's principals may do in AWS: policies, pure, with no wildcard among their actions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from paver.contract import names
from paver.contract.resource import Key, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import FrozenDict, Name, freeze
from paver_aws.partition import partition
from paver_aws.settings import AwsSettings

Statement = FrozenDict[str, Any]

# bosh.io, "AWS CPI", "IAM Profiles": what the CPI calls. Reading cannot be scoped by resource; nor can the making of
# things that have no id yet, nor the change of machines, which bear BOSH's tags and none of ours.
CPI_READS = (
    "ec2:DescribeAddresses",
    "ec2:DescribeImages",
    "ec2:DescribeInstances",
    "ec2:DescribeRegions",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSnapshots",
    "ec2:DescribeSubnets",
    "ec2:DescribeVolumes",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
)
CPI_CHANGES = (
    "ec2:AssociateAddress",
    "ec2:AttachVolume",
    "ec2:CopyImage",
    "ec2:CreateSnapshot",
    "ec2:CreateTags",
    "ec2:CreateVolume",
    "ec2:DeleteSnapshot",
    "ec2:DeleteVolume",
    "ec2:DeregisterImage",
    "ec2:DetachVolume",
    "ec2:ModifyInstanceAttribute",
    "ec2:RegisterImage",
    "ec2:RunInstances",
    "ec2:TerminateInstances",
)
CPI_TARGETS = ("elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets")
# AWS KMS Developer Guide and EC2 User Guide, "Requirements for Amazon EBS encryption".
KMS_VOLUMES = (
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
KMS_OBJECTS = ("kms:Decrypt", "kms:GenerateDataKey")
BLOBS_BUCKET = ("s3:GetBucketLocation", "s3:ListBucket")
BLOBS_OBJECTS = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject")
USERS = ("bosh-cpi", "blobstore", "dns")
"""What a credential allows that is AWS's to allow; a registry's or the site's own is not."""


def users(spec: EnvironmentSpec) -> tuple[Name, ...]:
    """The credentials that become users."""
    return tuple(name for name, credential in spec.credentials.items() if credential.allows in USERS)


def user(spec: EnvironmentSpec, settings: AwsSettings, name: Name) -> tuple[Statement, ...]:
    """What a credential's user may do."""
    credential = spec.credentials[name]
    if credential.allows == "bosh-cpi":
        return tuple(cpi(spec, settings))
    if credential.allows == "dns":
        return tuple(dns(spec))
    return tuple(blobs(spec, settings, (credential.datastore,) if credential.datastore else object_stores(spec)))


def director(spec: EnvironmentSpec, settings: AwsSettings) -> tuple[Statement, ...]:
    """What a director without keys of its own may do."""
    return (*cpi(spec, settings), *blobs(spec, settings, object_stores(spec)))


def cpi(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[Statement]:
    """Of BOSH's CPI."""
    here = {"StringEquals": {"aws:RequestedRegion": settings.region}}
    prefix = f"arn:{partition(settings.region).name}"
    yield _allow("Read", CPI_READS, "*", here)
    yield _allow("Machines", CPI_CHANGES, "*", here)
    groups = f"{prefix}:elasticloadbalancing:{settings.region}:*:targetgroup/{spec.name}-*/*"
    if spec.load_balancers:
        yield _allow("Targets", CPI_TARGETS, groups)
    roles = f"{prefix}:iam::*:role/paver/{spec.id}/{spec.name}-*"
    yield _allow("Roles", ("iam:PassRole",), roles)
    keys = [kms_arn(settings, name) for name in encrypted(spec) if spec.datastores[name].purpose != "object"]
    if keys:
        yield _allow("Volumes", KMS_VOLUMES, list(dict.fromkeys(keys)))


def blobs(spec: EnvironmentSpec, settings: AwsSettings, stores: Sequence[Name]) -> Iterator[Statement]:
    """Of a blobstore's client: its buckets, and nothing else."""
    if not stores:
        return
    prefix = f"arn:{partition(settings.region).name}:s3:::"
    buckets = [prefix + names.global_name(spec.name, spec.id, store) for store in stores]
    yield _allow("Buckets", BLOBS_BUCKET, buckets)
    yield _allow("Objects", BLOBS_OBJECTS, [f"{bucket}/*" for bucket in buckets])
    keys = [kms_arn(settings, store) for store in stores if store in encrypted(spec)]
    if keys:
        yield _allow("Keys", KMS_OBJECTS, list(dict.fromkeys(keys)))


def dns(spec: EnvironmentSpec) -> Iterator[Statement]:
    """Of whoever writes records."""
    zone = ref(Key(kind="hosted-zone", name=spec.dns.zone), "arn")
    yield _allow("Records", ("route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets"), [zone])
    yield _allow("Zones", ("route53:GetChange", "route53:ListHostedZones"), "*")


def object_stores(spec: EnvironmentSpec) -> tuple[Name, ...]:
    """The datastores that are buckets."""
    return tuple(name for name, store in spec.datastores.items() if store.purpose == "object")


def encrypted(spec: EnvironmentSpec) -> tuple[Name, ...]:
    """The datastores for which encryption is asked: the others have what AWS does by itself."""
    return tuple(name for name, store in spec.datastores.items() if store.encrypted)


def kms_arn(settings: AwsSettings, store: Name) -> Any:
    """The key of a datastore: the section's, else one of its own."""
    return settings.kms_key or ref(Key(kind="kms-key", name=store), "arn")


def _allow(sid: str, actions: Sequence[str], resources: Any, condition: Any = None) -> Statement:
    found: dict[str, Any] = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resources}
    frozen: Statement = freeze({**found, "Condition": condition} if condition else found)
    return frozen
