"""From an empty account to the environment document and back, judged by a raw client past paver."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from accounts import Account, Environment
from census import census

from paver.contract.environment import PavedEnvironment
from paver.contract.errors import DataAtRisk, Denied, NotOurs, SecretMissing, StepFailed, WrongTarget
from paver.engine.plan import Action
from paver_aws.sandbox.census import FADING, tags_of

ZONES = ("z1", "z2", "z3")
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def made(owner: UUID) -> Counter[str]:
    """What paving the example makes."""
    return Counter(
        {
            "vpc sandbox": 1,
            "internet-gateway sandbox": 1,
            **{f"subnet sandbox-{n}-{z}": 1 for n in ("management", "services", "workload", "lb") for z in ZONES},
            "cidr-reservation 10.20.32.0/24": 1,
            "cidr-reservation 10.20.36.0/24": 1,
            "cidr-reservation 10.20.40.0/24": 1,
            **{f"address sandbox-{name}-{z}": 1 for name in ("nat", "ssh") for z in ZONES},
            "address sandbox-jumpbox": 1,
            **{f"nat-gateway sandbox-{z}": 1 for z in ZONES},
            **{f"route-table sandbox-{name}": 1 for name in ("direct", "nat-z1", "nat-z2", "nat-z3", "closed")},
            **{f"association on sandbox-{name}": 3 for name in ("direct", "closed")},
            **{f"association on sandbox-nat-{zone}": 2 for zone in ZONES},
            **{f"route out of sandbox-{name}": 1 for name in ("direct", "nat-z1", "nat-z2", "nat-z3")},
            **{f"security-group sandbox-{n}": 1 for n in ("jumpbox", "director", "internal", "concourse", "ssh")},
            "rules of sandbox-jumpbox": 1,
            "rules of sandbox-director": 7,
            "rules of sandbox-internal": 7,
            "rules of sandbox-concourse": 2,
            "rules of sandbox-ssh": 2,
            "endpoint sandbox-s3": 1,
            "key-pair sandbox": 1,
            "instance sandbox-jumpbox": 1,
            "volume sandbox-jumpbox": 1,
            "balancer sandbox-concourse": 1,
            "balancer sandbox-ssh": 1,
            "listener sandbox-concourse 443": 1,
            "listener sandbox-ssh 22": 1,
            "target-group sandbox-concourse-443": 1,
            "target-group sandbox-ssh-22": 1,
            "role sandbox-jumpbox": 1,
            "role sandbox-director": 1,
            "policy of role sandbox-director": 1,
            "instance-profile sandbox-jumpbox": 1,
            "instance-profile sandbox-director": 1,
            "user sandbox-bosh-cpi": 1,
            "user sandbox-blobstore": 1,
            "policy of user sandbox-bosh-cpi": 1,
            "policy of user sandbox-blobstore": 1,
            "access-key of sandbox-bosh-cpi": 1,
            "access-key of sandbox-blobstore": 1,
            f"bucket sandbox-blobs-{owner.hex[:10]}": 1,
            f"bucket paver-lease-{owner}": 1,
            "kms-key sandbox-disks": 1,
            "kms-alias alias/sandbox-disks": 1,
            "hosted-zone sandbox.example.com.": 1,
            **{f"record A {name}.sandbox.example.com.": 1 for name in ("concourse", "ssh", "jumpbox")},
        }
    )


@pytest.fixture(scope="module")
def environment(account: Account) -> Environment:
    return account.environment()


@pytest.fixture(scope="module")
def paved(account: Account, environment: Environment) -> PavedEnvironment:
    assert census(account) == Counter()
    return environment.pave()


def test_an_empty_account_becomes_everything_that_the_spec_says(
    account: Account, environment: Environment, paved: PavedEnvironment
) -> None:
    assert census(account) == made(environment.id)


def test_a_second_pave_and_a_plan_send_nothing_that_changes_anything(
    account: Account, environment: Environment, paved: PavedEnvironment
) -> None:
    with account.unchanged():
        assert not any(step.mutates for step in environment.plan())
        assert environment.pave() == paved


def test_reading_costs_calls_by_kind_and_by_owned_container_only(
    account: Account, environment: Environment, paved: PavedEnvironment
) -> None:
    account.wire.reset()
    environment.plan()
    listed = Counter(exchange.operation for exchange in account.wire.exchanges)
    assert {name: count for name, count in listed.items() if name.startswith("Describe") and count > 1} == {
        "DescribeVpcAttribute": 2,
        "DescribeListeners": 2,
        "DescribeRouteTables": 2,  # ours by tag, and whichever our subnets are on
        "DescribeTags": 2,  # of balancers, of target groups
        "DescribeNetworkInterfaces": 2,  # in our subnets, and the inner balancer's
    }


def test_the_document_names_what_is_there(account: Account, paved: PavedEnvironment) -> None:
    ec2 = account.client("ec2")
    subnet = paved.networks["workload"].subnets["workload-z2"]
    [told] = ec2.describe_subnets(SubnetIds=[subnet.driver["subnet"]])["Subnets"]
    assert told["CidrBlock"] == str(subnet.cidr) == "10.20.80.0/20"
    assert told["AvailabilityZone"] == paved.zones["z2"].driver["availability_zone"] == "eu-west-1b"
    assert told["AvailabilityZoneId"] == paved.zones["z2"].fault_domain
    [address] = ec2.describe_addresses(Filters=[{"Name": "tag:paver-key", "Values": ["address/ssh/z1"]}])["Addresses"]
    assert str(paved.load_balancers["ssh"].addresses[0]) == address["PublicIp"]
    inner = paved.load_balancers["concourse"].addresses
    assert [str(one).rpartition(".")[0] in {f"10.20.{n}" for n in range(32, 44)} for one in inner] == [True] * 3
    assert "169.254.169.254" in paved.proxy.no_proxy


def test_everything_that_can_bears_its_marks(
    account: Account, environment: Environment, paved: PavedEnvironment
) -> None:
    found = account.client("resourcegroupstaggingapi").get_resources()["ResourceTagMappingList"]
    keys = [tags_of(one).get("paver-owner") for one in found if "vpc" not in one["ResourceARN"] or tags_of(one)]
    assert set(keys) == {str(environment.id)}
    [key] = account.client("ec2").describe_key_pairs()["KeyPairs"]
    assert tags_of(key)["paver-key"] == "key-pair/sandbox"


def test_a_machine_hands_its_credentials_to_nobody_without_a_token_and_its_disk_is_encrypted(
    account: Account, paved: PavedEnvironment
) -> None:
    ec2 = account.client("ec2")
    filters = [{"Name": "tag:paver-key", "Values": ["instance/jumpbox"]}]
    [machine] = ec2.describe_instances(Filters=filters)["Reservations"][0]["Instances"]
    assert machine["MetadataOptions"]["HttpTokens"] == "required"
    assert machine["PrivateIpAddress"] == "10.20.32.5"
    [volume] = ec2.describe_volumes()["Volumes"]
    assert volume["Encrypted"]
    assert machine["PublicIpAddress"]


def test_a_bucket_is_private_versioned_encrypted_and_wants_tls(
    account: Account, environment: Environment, paved: PavedEnvironment
) -> None:
    s3, name = account.client("s3"), f"sandbox-blobs-{environment.id.hex[:10]}"
    assert all(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    [rule] = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    [statement] = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_an_access_key_that_was_shown_is_stored_and_then_confirmed(
    account: Account, environment: Environment, paved: PavedEnvironment
) -> None:
    iam = account.client("iam")
    [key] = iam.list_access_keys(UserName="sandbox-bosh-cpi")["AccessKeyMetadata"]
    assert paved.credentials["bosh-cpi"].principal == key["AccessKeyId"]
    user = iam.get_user(UserName="sandbox-bosh-cpi")["User"]
    assert tags_of(user)["paver-confirmed"] == key["AccessKeyId"]


def edits(account: Account) -> dict[str, Any]:
    """What somebody does by hand, by the key that `verify` must name."""
    ec2 = account.client("ec2")

    def one(method: str, within: str, key: str) -> dict[str, Any]:
        filters = [{"Name": "tag:paver-key", "Values": [key]}]
        found: dict[str, Any] = getattr(ec2, method)(Filters=filters)[within][0]
        return found

    group = one("describe_security_groups", "SecurityGroups", "security-group/jumpbox")["GroupId"]
    table = one("describe_route_tables", "RouteTables", "route-table/nat/z1")["RouteTableId"]
    open_to_all = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    vpc = one("describe_vpcs", "Vpcs", "vpc/sandbox")["VpcId"]
    [key] = account.client("iam").list_access_keys(UserName="sandbox-blobstore")["AccessKeyMetadata"]
    return {
        "security-rules/jumpbox": lambda: ec2.authorize_security_group_ingress(
            GroupId=group, IpPermissions=[open_to_all]
        ),
        "route/nat/z1": lambda: ec2.delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0"),
        "vpc/sandbox": lambda: ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": False}),
        "access-key/blobstore": lambda: account.client("iam").update_access_key(
            UserName="sandbox-blobstore", AccessKeyId=key["AccessKeyId"], Status="Inactive"
        ),
        "policy/user/bosh-cpi": lambda: account.client("iam").put_user_policy(
            UserName="sandbox-bosh-cpi",
            PolicyName="paver",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [EVERYTHING]}),
        ),
    }


def test_what_somebody_edits_by_hand_is_seen_and_put_right(
    account: Account, environment: Environment, paved: PavedEnvironment
) -> None:
    for edit in (hand := edits(account)).values():
        edit()
    assert {str(step.key) for step in environment.plan() if step.mutates} == set(hand)
    environment.pave()
    assert not any(step.mutates for step in environment.plan())
    assert census(account) == made(environment.id)


def test_another_target_group_of_labels_is_an_update_and_nothing_else(
    account: Account, environment: Environment, paved: PavedEnvironment
) -> None:
    environment.edit(lambda document: document.update(labels={"team": "platform"}))
    steps = [step for step in environment.plan() if step.mutates]
    assert {step.action for step in steps} == {Action.UPDATE}
    environment.pave()
    filters = [{"Name": "tag:team", "Values": ["platform"]}]
    assert len(account.client("ec2").describe_subnets(Filters=filters)["Subnets"]) == 12
    environment.edit(lambda document: document.pop("labels"))
    environment.pave()
    assert account.client("ec2").describe_subnets(Filters=filters)["Subnets"] == []
    assert not any(step.mutates for step in environment.plan())


def test_a_tag_that_a_robot_adds_is_nobodys_business(
    account: Account, environment: Environment, paved: PavedEnvironment
) -> None:
    ec2 = account.client("ec2")
    vpc = str(paved.driver["vpc"])
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "created-by", "Value": "a robot"}])
    assert not any(step.mutates for step in environment.plan())


def test_objects_in_a_bucket_stop_destroy_before_anything_goes(
    account: Account, environment: Environment, paved: PavedEnvironment
) -> None:
    s3, name = account.client("s3"), f"sandbox-blobs-{environment.id.hex[:10]}"
    for number in range(3):
        s3.put_object(Bucket=name, Key=f"blob-{number}", Body=b"data")
    s3.delete_object(Bucket=name, Key="blob-0")
    with account.unchanged(), pytest.raises(DataAtRisk) as refused:
        environment.destroy()
    assert refused.value.facts == (("bucket/blobs", "holds 4 objects"),)


def test_a_secret_that_is_not_in_this_store_is_refused_by_name(
    account: Account, environment: Environment, paved: PavedEnvironment
) -> None:
    secrets = environment.document["secrets"]
    environment.edit(lambda document: document.update(secrets="file:another-store"))
    with account.unchanged(), pytest.raises(SecretMissing) as refused:
        environment.pave()
    environment.edit(lambda document: document.update(secrets=secrets))
    assert {"blobstore", "bosh-cpi"} <= set(refused.value.names)


def test_a_machine_of_others_in_a_subnet_keeps_it_and_the_rest_goes(
    account: Account, environment: Environment, paved: PavedEnvironment
) -> None:
    ec2 = account.client("ec2")
    subnet = paved.networks["services"].subnets["services-z1"].driver["subnet"]
    [image] = ec2.describe_images(Owners=["self"])["Images"]
    [squatter] = ec2.run_instances(ImageId=image["ImageId"], SubnetId=subnet, MinCount=1, MaxCount=1)["Instances"]
    with pytest.raises(StepFailed) as failed:
        environment.destroy(delete_data=True)
    assert squatter["InstanceId"] in str(failed.value.facts)
    left = census(account)
    assert left["subnet sandbox-services-z1"] == left["vpc sandbox"] == 1
    assert sum(left[name] for name in left if name.startswith("subnet")) == 1
    ec2.terminate_instances(InstanceIds=[squatter["InstanceId"]])


def test_destroy_leaves_nothing_but_a_key_that_fades_and_the_same_spec_paves_again(
    account: Account, environment: Environment, paved: PavedEnvironment
) -> None:
    environment.pave()  # whatever the tests before this one left of it
    fading = Counter({FADING: census(account)[FADING] + 1})
    environment.destroy(delete_data=True)
    assert census(account) == fading
    with account.unchanged():
        environment.destroy()
    environment.pave()
    assert census(account) == made(environment.id) + fading
    environment.destroy()


def test_another_account_than_the_specs_is_refused(account: Account) -> None:
    def elsewhere(document: dict[str, Any]) -> None:
        document["iaas"]["aws"]["account"] = "210987654321"
        document["iaas"]["aws"]["jumpbox"]["owner"] = "self"

    with account.unchanged(), pytest.raises(WrongTarget):
        account.environment("elsewhere", elsewhere).pave()


def test_a_profile_that_is_not_there_is_a_missing_credential(account: Account) -> None:
    environment = account.environment("nobody", lambda d: d["iaas"]["aws"].update(profile="nobody"))
    with pytest.raises(Denied) as denied:
        environment.plan()
    assert denied.value.exit_code == 3


def test_a_name_that_another_owner_has_taken_is_not_taken_over(tmp_path: Path) -> None:
    with closing(Account(tmp_path)) as account:
        account.client("iam").create_user(UserName="sandbox-bosh-cpi")
        environment = account.environment("taken")
        with pytest.raises(StepFailed) as failed:
            environment.pave_whatever_preflight_finds()
        assert failed.value.exit_code == 6
        assert any(isinstance(error, NotOurs) for _, error in failed.value.failures)
        environment.destroy()
        assert census(account) == Counter({"user sandbox-bosh-cpi": 1, FADING: 1})
