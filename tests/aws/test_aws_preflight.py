"""What would fail later is found before anything is made: by the command line, on an emulated account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from accounts import Account, Document, Environment
from commands import Outcome, command

OTHERS = [{"Key": "paver-owner", "Value": "3f0c7d0e-8a54-4a53-9d1b-0c6a2d9f4e17"}]


def section(**fields: Any) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        document["iaas"]["aws"] |= fields

    return change


def preflight(account: Account, label: str, change: Callable[[Document], None] | None = None) -> Outcome:
    """Nothing may be changed by it."""
    with account.unchanged():
        return command(account.environment(label, change), "preflight")


def test_an_account_that_can_have_it_passes_and_says_what_was_not_seen(account: Account) -> None:
    done = preflight(account, "well")
    assert done.code == 0, done.out
    assert "account 123456789012, as arn:aws:sts::123456789012:" in done.out
    assert "eu-west-1 answers" in done.out
    assert "t3.small is offered in eu-west-1a" in done.out
    assert "14 names are free" in done.out
    assert "IAM says that all of it is allowed" in done.out
    assert "not seen: elastic addresses" in done.out


def test_what_is_paved_passes_again_and_none_of_its_names_is_somebody_elses(account: Account) -> None:
    environment = account.environment("again")
    environment.pave()
    try:
        done = command(environment, "preflight")
    finally:
        environment.destroy()
    assert done.code == 0, done.out
    assert "14 names are free, or this environment's own" in done.out


def test_a_region_that_is_not_there_is_7_and_named(account: Account) -> None:
    zones = {f"z{n}": f"eu-nowhere-9{letter}" for n, letter in enumerate("abc", 1)}
    done = preflight(account, "nowhere", section(region="eu-nowhere-9", zones=zones))
    assert done.code == 7
    assert "boto3 knows no region eu-nowhere-9, and nothing answers there" in done.out
    assert done.out.count("FAIL") == 1  # what follows from it is not told beside it


def test_a_zone_that_the_region_has_not_is_7_and_those_that_it_has_are_told(account: Account) -> None:
    done = preflight(account, "zones", section(zones={"z1": "eu-west-1a", "z2": "eu-west-1b", "z3": "eu-west-1z"}))
    assert done.code == 7
    assert "eu-west-1 has no zone eu-west-1z for this account" in done.out
    assert "it has eu-west-1a, eu-west-1b, eu-west-1c" in done.out


def test_a_type_that_no_zone_offers_and_an_image_that_nobody_has_are_both_told(account: Account) -> None:
    jumpbox = {"instance_type": "z9.nano", "owner": "123456789012", "pattern": "nothing-*"}
    done = preflight(account, "machine", section(jumpbox=jumpbox))
    assert done.code == 7
    assert "z9.nano is not offered in eu-west-1a" in done.out
    assert "there is no image 123456789012/nothing-* in eu-west-1" in done.out


def test_another_account_than_the_specs_is_6(account: Account) -> None:
    done = preflight(account, "elsewhere", section(account="210987654321"))
    assert done.code == 6
    assert "the credentials are of account 123456789012, and the spec wants 210987654321" in done.out


def test_a_profile_that_is_not_there_is_3(account: Account) -> None:
    done = preflight(account, "nobody", section(profile="nobody"))
    assert done.code == 3
    assert "The config profile (nobody) could not be found" in done.out


def test_a_block_that_is_none_is_2_with_its_line_before_anything_is_asked(account: Account) -> None:
    done = preflight(account, "no-block", lambda document: document.update(address_space="10.20.0.0/33"))
    assert done.code == 2
    assert "no-block.yml:" in done.err
    assert "address_space" in done.err


@contextmanager
def a_vpc(account: Account, block: str) -> Iterator[str]:
    """Somebody's VPC, and whatever the test puts into it."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"]
    yield vpc
    within = [{"Name": "vpc-id", "Values": [vpc]}]
    for peering in ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]:
        ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering["VpcPeeringConnectionId"])
    for subnet in ec2.describe_subnets(Filters=within)["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.delete_vpc(VpcId=vpc)


def test_a_given_vpc_without_room_for_the_spec_is_7_and_names_each_network(account: Account) -> None:
    with a_vpc(account, "192.168.0.0/16") as vpc:
        done = preflight(account, "narrow", section(vpc=vpc, internet_gateway="igw-00000000"))
    assert done.code == 7
    assert f"10.20.64.0/20 in z1 is not in {vpc}, which has 192.168.0.0/16" in done.out


def test_a_block_that_a_subnet_there_has_already_is_7(account: Account) -> None:
    with a_vpc(account, "10.20.0.0/16") as vpc:
        taken = account.client("ec2").create_subnet(VpcId=vpc, CidrBlock="10.20.70.0/24")["Subnet"]["SubnetId"]
        done = preflight(account, "overlap", section(vpc=vpc, internet_gateway="igw-00000000"))
    assert done.code == 7
    assert f"10.20.64.0/20 overlaps {taken} (10.20.70.0/24)" in done.out


def test_a_block_that_a_peer_has_is_7(account: Account) -> None:
    ec2 = account.client("ec2")
    with a_vpc(account, "10.20.0.0/16") as vpc, a_vpc(account, "10.20.64.0/24") as peer:
        ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=peer)
        done = preflight(account, "peer", section(vpc=vpc, internet_gateway="igw-00000000"))
    assert done.code == 7
    assert f"workload overlaps {peer} (10.20.64.0/24), a peer of {vpc}" in done.out


def test_another_vpc_with_the_same_addresses_is_a_warning(account: Account) -> None:
    with a_vpc(account, "10.20.0.0/20") as vpc:
        done = preflight(account, "beside")
    assert done.code == 0
    assert f"10.20.0.0/16 is also in {vpc}: those can never be peered" in done.out


def test_a_given_vpc_that_is_not_there_is_7(account: Account) -> None:
    done = preflight(account, "no-vpc", section(vpc="vpc-00000000", internet_gateway="igw-00000000"))
    assert done.code == 7
    assert "there is no VPC vpc-00000000 in eu-west-1" in done.out


def test_every_name_that_somebody_else_has_is_told_at_once(account: Account) -> None:
    environment = account.environment("names")
    drop = [take(account, environment) for take in TAKES]
    try:
        with account.unchanged():
            done = command(environment, "preflight")
    finally:
        for undo in reversed(drop):
            undo()
    assert done.code == 7
    for said in (
        "user sandbox-bosh-cpi",
        "role sandbox-director",
        "instance-profile sandbox-jumpbox",
        "key-pair sandbox",
        "balancer sandbox-ssh",
        "target-group sandbox-ssh-22",
        "kms-alias alias/sandbox-disks",
    ):
        assert f"{said} is somebody else's" in done.out
    assert done.out.count("is somebody else's") == 7


def _a_user(account: Account, environment: Environment) -> Callable[[], Any]:
    iam = account.client("iam")
    iam.create_user(UserName="Sandbox-BOSH-CPI")  # the same to IAM
    return lambda: iam.delete_user(UserName="Sandbox-BOSH-CPI")


def _a_role(account: Account, environment: Environment) -> Callable[[], Any]:
    iam = account.client("iam")
    iam.create_role(RoleName="sandbox-director", AssumeRolePolicyDocument="{}", Path="/theirs/")
    return lambda: iam.delete_role(RoleName="sandbox-director")


def _a_profile(account: Account, environment: Environment) -> Callable[[], Any]:
    iam = account.client("iam")
    iam.create_instance_profile(InstanceProfileName="sandbox-jumpbox")
    return lambda: iam.delete_instance_profile(InstanceProfileName="sandbox-jumpbox")


def _a_key_pair(account: Account, environment: Environment) -> Callable[[], Any]:
    ec2 = account.client("ec2")
    ec2.create_key_pair(KeyName="sandbox", TagSpecifications=[{"ResourceType": "key-pair", "Tags": OTHERS}])
    return lambda: ec2.delete_key_pair(KeyName="sandbox")


def _a_balancer(account: Account, environment: Environment) -> Callable[[], Any]:
    ec2, elb = account.client("ec2"), account.client("elbv2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    made = elb.create_load_balancer(Name="sandbox-ssh", Type="network", Scheme="internal", Subnets=[subnet])
    arn = made["LoadBalancers"][0]["LoadBalancerArn"]
    return lambda: elb.delete_load_balancer(LoadBalancerArn=arn)


def _a_target_group(account: Account, environment: Environment) -> Callable[[], Any]:
    ec2, elb = account.client("ec2"), account.client("elbv2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    made = elb.create_target_group(Name="sandbox-ssh-22", Protocol="TCP", Port=22, VpcId=vpc, Tags=OTHERS)
    arn = made["TargetGroups"][0]["TargetGroupArn"]
    return lambda: elb.delete_target_group(TargetGroupArn=arn)


def _an_alias(account: Account, environment: Environment) -> Callable[[], Any]:
    kms = account.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/sandbox-disks", TargetKeyId=key)
    return lambda: kms.delete_alias(AliasName="alias/sandbox-disks")


TAKES = (_a_user, _a_role, _a_profile, _a_key_pair, _a_balancer, _a_target_group, _an_alias)


def test_as_many_vpcs_as_the_account_may_have_is_7_and_named_before_anything_is_made(account: Account) -> None:
    ec2 = account.client("ec2")
    there = len(ec2.describe_vpcs()["Vpcs"])
    more = [ec2.create_vpc(CidrBlock=f"172.{16 + n}.0.0/16")["Vpc"]["VpcId"] for n in range(5 - there)]
    try:
        done = preflight(account, "full")
        with account.unchanged():
            paved = command(account.environment("full-too"), "pave", "-y")
    finally:
        for vpc in more:
            ec2.delete_vpc(VpcId=vpc)
    assert done.code == paved.code == 7
    assert "1 more VPCs are needed, and 0 of 5 are left" in done.out
    assert "ask for more in Service Quotas (L-F678F1CE)" in done.out


def test_a_bucket_in_another_account_is_somebody_elses_though_its_name_holds_our_digits(account: Account) -> None:
    environment = account.environment("bucket")
    name = f"sandbox-blobs-{environment.id.hex[:10]}"
    theirs = account.client_of("210987654321", "s3")
    theirs.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    with account.unchanged():
        done = command(environment, "preflight")
    theirs.delete_bucket(Bucket=name)
    assert done.code == 7
    assert f"bucket {name} (or s3:ListBucket is not allowed) is somebody else's" in done.out
