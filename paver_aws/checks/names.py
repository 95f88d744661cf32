"""Names that account or world share: whether somebody else has one that this environment will take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from paver.contract import names
from paver.contract.driver import Finding
from paver.contract.errors import Denied, NotFound
from paver.contract.findings import bad, good
from paver.contract.resource import Desired
from paver.contract.types import Owner
from paver_aws import marks
from paver_aws.api import Api, Record
from paver_aws.lease import bucket_name
from paver_aws.resources.elb import TAGS_AT_ONCE
from paver_aws.resources.iam import path

Taken = Callable[[Api, Sequence[str], Owner], Iterable[str]]
"""Which of some names somebody else has."""


def taken(api: Api, wanted: Iterable[Desired], owner: Owner) -> Iterator[Finding]:
    """Each name that somebody else has."""
    asked: dict[str, list[str]] = {"bucket": [bucket_name(owner)]}
    for want in wanted:
        if want.key.kind in RIVALS and want.adopt is None:
            asked.setdefault(want.key.kind, []).append(want.name)
    with ThreadPoolExecutor(max_workers=len(asked), thread_name_prefix="preflight-names") as pool:
        found = {kind: pool.submit(lambda k: sorted(RIVALS[k](api, asked[k], owner)), kind) for kind in asked}
        theirs = [(kind, name) for kind, answer in found.items() for name in answer.result()]
    for kind, name in theirs:
        yield bad("names", f"{kind} {name} is somebody else's", "give this environment another name", ("name",))
    if not theirs:
        yield good("names", f"{sum(map(len, asked.values()))} names are free, or this environment's own")


def _principals(method: str, within: str, member: str) -> Taken:
    """From the list of all: of a single one that is on another path IAM says "denied", and not "nobody".

    Two names that differ in case only are one (IAM User Guide, "IAM and STS quotas").
    """

    def theirs(api: Api, asked: Sequence[str], owner: Owner) -> Iterator[str]:
        paths = {one[member].lower(): one["Path"] for one in api.pages("iam", method, within)}
        yield from (name for name in asked if paths.get(name.lower(), path(owner)) != path(owner))

    return theirs


def _key_pairs(api: Api, asked: Sequence[str], owner: Owner) -> Iterator[str]:
    named = [{"Name": "key-name", "Values": list(asked)}]
    for one in api.pages("ec2", "describe_key_pairs", "KeyPairs", Filters=named):
        if not _ours(one.get("Tags"), owner):
            yield one["KeyName"]


def _balanced(method: str, within: str, member: str, arn: str) -> Taken:
    def theirs(api: Api, asked: Sequence[str], owner: Owner) -> Iterator[str]:
        there = {one[arn]: str(one[member]) for one in api.pages("elbv2", method, within) if one[member] in asked}
        arns = list(there)
        for start in range(0, len(arns), TAGS_AT_ONCE):
            part = arns[start : start + TAGS_AT_ONCE]
            tagged = api.pages("elbv2", "describe_tags", "TagDescriptions", ResourceArns=part)
            yield from (there[one["ResourceArn"]] for one in tagged if not _ours(one.get("Tags"), owner))

    return theirs


def _aliases(api: Api, asked: Sequence[str], owner: Owner) -> Iterator[str]:
    for one in api.pages("kms", "list_aliases", "Aliases"):
        if one["AliasName"] in asked and not _our_key(api, one.get("TargetKeyId"), owner):
            yield one["AliasName"]


def _our_key(api: Api, key: str | None, owner: Owner) -> bool:
    if key is None:
        return False
    try:
        tags = api.pages("kms", "list_resource_tags", "Tags", KeyId=key)
    except Denied as error:  # a key whose own policy keeps us out
        if _ours_to_mend(error):
            raise
        return False
    return marks.plain(tags, "TagKey", "TagValue").get(names.OWNER) == str(owner.id)


def _buckets(api: Api, asked: Sequence[str], owner: Owner) -> Iterator[str]:
    """By account: whatever has the name here has the owner's digits in it.

    S3 does not always say why it refuses. The lease's name has all of the owner's id and is nobody else's: where that
    is refused, it is the caller who may not look.
    """
    for name in asked:
        try:
            api.read("s3", "list_objects_v2", about=name, Bucket=name, ExpectedBucketOwner=api.account, MaxKeys=1)
        except NotFound:
            continue
        except Denied as error:
            if _ours_to_mend(error) or name == bucket_name(owner):
                raise
            yield f"{name} (or {error.action} is not allowed)"


def _ours_to_mend(error: Denied) -> bool:
    """Whether it is about the caller: a login that failed, or an action that AWS says no policy of his allows."""
    return not error.action or "not authorized to perform" in error.message


def _ours(tags: Iterable[Record] | None, owner: Owner) -> bool:
    return marks.plain(tags).get(names.OWNER) == str(owner.id)


RIVALS: Mapping[str, Taken] = {
    "user": _principals("list_users", "Users", "UserName"),
    "role": _principals("list_roles", "Roles", "RoleName"),
    "instance-profile": _principals("list_instance_profiles", "InstanceProfiles", "InstanceProfileName"),
    "key-pair": _key_pairs,
    "balancer": _balanced("describe_load_balancers", "LoadBalancers", "LoadBalancerName", "LoadBalancerArn"),
    "target-group": _balanced("describe_target_groups", "TargetGroups", "TargetGroupName", "TargetGroupArn"),
    "kms-alias": _aliases,
    "bucket": _buckets,
}
"""By kind, who has the names that wanted things will take."""
