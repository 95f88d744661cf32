"""Quotas: whether what is to be made fits beside what is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from paver.contract.driver import Finding
from paver.contract.findings import bad, good
from paver.contract.resource import Desired
from paver.contract.types import Owner
from paver_gcp.api import Api
from paver_gcp.listing import Look
from paver_gcp.nouns import kinds

GLOBAL = {
    "network": "NETWORKS",
    "subnet": "SUBNETWORKS",
    "firewall": "FIREWALLS",
    "router": "ROUTERS",
    "health-check": "HEALTH_CHECKS",
}
"""By kind, the metric of the project (Compute Engine API Reference, `Quota.metric`)."""
REGIONAL = {"address": "STATIC_ADDRESSES"}
"""The same of the region."""


def room(api: Api, wanted: Sequence[Desired], owner: Owner) -> Iterator[Finding]:
    """Each limit that would be met on the way."""
    project = api.read("compute", f"projects/{api.project}")
    region = api.read("compute", f"projects/{api.project}/regions/{api.region}")
    limits = {**_left(project), **_left(region)}
    metrics = {**GLOBAL, **REGIONAL}
    asked = Counter(want.key.kind for want in wanted if want.adopt is None and _counts(want))
    there = Look(api, kinds(api), owner, wanted, whole=False).inventory(metrics)
    have = Counter(item.kind for item in there.items)
    short = False
    for kind, metric in metrics.items():
        more = asked[kind] - have[kind]
        if more > 0 and metric in limits and more > limits[metric]:
            short = True
            what = f"{more} more of {metric} are wanted, and the quota leaves {limits[metric]}"
            yield bad("quota", what, "raise it in the console (IAM & Admin, Quotas), or free what is not needed")
    if not short:
        yield good("quota", "all of it fits")


def _counts(want: Desired) -> bool:
    """An inner address counts for another quota, whose limit is the subnet's size."""
    return getattr(want, "reach", "EXTERNAL") == "EXTERNAL"


def _left(record: Mapping[str, object]) -> dict[str, int]:
    quotas = record.get("quotas")
    found = quotas if isinstance(quotas, list) else []
    return {str(one["metric"]): int(one["limit"] - one["usage"]) for one in found}
