"""Addresses: what the environment's blocks would meet in the VPC that is there, in its peers, or beside it."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from paver.contract import names
from paver.contract.driver import Finding
from paver.contract.findings import bad, good, warn
from paver.contract.layout import made
from paver.contract.spec import EnvironmentSpec
from paver_aws import marks
from paver_aws.api import Api, Record
from paver_aws.section import SECTION
from paver_aws.settings import AwsSettings


def conflicts(api: Api, spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[Finding]:
    """Each block that cannot be."""
    vpcs = api.pages("ec2", "describe_vpcs", "Vpcs")
    if settings.vpc is None:
        yield from _beside(vpcs, spec)
        return
    mine = next((vpc for vpc in vpcs if vpc["VpcId"] == settings.vpc), None)
    if mine is None:
        yield bad("addresses", f"there is no VPC {settings.vpc} in {settings.region}", path=(*SECTION, "vpc"))
        return
    found = [*_outside(mine, spec), *_in_use(api, spec, settings), *_peers(api, spec, settings)]
    yield from found
    if not found:
        yield good("addresses", f"all blocks are free in {settings.vpc} and its peers")


def _beside(vpcs: list[Record], spec: EnvironmentSpec) -> Iterator[Finding]:
    """Two VPCs may have the same addresses; they can then never be peered (VPC Peering Guide, "Limitations")."""
    meeting = [
        vpc["VpcId"]
        for vpc in vpcs
        if marks.plain(vpc.get("Tags")).get(names.OWNER) != str(spec.id)
        and any(spec.address_space.overlaps(block) for block in _blocks(vpc))
    ]
    if meeting:
        what = f"{spec.address_space} is also in {', '.join(meeting)}: those can never be peered with this VPC"
        yield warn("addresses", what, path=("address_space",))
    else:
        yield good("addresses", f"no other VPC here has addresses of {spec.address_space}")


def _outside(vpc: Record, spec: EnvironmentSpec) -> Iterator[Finding]:
    there = _blocks(vpc)
    for name in made(spec):
        for zone, block in spec.blocks(name).items():
            if not any(block.subnet_of(one) for one in there):
                what = f"{block} in {zone} is not in {vpc['VpcId']}, which has {', '.join(map(str, there))}"
                yield bad("addresses", what, path=("networks", name))


def _in_use(api: Api, spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[Finding]:
    filters = [{"Name": "vpc-id", "Values": [str(settings.vpc)]}]
    others = [
        subnet
        for subnet in api.pages("ec2", "describe_subnets", "Subnets", Filters=filters)
        if marks.plain(subnet.get("Tags")).get(names.OWNER) != str(spec.id)
    ]
    for name in made(spec):
        for block in spec.blocks(name).values():
            for subnet in others:
                if block.overlaps(IPv4Network(subnet["CidrBlock"])):
                    what = f"{block} overlaps {subnet['SubnetId']} ({subnet['CidrBlock']})"
                    yield bad("addresses", what, "choose a block that is free", ("networks", name))


def _peers(api: Api, spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[Finding]:
    for peering in api.pages("ec2", "describe_vpc_peering_connections", "VpcPeeringConnections"):
        ends = (peering.get("AccepterVpcInfo", {}), peering.get("RequesterVpcInfo", {}))
        if settings.vpc not in {end.get("VpcId") for end in ends}:
            continue
        for end in ends:
            if end.get("VpcId") != settings.vpc and (block := end.get("CidrBlock")):
                for name in made(spec):
                    if any(IPv4Network(block).overlaps(mine) for mine in spec.blocks(name).values()):
                        what = f"{name} overlaps {end['VpcId']} ({block}), a peer of {settings.vpc}"
                        yield bad("addresses", what, "choose a block that is free", ("networks", name))


def _blocks(vpc: Record) -> list[IPv4Network]:
    sets = vpc.get("CidrBlockAssociationSet") or [{"CidrBlock": vpc["CidrBlock"]}]
    return [IPv4Network(one["CidrBlock"]) for one in sets]
