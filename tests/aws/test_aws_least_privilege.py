"""The printed policy is enough, and each of its actions is needed: on an emulated account that enforces IAM.

moto asks for actions. It looks neither at resources nor at conditions, and never asks for what stands in `UNASKED`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from accounts import Document
from census import census
from commands import command
from denials import DESTROY, Lives, part
from enforced import EnforcedAccount, actions_of

from paver import api
from paver_aws.actions import LUXURIES, PEERS
from paver_aws.resources.noun import AwsKind

Change = Callable[[Document], None]

UNASKED = {
    "iam:CreateServiceLinkedRole": "it is asked for beside the making of a balancer",
    "iam:DeleteUserPermissionsBoundary": "moto has no such operation",
    "iam:PassRole": "it is asked for beside what gives a role to something",
    "iam:PutUserPermissionsBoundary": "moto has no such operation",
    "logs:CreateLogDelivery": "it is asked for beside the making of a flow log",
    "logs:DeleteLogDelivery": "the same",
    "route53:AssociateVPCWithHostedZone": "it is asked for beside the making of a zone or an endpoint",
    "s3:DeleteObjectVersion": "moto asks for s3:DeleteObject where many go at once",
    **dict.fromkeys(LUXURIES, "moto has no such operation, or not for these quotas; without it preflight warns"),
}
"""What nobody misses on the emulator, and why."""
PARTS = 30
"""A run in CI takes one of so many parts, another one every day."""
SLOW_PARTS = 15


@pytest.fixture(scope="module")
def enforced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EnforcedAccount]:
    one = EnforcedAccount(tmp_path_factory.mktemp("enforced"))
    yield one
    one.close()


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator shows at once what it was told."""
    monkeypatch.setattr(AwsKind, "settle", 0.5)


def own(document: Document) -> None:
    """Everything that paver makes by itself."""
    document["datastores"]["blobs"]["encrypted"] = True
    document["credentials"]["names"] = {"allows": "dns"}
    document["iaas"]["aws"]["endpoints"] = ["s3", "ec2"]


def sites(enforced: EnforcedAccount) -> Change:
    """What the site has to bring: a boundary, a bucket for logs."""
    s3, iam = enforced.client("s3"), enforced.client("iam")
    s3.create_bucket(Bucket="the-sites-logs", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    everything = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=everything)["Policy"]["Arn"]

    def change(document: Document) -> None:
        own(document)
        document["iaas"]["aws"] |= {"permissions_boundary": boundary, "flow_logs": "arn:aws:s3:::the-sites-logs"}

    return change


@pytest.fixture(scope="module")
def lives(enforced: EnforcedAccount) -> Lives:
    return Lives(enforced, own)


@pytest.fixture(scope="module")
def lives_with_a_boundary(enforced: EnforcedAccount) -> Lives:
    return Lives(enforced, sites(enforced))


def test_with_exactly_the_printed_actions_a_whole_life_is_lived(enforced: EnforcedAccount, lives: Lives) -> None:
    environment = enforced.restricted("exactly", own)
    enforced.grant(actions_of(api.permissions(environment.loaded())))
    before = census(enforced)
    lived = [
        command(environment, *line)
        for line in (
            ("preflight",),
            ("plan",),
            ("pave", "-y"),
            ("verify",),
            ("plan", "--detailed-exitcode"),
            ("status",),
            ("outputs",),
            ("destroy", *DESTROY),
        )
    ]
    assert [one.code for one in lived] == [0] * len(lived), [one.err for one in lived if one.code]
    assert +(census(enforced) - before) == Counter({"kms-key, fading": 2})


def missed(lives: Lives, action: str) -> None:
    denial = lives.without(action)
    if action in UNASKED:
        assert not denial.verb, f"{action} is asked for after all"
    else:
        assert denial.told, f"without {action} {denial.verb or 'nothing'} ended with {denial.outcome}"


def ours(lives: Lives, *others: Lives) -> set[str]:
    """The actions of one spec that no other's lives try."""
    return lives.policy - {action for other in others for action in other.policy}


@pytest.mark.timeout(600)
def test_without_an_action_of_todays_part_it_is_3_and_names_it(lives: Lives) -> None:
    for action in part(ours(lives), dt.datetime.now(dt.UTC).date().toordinal(), PARTS):
        missed(lives, action)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("number", range(SLOW_PARTS))
def test_without_any_one_action_it_is_3_and_names_it(lives: Lives, number: int) -> None:
    for action in part(ours(lives), number, SLOW_PARTS):
        missed(lives, action)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_without_an_action_that_only_a_boundary_or_flow_logs_need_it_is_3_too(
    lives: Lives, lives_with_a_boundary: Lives
) -> None:
    more = ours(lives_with_a_boundary, lives)
    assert {"ec2:CreateFlowLogs", "ec2:DeleteFlowLogs", "iam:PutRolePermissionsBoundary"} <= more
    for action in sorted(more):
        missed(lives_with_a_boundary, action)


def test_preflight_warns_of_what_iam_says_is_not_allowed(enforced: EnforcedAccount, lives: Lives) -> None:
    environment = enforced.restricted("warned", own)
    enforced.grant(lives.policy - {"ec2:CreateVpc", "s3:PutBucketPolicy"})
    warned = command(environment, "preflight")
    assert warned.code == 0
    assert "IAM says that these are not allowed: ec2:CreateVpc, s3:PutBucketPolicy\n" in warned.out
    enforced.grant(
        {one for one in lives.policy if one.split(":")[1].startswith(("Describe", "Get", "List", "Simulate"))}
    )
    assert re.search(r"these are not allowed: (\S+, ){11}\S+ and \d+ more\n", command(environment, "preflight").out)


def test_without_a_look_at_peers_a_given_vpc_is_3_and_names_it(enforced: EnforcedAccount) -> None:
    ec2 = enforced.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]

    def given(document: Document) -> None:
        document["iaas"]["aws"] |= {"vpc": vpc, "internet_gateway": "igw-00000000"}

    environment = enforced.restricted("given", given)
    enforced.grant(actions_of(api.permissions(environment.loaded())) - {PEERS})
    denied = command(environment, "preflight")
    ec2.delete_vpc(VpcId=vpc)
    assert denied.code == 3
    assert PEERS in denied.out


def test_whoever_may_do_nothing_is_told_so_before_anything_is_made(enforced: EnforcedAccount) -> None:
    environment = enforced.restricted("nothing", own)
    enforced.grant([])
    before = census(enforced)
    for line in (("preflight",), ("plan",), ("pave", "-y"), ("destroy", *DESTROY)):
        assert command(environment, *line).code == 3
    assert census(enforced) == before


def test_an_object_that_may_not_be_deleted_ends_destroy_instead_of_being_tried_for_ever(
    enforced: EnforcedAccount, lives: Lives
) -> None:
    denial = lives.without("s3:DeleteObject")
    assert denial.told
    assert denial.verb in {"pave", "destroy"}
