"""The policy that paver itself needs: what the driver calls and nothing else, as narrow as AWS lets it be."""

from __future__ import annotations

import ast
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from accounts import Account
from commands import command
from staging import OWNER, staging

import paver_aws
from paver_aws import policies
from paver_aws.actions import BOUNDING, LEASE, LUXURIES, NOUNS, PEERS, PREFLIGHT, UNBOUNDING
from paver_aws.errors import action
from paver_aws.nouns import KINDS
from paver_aws.permissions import actions, policy

SERVICES = ("ec2", "elbv2", "iam", "kms", "resourcegroupstaggingapi", "route53", "s3", "service-quotas")
FREE = {"sts:GetCallerIdentity"}
CPIS = {"bosh_checks", "bosh_rights"}
"""Modules that log in with the CPI's key."""
BESIDE = {
    "ec2:DeleteTags": "the base of all nouns of EC2 calls it",
    "iam:CreateServiceLinkedRole": "the first balancer of an account",
    "iam:PassRole": "a profile with a role, a machine with a profile",
    "logs:CreateLogDelivery": "flow logs to a bucket",
    "logs:DeleteLogDelivery": "the same",
    "route53:AssociateVPCWithHostedZone": "a private zone's first VPC; names of an interface endpoint",
}
"""Actions that no operation is called after, and what asks for them."""
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"
EVERYTHING: dict[str, Any] = {
    "credentials": {
        "bosh-cpi": {"allows": "bosh-cpi"},
        "blobstore": {"allows": "blobstore", "datastore": "blobs"},
        "names": {"allows": "dns"},
    },
    "section": {
        "endpoints": ["s3", "ec2", "elasticloadbalancing", "sts", "kms"],
        "flow_logs": "arn:aws:s3:::the-sites-logs",
        "permissions_boundary": BOUNDARY,
    },
}
LOOKS = re.compile(r":(Describe|Get|List|Simulate)")


def statements(section: dict[str, Any] | None = None, **neutral: Any) -> dict[str, dict[str, Any]]:
    """By what they are called."""
    document = cast("dict[str, Any]", policy(*staging(section, **neutral)))
    return {statement["Sid"]: statement for statement in document["Statement"]}


def called(*, by_the_cpi: bool = False) -> Iterator[str]:
    """The action of every operation that this driver's source names, the emulator's apart.

    What looks as BOSH's CPI does has the CPI's key in its hands, and is told apart.
    """
    session = boto3.session.Session(aws_access_key_id="nobody", aws_secret_access_key="x")
    operations = {name: session.client(name, region_name="eu-west-1").meta.method_to_api_mapping for name in SERVICES}
    root = Path(paver_aws.__file__).parent
    for file in sorted(root.rglob("*.py")):
        if "sandbox" in file.parts or file.name == "settings.py" or (file.stem in CPIS) is not by_the_cpi:
            continue
        nodes = list(ast.walk(ast.parse(file.read_text())))
        words = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        made = [pattern for node in nodes if isinstance(node, ast.JoinedStr) and (pattern := _pattern(node))]
        beside = {pair for node in nodes for pair in _neighbours(node)}
        for service in SERVICES:
            for method, operation in operations[service].items():
                if "_" not in method or service not in words:
                    continue
                # A method that stands right after its service is no other's.
                elsewhere = any((other, method) in beside for other in SERVICES if other != service)
                named = method in words and ((service, method) in beside or not elsewhere)
                if named or any(pattern.fullmatch(method) for pattern in made):
                    yield action(service, operation)


def _neighbours(node: ast.AST) -> Iterator[tuple[object, object]]:
    """Each two constants that follow one another in a call or a tuple."""
    found = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.Tuple) else []
    values = [one.value if isinstance(one, ast.Constant) else None for one in found]
    yield from itertools.pairwise(values)


def _pattern(node: ast.JoinedStr) -> re.Pattern[str] | None:
    """A method's name that is put together, of a role, a user or an instance profile: `tag_{words}`."""
    parts = [
        re.escape(str(part.value)) if isinstance(part, ast.Constant) else "(role|user|instance_profile)"
        for part in node.values
    ]
    known = any(isinstance(part, ast.Constant) and re.match(r"[a-z]+_", str(part.value)) for part in node.values)
    return re.compile("".join(parts)) if known else None


def every_action() -> set[str]:
    """Whatever a spec may ask for."""
    nouns = {one for noun in NOUNS.values() for one in (*noun.look, *noun.change)}
    return {*nouns, *LEASE, *PREFLIGHT, *LUXURIES, *BOUNDING, *UNBOUNDING, PEERS}


def test_every_noun_says_what_it_asks_for() -> None:
    assert NOUNS.keys() == {kind.noun for kind in KINDS}


def test_what_looks_as_the_cpi_does_calls_what_the_cpi_or_paver_itself_may() -> None:
    there = set(called(by_the_cpi=True))
    cpis = {*policies.CPI_READS, *policies.CPI_CHANGES, *policies.KMS_VOLUMES}
    assert set(policies.CPI_READS) - there <= {"ec2:DescribeImages"}  # `find_image` does that, of another module
    assert there - cpis == {"ec2:DescribeKeyPairs", "iam:GetInstanceProfile", "iam:SimulatePrincipalPolicy"}
    assert there - cpis <= every_action()


def test_every_operation_that_the_driver_calls_is_asked_for_and_nothing_that_it_does_not_call() -> None:
    there = set(called())
    assert len(there) > 130
    assert there - every_action() - FREE == set()
    assert every_action() - there == BESIDE.keys() - there
    assert BESIDE.keys() <= every_action()


def test_no_action_is_a_wildcard() -> None:
    found = [one for statement in statements(**EVERYTHING).values() for one in statement["Action"]]
    assert [one for one in found if "*" in one] == []


def test_whatever_changes_something_is_narrowed_by_a_tag_a_name_or_a_path() -> None:
    loose = {
        one
        for statement in statements(**EVERYTHING).values()
        if statement["Resource"] == ["*"] and "Tag/paver-owner" not in json.dumps(statement.get("Condition", {}))
        for one in statement["Action"]
        if not LOOKS.search(one)
    }
    # They name no thing, or one that has no id yet.
    assert loose == {
        "ec2:DeleteSubnetCidrReservation",
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "route53:AssociateVPCWithHostedZone",
        "route53:CreateHostedZone",
    }


def test_what_is_made_has_to_be_marked_and_what_is_changed_to_bear_the_mark() -> None:
    found = statements()
    assert found["Make"]["Condition"]["StringEquals"] == {
        "aws:RequestedRegion": "eu-west-1",
        "aws:RequestTag/paver-owner": OWNER,
    }
    assert found["Own"]["Condition"]["StringEquals"] == {"aws:ResourceTag/paver-owner": OWNER}
    assert {"ec2:CreateVpc", "ec2:RunInstances", "kms:CreateKey"} <= set(found["Make"]["Action"])
    assert {"ec2:DeleteVpc", "ec2:TerminateInstances", "kms:ScheduleKeyDeletion"} <= set(found["Own"]["Action"])


def test_tags_come_with_a_create_call_or_go_on_what_is_ours() -> None:
    found = statements()
    assert found["TagNew"]["Condition"]["Null"] == {"ec2:CreateAction": "false"}
    others = [
        name
        for name, statement in found.items()
        if {"ec2:CreateTags", "elasticloadbalancing:AddTags"} & set(statement["Action"])
    ]
    assert sorted(others) == ["Own", "TagNew", "TagNewBalancers"]


def test_principals_are_reached_below_the_owners_path_only() -> None:
    found = statements(**EVERYTHING)
    path = f"paver/{OWNER}/*"
    kinds = ("role", "user", "instance-profile")
    assert found["Identities"]["Resource"] == [f"arn:aws:iam::123456789012:{kind}/{path}" for kind in kinds]
    assert found["PassRoles"]["Resource"] == [f"arn:aws:iam::123456789012:role/{path}"]
    apart = {"Identities", "Bounded", "PassRoles", "Linked", "Account"}
    assert {
        name for name, statement in found.items() if any(one.startswith("iam:") for one in statement["Action"])
    } == apart


def test_with_a_boundary_nobody_is_made_or_given_rights_without_it() -> None:
    found = statements(**EVERYTHING)
    assert found["Bounded"]["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}}
    assert {"iam:CreateRole", "iam:CreateUser", "iam:PutRolePolicy"} <= set(found["Bounded"]["Action"])
    assert not set(found["Bounded"]["Action"]) & set(found["Identities"]["Action"])
    assert set(UNBOUNDING).isdisjoint(actions(*staging(EVERYTHING["section"])))
    assert "Bounded" not in statements()


def test_buckets_are_reached_by_names_that_hold_the_owners_id() -> None:
    found = statements()["Buckets"]["Resource"]
    assert found == [
        "arn:aws:s3:::staging-*-7c1f0a525c",
        "arn:aws:s3:::staging-*-7c1f0a525c/*",
        f"arn:aws:s3:::paver-lease-{OWNER}",
        f"arn:aws:s3:::paver-lease-{OWNER}/*",
    ]


def test_records_are_written_under_the_specs_zone_only() -> None:
    found = statements()["Records"]
    assert found["Condition"] == {
        "ForAllValues:StringLike": {
            "route53:ChangeResourceRecordSetsNormalizedRecordNames": ["staging.example.com", "*.staging.example.com"]
        }
    }
    given = statements({"hosted_zone": "Z0123456789"}, dns={"zone": "staging.example.com", "existing": True})
    assert given["Records"]["Resource"] == ["arn:aws:route53:::hostedzone/Z0123456789"]


def test_what_is_there_already_is_named_and_never_made() -> None:
    section = {"vpc": "vpc-0123abcd", "internet_gateway": "igw-0123abcd"}
    found = statements(section)
    assert found["Given"]["Resource"] == [
        "arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-0123abcd",
        "arn:aws:ec2:eu-west-1:123456789012:internet-gateway/igw-0123abcd",
    ]
    asked = actions(*staging(section))
    assert asked.isdisjoint({"ec2:CreateVpc", "ec2:DeleteVpc", "ec2:CreateInternetGateway"})
    assert PEERS in asked
    assert PEERS not in actions(*staging())


@pytest.mark.parametrize(
    ("without", "gone"),
    [
        ({"datastores": {"blobs": {"purpose": "object"}}}, {"kms:CreateKey", "kms:CreateAlias"}),
        ({"load_balancers": {}}, {"elasticloadbalancing:CreateLoadBalancer", "iam:CreateServiceLinkedRole"}),
        ({"dns": {"zone": "staging.example.com", "existing": True}}, {"route53:CreateHostedZone"}),
        ({}, {"ec2:CreateFlowLogs", "logs:CreateLogDelivery", "ec2:CreateVpcEndpoint"}),
    ],
)
def test_what_the_spec_has_not_is_not_asked_for(without: dict[str, Any], gone: set[str]) -> None:
    section = {"hosted_zone": "Z0123456789"} if "dns" in without else None
    assert gone.isdisjoint(actions(*staging(section, **without)))
    assert gone <= every_action()


def test_another_partition_has_arns_of_its_own() -> None:
    section = {"region": "us-gov-west-1", "zones": {"z1": "us-gov-west-1a"}}
    found = statements(section, zones=1).values()
    arns = [arn for statement in found for arn in statement["Resource"] if arn != "*"]
    assert arns
    assert all(arn.startswith("arn:aws-us-gov:") for arn in arns)


def test_the_document_has_room_among_a_roles_own_policies() -> None:
    text = json.dumps(policy(*staging(EVERYTHING["section"], credentials=EVERYTHING["credentials"])))
    assert len(re.sub(r"\s", "", text)) <= 10_240  # IAM User Guide, "IAM and STS quotas"


def test_the_command_prints_it_and_contacts_nobody(account: Account) -> None:
    environment = account.environment("asked")
    account.wire.reset()
    done = command(environment, "permissions")
    assert done.code == 0
    loaded = environment.loaded()
    assert json.loads(done.out) == policy(loaded.spec, cast("Any", loaded.settings))
    assert account.wire.exchanges == ()
