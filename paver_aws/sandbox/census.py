"""Everything in an account, whoever's it is, read by a raw client: the driver's own code does not prove the driver.

What AWS gives to everybody is left out: the default VPC with all that is in it, main tables, default groups, aliases of
its own.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

Client = Any
Clients = Callable[[str], Client]
"""Gives boto3's client of a service."""
Record = Mapping[str, Any]

TAGGED = {
    "vpc": ("describe_vpcs", "Vpcs", "VpcId"),
    "subnet": ("describe_subnets", "Subnets", "SubnetId"),
    "internet-gateway": ("describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    "address": ("describe_addresses", "Addresses", "AllocationId"),
    "nat-gateway": ("describe_nat_gateways", "NatGateways", "NatGatewayId"),
    "endpoint": ("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    "key-pair": ("describe_key_pairs", "KeyPairs", "KeyPairId"),
    "volume": ("describe_volumes", "Volumes", "VolumeId"),
    "flow-log": ("describe_flow_logs", "FlowLogs", "FlowLogId"),
}
PASSING = frozenset({"AvailableIpAddressCount", "ResponseMetadata", "PasswordLastUsed", "RoleLastUsed"})
"""What changes by itself."""
FADING = "kms-key, fading"


class Thing(NamedTuple):
    """One thing."""

    id: str
    noun: str
    name: str
    state: Any
    """JSON: all that AWS tells of it and that does not change by itself."""


def census(clients: Clients) -> Iterator[Thing]:
    """All of it."""
    for part in (_tagged, _tables, _groups, _reservations, _machines, _balancers, _principals, _stores, _keys, _names):
        for thing in part(clients):
            yield thing._replace(state=json.loads(json.dumps(_lasting(thing.state), default=str)))


def tags_of(record: Record) -> dict[str, str]:
    """A thing's tags."""
    return {tag["Key"]: tag["Value"] for tag in record.get("Tags", ())}


def _name(record: Record) -> str:
    return tags_of(record).get("Name", "?")


def _lasting(record: Record) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in PASSING}


def _default_vpc(clients: Clients) -> str:
    filters = [{"Name": "is-default", "Values": ["true"]}]
    return str(clients("ec2").describe_vpcs(Filters=filters)["Vpcs"][0]["VpcId"])


def _tagged(clients: Clients) -> Iterator[Thing]:
    ec2, default = clients("ec2"), _default_vpc(clients)
    for noun, (method, within, id_) in TAGGED.items():
        for record in getattr(ec2, method)()[within]:
            if record.get("VpcId") != default and record.get("State") != "deleted":
                yield Thing(record[id_], noun, _name(record), record)


def _tables(clients: Clients) -> Iterator[Thing]:
    for table in clients("ec2").describe_route_tables()["RouteTables"]:
        id_, name = table["RouteTableId"], _name(table)
        alone = {**table, "Associations": [], "Routes": []}
        if not any(association["Main"] for association in table["Associations"]):
            yield Thing(id_, "route-table", name, alone)
        for association in table["Associations"]:
            if "SubnetId" in association:
                yield Thing(association["RouteTableAssociationId"], "association", f"on {name}", association)
        for route in table["Routes"]:
            if route.get("DestinationCidrBlock") == "0.0.0.0/0":
                yield Thing(f"{id_} {route['DestinationCidrBlock']}", "route", f"out of {name}", route)


def _groups(clients: Clients) -> Iterator[Thing]:
    for group in clients("ec2").describe_security_groups()["SecurityGroups"]:
        id_, name = group["GroupId"], group["GroupName"]
        if name == "default":
            continue
        yield Thing(id_, "security-group", name, {**group, "IpPermissions": [], "IpPermissionsEgress": []})
        for permission in group["IpPermissions"]:
            ports = f"{permission['IpProtocol']} {permission.get('FromPort')}-{permission.get('ToPort')}"
            for source in (*permission["IpRanges"], *permission["UserIdGroupPairs"]):
                whence = source.get("CidrIp") or source.get("GroupId")
                yield Thing(f"{id_} {ports} {whence}", "rules", f"of {name}", source)


def _reservations(clients: Clients) -> Iterator[Thing]:
    ec2 = clients("ec2")
    for subnet in ec2.describe_subnets()["Subnets"]:
        found = ec2.get_subnet_cidr_reservations(SubnetId=subnet["SubnetId"])
        for one in found["SubnetIpv4CidrReservations"]:
            yield Thing(one["SubnetCidrReservationId"], "cidr-reservation", one["Cidr"], one)


def _machines(clients: Clients) -> Iterator[Thing]:
    ec2 = clients("ec2")
    for reservation in ec2.describe_instances()["Reservations"]:
        for machine in reservation["Instances"]:
            if machine["State"]["Name"] == "terminated":
                continue
            id_ = machine["InstanceId"]
            told = ec2.describe_instance_attribute(InstanceId=id_, Attribute="userData")
            data = base64.b64decode(told.get("UserData", {}).get("Value", "")).decode("utf-8", "replace")
            yield Thing(id_, "instance", _name(machine), {**machine, "UserData": data})


def _balancers(clients: Clients) -> Iterator[Thing]:
    elb = clients("elbv2")
    for balancer in elb.describe_load_balancers()["LoadBalancers"]:
        arn, name = balancer["LoadBalancerArn"], balancer["LoadBalancerName"]
        yield Thing(arn, "balancer", name, balancer)
        for listener in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]:
            yield Thing(listener["ListenerArn"], "listener", f"{name} {listener['Port']}", listener)
    for group in elb.describe_target_groups()["TargetGroups"]:
        yield Thing(group["TargetGroupArn"], "target-group", group["TargetGroupName"], group)


def _principals(clients: Clients) -> Iterator[Thing]:
    iam = clients("iam")
    for record in iam.list_roles()["Roles"]:
        name = record["RoleName"]
        role = iam.get_role(RoleName=name)["Role"]
        yield Thing(role["Arn"], "role", name, role)
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            told = iam.get_role_policy(RoleName=name, PolicyName=policy)
            yield Thing(f"{role['Arn']} {policy}", "policy", f"of role {name}", told)
    for profile in iam.list_instance_profiles()["InstanceProfiles"]:
        yield Thing(profile["Arn"], "instance-profile", profile["InstanceProfileName"], profile)
    for record in iam.list_users()["Users"]:
        name = record["UserName"]
        user = iam.get_user(UserName=name)["User"]
        yield Thing(user["Arn"], "user", name, user)
        for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
            yield Thing(key["AccessKeyId"], "access-key", f"of {name}", key)
        for policy in iam.list_user_policies(UserName=name)["PolicyNames"]:
            told = iam.get_user_policy(UserName=name, PolicyName=policy)
            yield Thing(f"{user['Arn']} {policy}", "policy", f"of user {name}", told)


def _stores(clients: Clients) -> Iterator[Thing]:
    s3 = clients("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        name = bucket["Name"]
        listed = s3.list_object_versions(Bucket=name)
        versioned = s3.get_bucket_versioning(Bucket=name).get("Status", "")
        objects = sorted(one["Key"] for one in listed.get("Versions", ()))
        yield Thing(f"arn:aws:s3:::{name}", "bucket", name, {"versioned": versioned, "objects": objects})


def _keys(clients: Clients) -> Iterator[Thing]:
    kms = clients("kms")
    aliases = kms.list_aliases()["Aliases"]
    for alias in aliases:
        if not alias["AliasName"].startswith("alias/aws/"):
            yield Thing(alias["AliasArn"], "kms-alias", alias["AliasName"], alias)
    given = {alias.get("TargetKeyId") for alias in aliases if alias["AliasName"].startswith("alias/aws/")}
    for key in kms.list_keys()["Keys"]:
        if key["KeyId"] not in given:
            told = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
            tags = {tag["TagKey"]: tag["TagValue"] for tag in kms.list_resource_tags(KeyId=key["KeyId"])["Tags"]}
            noun = "kms-key" if told["KeyState"] == "Enabled" else FADING
            yield Thing(told["Arn"], noun, tags.get("Name", "?"), {**told, "Tags": tags})


def _names(clients: Clients) -> Iterator[Thing]:
    route53 = clients("route53")
    for zone in route53.list_hosted_zones()["HostedZones"]:
        id_ = zone["Id"].rpartition("/")[2]
        yield Thing(id_, "hosted-zone", zone["Name"], {**zone, "ResourceRecordSetCount": None})
        for record in route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]:
            if record["Type"] not in {"NS", "SOA"}:
                name = f"{record['Type']} {record['Name']}"
                yield Thing(f"{id_} {name}", "record", name, record)
