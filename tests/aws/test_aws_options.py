"""Every optional part of the section, on an emulated account: it is made, read back, and taken away again."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from accounts import Account, Document
from census import census

from paver.contract.errors import PreflightFailed, StepFailed
from paver_aws.sandbox.census import tags_of

BOUNDARY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def test_a_spec_with_every_optional_part_on_is_paved_kept_and_destroyed(account: Account) -> None:
    s3, iam, route53 = account.client("s3"), account.client("iam"), account.client("route53")
    s3.create_bucket(Bucket="the-sites-logs", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=json.dumps(BOUNDARY))["Policy"]["Arn"]
    zone = route53.create_hosted_zone(Name="sandbox.example.com", CallerReference="theirs")["HostedZone"]["Id"]
    before = census(account)

    def everything(document: Document) -> None:
        document["dns"]["existing"] = True
        document["jumpbox"] = {}
        document["labels"] = {"team": "platform"}
        document["datastores"]["blobs"]["encrypted"] = True
        document["load_balancers"]["names"] = {
            "ports": [{"listen": 53, "target": 53}, {"listen": 53, "target": 53, "protocol": "udp"}]
        }
        document["iaas"]["aws"] |= {
            "endpoints": ["s3", "ec2", "elasticloadbalancing", "sts", "kms"],
            "nat_gateways": "one",
            "flow_logs": "arn:aws:s3:::the-sites-logs",
            "permissions_boundary": boundary,
            "hosted_zone": zone.rpartition("/")[2],
            "tags": {"CostCentre": "Platform Team"},
        }

    environment = account.environment("everything", everything)
    document = environment.pave()
    made = census(account)
    assert made["flow-log sandbox"] == 1
    assert sum(count for name, count in made.items() if name.startswith("nat-gateway")) == 1
    assert sum(count for name, count in made.items() if name.startswith("endpoint")) == 5
    assert made["record A names.sandbox.example.com."] == made["record TXT names.sandbox.example.com."] == 1
    assert iam.get_role(RoleName="sandbox-jumpbox")["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    assert (
        iam.get_user(UserName="sandbox-bosh-cpi")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    )
    [rule] = s3.get_bucket_encryption(Bucket=f"sandbox-blobs-{environment.id.hex[:10]}")[
        "ServerSideEncryptionConfiguration"
    ]["Rules"]
    default = rule["ApplyServerSideEncryptionByDefault"]
    assert default["KMSMasterKeyID"] == document.datastores["blobs"].driver["kms_key"]
    assert tags_of(iam.get_role(RoleName="sandbox-jumpbox")["Role"])["CostCentre"] == "Platform Team"
    assert document.dns.existing
    with account.unchanged():
        environment.pave()
    environment.destroy()
    assert census(account) == before + Counter({"kms-key, fading": 2})


def test_a_network_that_is_there_already_is_used_and_left_as_it_was(account: Account) -> None:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    subnets = {
        f"z{n + 1}": ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.20.{64 + 16 * n}.0/20", AvailabilityZone=f"eu-west-1{'abc'[n]}"
        )["Subnet"]["SubnetId"]
        for n in range(3)
    }

    def snapshot() -> list[Any]:
        return [
            ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"],
            ec2.describe_internet_gateways(InternetGatewayIds=[gateway])["InternetGateways"],
            [{**one, "AvailableIpAddressCount": 0} for one in ec2.describe_subnets(Filters=_in(vpc))["Subnets"]],
            ec2.describe_route_tables(Filters=_in(vpc))["RouteTables"],
        ]

    before, counted = snapshot(), census(account)

    def theirs(document: Document) -> None:
        document["networks"]["workload"] = {"existing": True}
        document["iaas"]["aws"] |= {"vpc": vpc, "internet_gateway": gateway, "subnets": {"workload": subnets}}

    environment = account.environment("theirs", theirs)
    document = environment.pave()
    driver = document.networks["workload"].subnets["workload-z2"].driver
    [main] = before[3]
    assert driver == {"subnet": subnets["z2"], "route_table": main["RouteTableId"]}
    assert not any(step.mutates for step in environment.plan())
    environment.destroy()
    assert snapshot() == before
    assert census(account) == counted + Counter({"kms-key, fading": 1})


def test_a_given_network_that_does_not_fit_is_refused_before_anything_is_made(account: Account) -> None:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="192.168.0.0/16")["Vpc"]["VpcId"]

    def narrow(document: Document) -> None:
        document["iaas"]["aws"] |= {"vpc": vpc, "internet_gateway": "igw-00000000"}

    with account.unchanged():
        try:
            account.environment("narrow", narrow).pave_whatever_preflight_finds()
        except PreflightFailed as refused:
            facts = dict(refused.facts)
    assert facts == {"vpc/sandbox": "does not fit: cidr, dns_hostnames", "internet-gateway/sandbox": "is not there"}


def test_a_jumpbox_without_an_image_says_so_and_the_rest_is_paved(account: Account) -> None:
    environment = account.environment("imageless", lambda d: d["iaas"]["aws"]["jumpbox"].update(pattern="nothing-*"))
    try:
        environment.pave_whatever_preflight_finds()
    except StepFailed as failed:
        [(key, error)] = failed.failures
    assert key == "instance/jumpbox"
    assert error.message == "there is no image 123456789012/nothing-* in eu-west-1"
    environment.destroy()


def _in(vpc: str) -> list[dict[str, Any]]:
    return [{"Name": "vpc-id", "Values": [vpc]}]
