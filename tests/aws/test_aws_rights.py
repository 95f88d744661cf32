"""Who may reach whom, and who may do what: nothing wider than the spec says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from staging import OWNER, staging

from paver.contract.resource import Ref
from paver_aws import policies, rules


def test_only_what_the_spec_calls_public_is_open_to_everyone() -> None:
    spec, settings = staging(load_balancers={"web": {"ports": [443], "public": True}, "inner": {"ports": [443]}})
    open_to_all = {
        group
        for group in rules.groups(spec, settings)
        for source in rules.rules(spec, group).values()
        if source == "0.0.0.0/0"
    }
    assert open_to_all == {"web"}


def test_a_balancer_takes_its_port_from_where_it_is_allowed_and_its_machines_take_theirs_from_it() -> None:
    spec, _ = staging()
    found = rules.rules(spec, "ssh")
    assert found["tcp:22 from 198.51.100.0/24"] == "198.51.100.0/24"
    assert found["tcp:2222 from ssh"] == Ref(to=rules.group_key("ssh"))
    assert len(found) == 2


@pytest.mark.parametrize(
    ("text", "value", "permission"),
    [
        ("tcp:22 from 10.0.0.0/8", "10.0.0.0/8", {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}),
        ("udp:100..200 from fd00::/8", "fd00::/8", {"IpProtocol": "udp", "FromPort": 100, "ToPort": 200}),
        ("all from internal", "sg-1", {"IpProtocol": "-1"}),
        ("all from pl-1", "pl-1", {"IpProtocol": "-1"}),
    ],
)
def test_a_rule_is_read_back_as_it_was_written(text: str, value: str, permission: dict[str, Any]) -> None:
    [made] = rules.permissions({text: value})
    assert permission.items() <= made.items()
    assert rules.read({"IpPermissions": [made]}, {"sg-1": "internal"}) == {text: value}


def every_statement() -> list[dict[str, Any]]:
    spec, settings = staging(
        credentials={
            "bosh-cpi": {"allows": "bosh-cpi"},
            "blobstore": {"allows": "blobstore", "datastore": "blobs"},
            "names": {"allows": "dns"},
        },
        datastores={
            "disks": {"purpose": "persistent", "encrypted": True},
            "blobs": {"purpose": "object", "encrypted": True},
        },
    )
    found = [policies.user(spec, settings, name) for name in policies.users(spec)]
    found.append(policies.director(spec, settings))
    return [dict(statement) for policy in found for statement in policy]


def test_no_policy_names_an_action_with_a_wildcard() -> None:
    assert [action for statement in every_statement() for action in statement["Action"] if "*" in action] == []


def test_what_changes_anything_is_bound_to_a_resource_or_to_the_region() -> None:
    loose = [
        statement["Sid"]
        for statement in every_statement()
        if statement["Resource"] == "*" and "Condition" not in statement
    ]
    assert set(loose) == {"Zones"}  # ListHostedZones and GetChange, which take no resource


def test_a_blobstore_reaches_its_own_bucket_and_key_and_nothing_else() -> None:
    spec, settings = staging()
    statements = policies.user(spec, settings, "blobstore")
    bucket = f"arn:aws:s3:::staging-blobs-{OWNER.replace('-', '')[:10]}"
    assert json.loads(json.dumps([statement["Resource"] for statement in statements])) == [[bucket], [f"{bucket}/*"]]


def test_another_partition_has_arns_of_its_own() -> None:
    section = {"region": "us-gov-west-1", "zones": {"z1": "us-gov-west-1a"}}
    spec, settings = staging(section, zones=1)
    assert all(
        "arn:aws-us-gov:" in str(statement["Resource"]) for statement in policies.user(spec, settings, "blobstore")
    )
