"""What a region's name says by itself: its partition, and the domain of its endpoints. No SDK, no call."""

from __future__ import annotations

from typing import NamedTuple


class Partition(NamedTuple):
    """A group of regions that share accounts, ARNs and endpoints."""

    name: str
    """As ARNs spell it."""
    domain: str
    """What endpoints end in."""


# AWS General Reference, "Amazon Resource Names" and "Service endpoints"; the first prefix that fits counts.
_PARTITIONS = {
    "cn-": Partition("aws-cn", "amazonaws.com.cn"),
    "us-gov-": Partition("aws-us-gov", "amazonaws.com"),
    "us-isob-": Partition("aws-iso-b", "sc2s.sgov.gov"),
    "us-iso-": Partition("aws-iso", "c2s.ic.gov"),
    "eusc-": Partition("aws-eusc", "amazonaws.eu"),
}
_COMMERCIAL = Partition("aws", "amazonaws.com")


def partition(region: str) -> Partition:
    """The partition of a region."""
    return next((found for prefix, found in _PARTITIONS.items() if region.startswith(prefix)), _COMMERCIAL)


def endpoint(service: str, region: str) -> str:
    """The host where a service of that region answers by default: `ec2.eu-west-1.amazonaws.com`."""
    return f"{service}.{region}.{partition(region).domain}"
