"""Loaded by the server that the kit's runs are forked from: what botocore says of AWS is read once, not in each run."""

from __future__ import annotations

from paver_aws.sdk import descriptions

SERVICES = ("ec2", "elbv2", "iam", "kms", "resourcegroupstaggingapi", "route53", "s3", "service-quotas", "sts")
SORTS = ("service-2", "endpoint-rule-set-1", "paginators-1")
SHARED = ("endpoints", "partitions", "sdk-default-configuration")

_loader = descriptions(None)
for _name in SHARED:
    _loader.load_data(_name)
for _service in SERVICES:
    for _sort in SORTS:
        _loader.load_service_model(_service, _sort)
