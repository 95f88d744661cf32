"""`paver verify --for bosh` on AWS: with the director's access key; what is gone or refused is named."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from accounts import Account, Environment
from census import census
from commands import command
from enforced import EnforcedAccount

from paver import api
from paver.contract.environment import PavedEnvironment
from paver.contract.findings import Cause, Finding, Severity
from paver.contract.types import SecretRef
from paver.engine.findings import exit_code
from paver_aws import policies
from paver_aws.resources.noun import AwsKind

NOTHING = "0" * 17
ACTIONS = (*policies.CPI_READS, *policies.CPI_CHANGES, *policies.CPI_TARGETS, "iam:PassRole", *policies.KMS_VOLUMES)
PARTS = 3
"""A run in CI takes one of so many parts, another one every day."""
SUBNETS = [f"{network}-z{number}" for network in ("management", "services", "workload", "lb") for number in (1, 2, 3)]


@pytest.fixture(scope="module", autouse=True)
def settled() -> Iterator[None]:
    """The emulator shows at once what it was told."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AwsKind, "settle", 0.5)
        yield


@pytest.fixture(scope="module")
def environment(account: Account) -> Environment:
    """On an account that asks nobody who he is."""
    return account.environment("looked-at")


@pytest.fixture(scope="module")
def paved(environment: Environment) -> PavedEnvironment:
    return environment.pave()


def look(environment: Environment, kept: PavedEnvironment | None = None) -> tuple[Finding, ...]:
    return api.verify_bosh(environment.loaded(), environment.options(), kept)


def failures(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{found.check}: {found.what} {found.hint}" for found in findings if found.severity is Severity.FAIL]


def changed(paved: PavedEnvironment, change: Callable[[Any], None]) -> PavedEnvironment:
    """The same document, but for what somebody changed in it."""
    document = json.loads(paved.model_dump_json())
    change(document)
    return PavedEnvironment.model_validate(document)


def test_with_the_directors_key_everything_is_found_and_allowed(
    account: Account, environment: Environment, paved: PavedEnvironment
) -> None:
    before = census(account)
    found = look(environment)
    assert [one for one in found if one.severity is not Severity.OK] == []
    assert {one.check for one in found} == {
        *("login", "region", "subnet", "group", "image", "target group", "kms key", "key pair", "profile", "list"),
        "permission",
    }
    assert next(one.what for one in found if one.check == "login").startswith(paved.credentials["bosh-cpi"].principal)
    assert census(account) == before


def test_what_paver_looked_up_as_itself_is_told(environment: Environment, paved: PavedEnvironment) -> None:
    own = [one for one in look(environment, paved) if "with paver's own login" in one.what]
    assert [one.check for one in own] == ["key pair", "profile", "permission"]
    assert {"iam:PassRole", *policies.CPI_TARGETS} <= set(own[-1].what.replace(";", ",").replace(",", " ").split())


@pytest.mark.parametrize("name", SUBNETS)
def test_a_subnet_that_is_not_there_is_seven_and_named(
    name: str, environment: Environment, paved: PavedEnvironment
) -> None:
    def gone(document: Any) -> None:
        document["networks"][name.rpartition("-")[0]]["subnets"][name]["driver"]["subnet"] = f"subnet-{NOTHING}"

    found = look(environment, changed(paved, gone))
    assert f"subnet: {name} (subnet-{NOTHING}) is not there paver pave makes it" in failures(found)
    assert exit_code(found) == 7


def top(key: str, value: Any) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        document["driver"][key] = value

    return change


def group(name: str) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        document["driver"]["security_groups"][name] = f"sg-{NOTHING}"

    return change


def balancer(name: str, key: str, value: Any) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        document["load_balancers"][name]["driver"][key] = value

    return change


def key(document: Any) -> None:
    place = document["datastores"]["disks"]["driver"]
    place["kms_key"] = f"{place['kms_key'].rpartition('/')[0]}/00000000-0000-4000-8000-000000000000"


CASES = {
    "group internal": (group("internal"), f"group: internal (sg-{NOTHING}) is not there"),
    "group director": (group("director"), f"group: director (sg-{NOTHING}) is not there"),
    "group concourse": (
        balancer("concourse", "security_group", f"sg-{NOTHING}"),
        f"group: concourse (sg-{NOTHING}) is not there",
    ),
    "target group": (
        balancer("ssh", "target_groups", ["sandbox-other"]),
        "target group: sandbox-other of load balancer ssh is not there",
    ),
    "key pair": (top("key_pair", "other"), "key pair: other is not there"),
    "profile": (top("director_instance_profile", "other"), "profile: other is not there"),
    "kms key": (key, "00000000-0000-4000-8000-000000000000 is not there"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_not_there_is_seven_and_named(case: str, environment: Environment, paved: PavedEnvironment) -> None:
    change, what = CASES[case]
    found = look(environment, changed(paved, change))
    assert any(what in one for one in failures(found)), failures(found)
    assert exit_code(found) == 7


def test_a_subnet_in_another_zone_than_machines_are_put_is_seven(
    environment: Environment, paved: PavedEnvironment
) -> None:
    def moved(document: Any) -> None:
        document["zones"]["z1"]["driver"]["availability_zone"] = "eu-west-1c"

    found = look(environment, changed(paved, moved))
    assert len(failures(found)) == 4
    assert all(" is in eu-west-1a, not in eu-west-1c" in one for one in failures(found))
    assert exit_code(found) == 7


def test_what_somebody_deleted_is_named_with_a_kept_document_and_without(
    account: Account, environment: Environment, paved: PavedEnvironment
) -> None:
    account.client("ec2").delete_key_pair(KeyName="sandbox")
    [target] = [
        one
        for one in account.client("elbv2").describe_target_groups()["TargetGroups"]
        if one["TargetGroupName"] == "sandbox-ssh-22"
    ]
    for listener in (
        listener
        for arn in target["LoadBalancerArns"]
        for listener in account.client("elbv2").describe_listeners(LoadBalancerArn=arn)["Listeners"]
    ):
        account.client("elbv2").delete_listener(ListenerArn=listener["ListenerArn"])
    account.client("elbv2").delete_target_group(TargetGroupArn=target["TargetGroupArn"])
    disks = next(store.driver["kms_key"] for store in paved.datastores.values() if store.driver.get("kms_key"))
    account.client("kms").disable_key(KeyId=disks.rpartition("/")[2])
    try:
        found = look(environment, paved)
        assert exit_code(found) == 7
        assert {one.partition(":")[0] for one in failures(found)} == {"key pair", "target group", "kms key"}
        assert any(f"{disks} is Disabled" in one for one in failures(found))
        done = command(environment, "verify", "--for", "bosh")
        assert done.code == 7
        assert "key-pair/sandbox (sandbox) is not there" in done.out
        assert "target-group/ssh/22 (sandbox-ssh-22) is not there" in done.out
    finally:
        account.client("kms").enable_key(KeyId=disks.rpartition("/")[2])
        again = environment.pave()
    assert failures(look(environment, again)) == []


def test_a_key_of_another_account_is_no_key_of_this_environments(
    environment: Environment, paved: PavedEnvironment
) -> None:
    def moved(document: Any) -> None:
        document["target"]["id"] = "999999999999"

    found = look(environment, changed(paved, moved))
    assert [one.cause for one in found] == [Cause.TRUST]
    assert exit_code(found) == 6


# ---- on an account that asks everybody who he is ---------------------------------------------------------------------


class Guarded:
    """An environment whose director is allowed what a test grants.

    moto looks at actions alone, and denies where a statement has a condition: so the actions of the CPI's policy are
    granted everywhere, in place of the policy that paver wrote.
    """

    def __init__(self, account: EnforcedAccount) -> None:
        account.grant(["*"])
        self._iam = account.client("iam")
        self.environment = account.restricted("guarded")
        self.paved = self.environment.pave()
        self._user = str(self.paved.credentials["bosh-cpi"].driver["user"])
        [self._policy] = self._iam.list_user_policies(UserName=self._user)["PolicyNames"]
        self.allow(ACTIONS)

    def allow(self, actions: tuple[str, ...]) -> None:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self._iam.put_user_policy(UserName=self._user, PolicyName=self._policy, PolicyDocument=document)

    def look(self) -> tuple[Finding, ...]:
        return look(self.environment, self.paved)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    account = EnforcedAccount(tmp_path_factory.mktemp("guarded"))
    yield Guarded(account)
    account.close()


def lacking(guarded: Guarded, part: int) -> None:
    for action in sorted(ACTIONS)[part::PARTS]:
        guarded.allow(tuple(one for one in ACTIONS if one != action))
        found = guarded.look()
        assert exit_code(found) == 3, (action, failures(found))
        assert all(action in one for one in failures(found)), (action, failures(found))
    guarded.allow(ACTIONS)
    assert failures(guarded.look()) == []


def test_without_an_action_of_todays_part_it_is_three_and_named(guarded: Guarded) -> None:
    lacking(guarded, dt.datetime.now(dt.UTC).date().toordinal() % PARTS)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_without_any_one_action_it_is_three_and_named(part: int, guarded: Guarded) -> None:
    lacking(guarded, part)


def test_a_wrong_secret_is_three(guarded: Guarded) -> None:
    place = guarded.environment.file.parent / "other.secret"
    place.touch(mode=0o600)
    place.write_text("not-the-secret")
    cpi = guarded.paved.credentials["bosh-cpi"].model_copy(
        update={"secret": SecretRef(store="file", path="other.secret")}
    )
    kept = guarded.paved.model_copy(update={"credentials": {**guarded.paved.credentials, "bosh-cpi": cpi}})
    found = look(guarded.environment, kept)
    assert [one.cause for one in found] == [Cause.DENIED]
    assert exit_code(found) == 3
    assert "not-the-secret" not in str(found)


def test_where_paver_itself_may_not_ask_it_says_what_nobody_was_asked(guarded: Guarded) -> None:
    account = guarded.environment.account
    assert isinstance(account, EnforcedAccount)
    account.grant(["ec2:DescribeRegions"])
    try:
        found = guarded.look()
    finally:
        account.grant(["*"])
    assert exit_code(found) == 0
    warned = {one.check: one.what for one in found if one.severity is Severity.WARN}
    assert set(warned) == {"key pair", "profile", "permission"}
    assert all(action in warned["permission"] for action in policies.CPI_TARGETS)
