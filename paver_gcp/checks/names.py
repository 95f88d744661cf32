"""Names that a project or the world shares: whether somebody else has one that this environment will take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from paver.contract.driver import Finding
from paver.contract.errors import Denied, NotFound
from paver.contract.findings import bad, good, warn
from paver.contract.names import OWNER, read_marker
from paver.contract.resource import Desired
from paver.contract.types import Owner
from paver_gcp.api import Api, Record, quoted
from paver_gcp.lease import bucket_name

COLLECTIONS = {
    "network": ("global", "networks"),
    "firewall": ("global", "firewalls"),
    "image": ("global", "images"),
    "subnet": ("regions", "subnetworks"),
    "router": ("regions", "routers"),
    "address": ("regions", "addresses"),
    "health-check": ("regions", "healthChecks"),
    "backend-service": ("regions", "backendServices"),
    "forwarding-rule": ("regions", "forwardingRules"),
    "instance-group": ("zones", "instanceGroups"),
    "instance": ("zones", "instances"),
}
"""Kinds of Compute, and where their names are unique."""
ELSEWHERE = "this environment, in another project"
AT = ("iaas", "gcp", "project")
Taken = Callable[[Api, str, Sequence[Desired], Owner], Iterable[tuple[str, str]]]
"""Which of some names somebody else has, and who."""


def taken(api: Api, wanted: Iterable[Desired], owner: Owner) -> Iterator[Finding]:
    """Each name that somebody else has."""
    asked: dict[str, list[Desired]] = {}
    for want in wanted:
        if want.adopt is None and want.key.kind in RIVALS:
            asked.setdefault(want.key.kind, []).append(want)
    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="preflight-names") as pool:
        answers = list(pool.map(lambda kind: (kind, sorted(RIVALS[kind](api, kind, asked[kind], owner))), asked))
    answers.append(("bucket", list(_bucket(api, bucket_name(owner), owner))))
    theirs = [(kind, name, who) for kind, found in answers for name, who in found]
    for kind, name, who in theirs:
        if who == ELSEWHERE:
            # Whether this is the right project the record says, which is compared before the first change.
            yield warn("names", f"{kind} {name} is this environment's own, and in another project", path=AT)
            continue
        yield bad("names", f"{kind} {name} belongs to {who}", "give this environment another name", ("name",))
    if not theirs:
        yield good("names", f"{sum(map(len, asked.values())) + 1} names are free, or this environment's own")


def _compute(api: Api, kind: str, asked: Sequence[Desired], owner: Owner) -> Iterator[tuple[str, str]]:
    place, collection = COLLECTIONS[kind]
    prefix = f"name eq {owner.name}.*"
    if place == "zones":
        listed = api.aggregated(f"projects/{api.project}/aggregated/{collection}", collection, filter=prefix)
    else:
        where = "global" if place == "global" else f"regions/{api.region}"
        listed = api.pages("compute", f"projects/{api.project}/{where}/{collection}", "items", filter=prefix)
    wanted = {(want.name, getattr(want, "zone", "")) for want in asked}
    for record in listed:
        zone = str(record.get("zone", "")).rpartition("/")[2] if place == "zones" else ""
        if (record["name"], zone) in wanted and not _ours(record, owner):
            yield record["name"], _whose(record)


def _accounts(api: Api, kind: str, asked: Sequence[Desired], owner: Owner) -> Iterator[tuple[str, str]]:
    del kind
    wanted = {want.name for want in asked}
    for record in api.pages("iam", f"projects/{api.project}/serviceAccounts", "accounts", pageSize=100):
        name = str(record["email"]).partition("@")[0]
        if name in wanted and not _ours(record, owner):
            yield name, _whose(record)


def _zones(api: Api, kind: str, asked: Sequence[Desired], owner: Owner) -> Iterator[tuple[str, str]]:
    del kind
    wanted = {want.name for want in asked}
    for record in api.pages("dns", f"projects/{api.project}/managedZones", "managedZones"):
        if record["name"] in wanted and not _ours(record, owner):
            yield record["name"], _whose(record)


def _buckets(api: Api, kind: str, asked: Sequence[Desired], owner: Owner) -> Iterator[tuple[str, str]]:
    del kind
    for want in asked:
        yield from _bucket(api, want.name, owner)


def _bucket(api: Api, name: str, owner: Owner) -> Iterator[tuple[str, str]]:
    """By project: whatever has the name in this one has the owner's digits in it."""
    try:
        found = api.read("storage", f"b/{quoted(name)}")
    except NotFound:
        return
    except Denied:
        # Of others' buckets Google says that one may not; where that is so of all, the permissions are the finding.
        yield name, "somebody whose buckets may not be looked at"
        return
    if str(found.get("projectNumber", api.number)) != api.number:
        ours = found.get("labels", {}).get(OWNER) == str(owner.id)
        yield name, ELSEWHERE if ours else "another project"


def _ours(record: Record, owner: Owner) -> bool:
    marked = read_marker(record.get("description"))
    return marked is not None and marked[0].id == owner.id


def _whose(record: Record) -> str:
    marked = read_marker(record.get("description"))
    return f"the environment {marked[0].name} ({marked[0].id})" if marked is not None else "nobody that paver knows"


RIVALS: Mapping[str, Taken] = {
    **dict.fromkeys(COLLECTIONS, _compute),
    "service-account": _accounts,
    "hosted-zone": _zones,
    "bucket": _buckets,
}
"""By kind, who has the names that wanted things will take."""
