"""Quotas: whether what is to be made fits beside what is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from paver.contract import names
from paver.contract.driver import Finding
from paver.contract.errors import CallError, NotFound
from paver.contract.findings import bad, good, warn
from paver.contract.resource import Desired, Ref
from paver.contract.types import Owner
from paver_aws import marks
from paver_aws.api import Api, Record
from paver_aws.resources.nat_gateway import NatGateway
from paver_aws.resources.subnet import Subnet


class Quota(NamedTuple):
    """A limit of the account in the region (Service Quotas, "AWS services")."""

    kind: str
    service: str
    code: str
    method: tuple[str, str, str]
    """What lists those that count: boto3's service, operation, member of the answer."""
    said: str


QUOTAS = (
    Quota("vpc", "vpc", "L-F678F1CE", ("ec2", "describe_vpcs", "Vpcs"), "VPCs"),
    Quota("address", "ec2", "L-0263D0A3", ("ec2", "describe_addresses", "Addresses"), "elastic addresses"),
    Quota(
        "balancer",
        "elasticloadbalancing",
        "L-69A177A2",
        ("elbv2", "describe_load_balancers", "LoadBalancers"),
        "network load balancers",
    ),
)
NATS = Quota("nat-gateway", "vpc", "L-FE5A380F", ("ec2", "describe_nat_gateways", "NatGateways"), "NAT gateways")
GONE = frozenset({"deleted", "deleting", "failed"})


def room(api: Api, wanted: Sequence[Desired], owner: Owner) -> Iterator[Finding]:
    """Each limit that would be met on the way. One that the service does not tell is a warning, and no more."""
    asked = [quota for quota in (*QUOTAS, NATS) if any(_makes(want, quota) for want in wanted)]
    limits: dict[Quota, int] = {}
    unseen: list[str] = []
    for quota in asked:
        try:
            limits[quota] = _limit(api, quota)
        except CallError as error:
            unseen.append(f"{quota.said} ({error.message})")
    short: list[Finding] = []
    for quota, limit in limits.items():
        short += (_in_zones if quota is NATS else _in_all)(api, quota, limit, wanted, owner)
    yield from short
    if unseen:
        yield warn("quota", f"not seen: {'; '.join(unseen)}", "a limit that is met on the way stops pave there")
    if limits and not short:
        yield good("quota", "what is to be made fits into every limit that was seen")


def _makes(want: Desired, quota: Quota) -> bool:
    return want.key.kind == quota.kind and want.adopt is None


def _limit(api: Api, quota: Quota) -> int:
    asked = {"ServiceCode": quota.service, "QuotaCode": quota.code}
    try:
        found = api.read("service-quotas", "get_service_quota", about=quota.code, **asked)
    except NotFound:  # nobody has ever changed it
        found = api.read("service-quotas", "get_aws_default_service_quota", about=quota.code, **asked)
    return int(found["Quota"]["Value"])


def _counting(api: Api, quota: Quota) -> list[Record]:
    service, method, within = quota.method
    found = api.pages(service, method, within)
    return [one for one in found if one.get("Type", "network") == "network" and not _gone(one.get("State"))]


def _gone(state: object) -> bool:
    """A gateway stays listed for an hour after its end. A balancer's state is a structure, and a listed one counts."""
    return isinstance(state, str) and state in GONE


def _ours(quota: Quota, there: Iterable[Record], wanted: Sequence[Desired], owner: Owner) -> Iterator[bool]:
    named = {want.name for want in wanted if _makes(want, quota)}
    for one in there:
        # Balancers tell no tags in their list. One of that name is ours: else preflight's names say so.
        tagged = marks.plain(one.get("Tags")).get(names.OWNER) == str(owner.id)
        yield tagged or one.get("LoadBalancerName") in named


def _in_all(api: Api, quota: Quota, limit: int, wanted: Sequence[Desired], owner: Owner) -> Iterator[Finding]:
    there = _counting(api, quota)
    needed = sum(_makes(want, quota) for want in wanted) - sum(_ours(quota, there, wanted, owner))
    if needed > limit - len(there):
        yield _short(quota, needed, limit - len(there), limit)


def _in_zones(api: Api, quota: Quota, limit: int, wanted: Sequence[Desired], owner: Owner) -> Iterator[Finding]:
    """A limit for each zone."""
    there = _counting(api, quota)
    subnets = {one["SubnetId"]: one["AvailabilityZone"] for one in api.pages("ec2", "describe_subnets", "Subnets")}
    used = Counter(subnets.get(one.get("SubnetId", ""), "") for one in there)
    ours = Counter(
        subnets.get(one.get("SubnetId", ""), "")
        for one in there
        if marks.plain(one.get("Tags")).get(names.OWNER) == str(owner.id)
    )
    zones = {want.key: want.zone for want in wanted if isinstance(want, Subnet)}
    for want in wanted:
        if isinstance(want, NatGateway) and isinstance(want.subnet, Ref):
            zone = zones[want.subnet.to]
            needed = 1 - ours[zone]
            if needed > limit - used[zone]:
                yield _short(quota, needed, limit - used[zone], limit, f" in {zone}")


def _short(quota: Quota, needed: int, left: int, limit: int, where: str = "") -> Finding:
    what = f"{needed} more {quota.said}{where} are needed, and {max(left, 0)} of {limit} are left"
    return bad("quota", what, f"ask for more in Service Quotas ({quota.code}), or free what is not needed")
