"""Where section and spec do not fit together: told by path, before anything is asked of AWS."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from staging import staging

from paver_aws.section import section_problems

EXISTING = {"management": {}, "workload": {"existing": True}, "lb": {}}


def told(section: dict[str, Any] | None = None, **neutral: Any) -> list[tuple[str, str]]:
    return [(".".join(map(str, path)), what) for path, what in section_problems(*staging(section, **neutral))]


def test_the_spec_of_the_documentation_has_none() -> None:
    assert told() == []


@pytest.mark.parametrize(
    ("section", "neutral", "path", "says"),
    [
        ({"zones": {"z1": "us-east-1a", "z2": "eu-west-1b", "z3": "eu-west-1c"}}, {}, "iaas.aws.zones.z1", "not in"),
        (
            {"zones": {"z1": "eu-west-1a", "z2": "eu-west-1a", "z3": "eu-west-1c"}},
            {},
            "iaas.aws.zones.z2",
            "fail together",
        ),
        ({"subnets": {"workload": {"z1": "subnet-00000001"}}}, {}, "iaas.aws.subnets.workload", "none of"),
        ({}, {"networks": EXISTING}, "iaas.aws.vpc", "name the VPC"),
        (
            {"vpc": "vpc-0a1b2c3d", "internet_gateway": "igw-0a1b2c3d"},
            {"networks": EXISTING},
            "iaas.aws.subnets.workload",
            "name its subnet in z1",
        ),
        ({"vpc": "vpc-0a1b2c3d"}, {}, "iaas.aws.internet_gateway", "name its internet gateway"),
        ({"internet_gateway": "igw-0a1b2c3d"}, {}, "iaas.aws.internet_gateway", "name that too"),
        (
            {},
            {"networks": {"management": {}}, "load_balancers": {}, "jumpbox": {}},
            "networks",
            "needs a network of purpose lb",
        ),
        ({}, {"dns": {"zone": "x.example.com", "existing": True}}, "iaas.aws.hosted_zone", "hosted zone's id"),
        ({"hosted_zone": "Z0123456789"}, {}, "iaas.aws.hosted_zone", "not existing"),
        ({}, {"jumpbox": {"existing": True}}, "iaas.aws.ssh_public_key", "give the key"),
        ({"ssh_public_key": "ssh-ed25519 AAAA"}, {}, "iaas.aws.ssh_public_key", "would not be used"),
        (
            {"kms_key": "arn:aws:kms:us-east-1:123456789012:key/1"},
            {},
            "iaas.aws.kms_key",
            "not in eu-west-1",
        ),
        (
            {"permissions_boundary": "arn:aws-cn:iam::123456789012:policy/boundary"},
            {},
            "iaas.aws.permissions_boundary",
            "another partition",
        ),
        ({"tags": {"team": "x"}}, {"labels": {"team": "y"}}, "iaas.aws.tags.team", "already"),
        ({"tags": {"Name": "x"}}, {}, "iaas.aws.tags.Name", "AWS's own"),
        ({"tags": {"aws:x": "x"}}, {}, "iaas.aws.tags.aws:x", "AWS's own"),
        ({"tags": {f"{n:064d}": "x" for n in range(5)}}, {}, "iaas.aws.tags", "longer than"),
        (
            {},
            {
                "load_balancers": {
                    "mixed": {"ports": [{"listen": 53, "target": 53}, {"listen": 53, "target": 54, "protocol": "udp"}]}
                }
            },
            "load_balancers.mixed.ports.1",
            "one listener",
        ),
    ],
)
def test_what_does_not_fit_is_told_by_its_path(
    section: dict[str, Any], neutral: dict[str, Any], path: str, says: str
) -> None:
    found = told(section, **neutral)
    assert [at for at, what in found if says in what][:1] == [path], found


@pytest.mark.parametrize(
    "section",
    [
        {"region": "Ireland"},
        {"account": "12345"},
        {"zones": None},
        {"vpc": "the-sites-vpc"},
        {"endpoints": ["dynamodb"]},
        {"nat_gateways": "none"},
        {"tags": {"a b": "c"}},
        {"jumpbox": {"owner": "somebody"}},
        {"secret_access_key": "written down"},
    ],
)
def test_what_cannot_be_is_refused_by_the_model(section: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        staging(section)
    assert "written down" not in str(refused.value)


def test_a_public_key_is_taken_as_it_is_written_and_its_comment_is_not_kept() -> None:
    _, settings = staging({"ssh_public_key": "ssh-ed25519 AAAAC3Nz me@laptop"})
    assert settings.ssh_public_key == "ssh-ed25519 AAAAC3Nz"
