"""A Terraform configuration that makes what stands in an account: the same nouns, names, tags and settings."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from paver_aws.sandbox.census import Clients, tags_of
from paver_aws.sandbox.example import REGION

Blocks = dict[str, dict[str, dict[str, Any]]]
SERVICES = ("ec2", "elbv2", "iam", "kms", "route53", "s3", "sts")
EVERYWHERE = "0.0.0.0/0"


def provider(endpoint: str, key: str, secret: str) -> Mapping[str, Any]:
    """The aws provider, led to an emulator, with none of the looks that it can be told to leave out."""
    return {
        "region": REGION,
        "access_key": key,
        "secret_key": secret,
        "s3_use_path_style": True,
        "skip_credentials_validation": True,
        "skip_metadata_api_check": True,
        "skip_region_validation": True,
        "endpoints": [dict.fromkeys(SERVICES, endpoint)],
    }


class Configuration:
    """Reads an account, and writes what Terraform needs to make it anew.

    Args:
        client: Gives boto3's clients of the account that paver has paved.
        lease: Name of the bucket that is paver's own bookkeeping, as Terraform's state is Terraform's.
    """

    def __init__(self, client: Clients, lease: str) -> None:
        self._client, self._lease = client, lease
        self._ec2 = client("ec2")
        self._names: dict[str, str] = {}
        """Native id to the reference by which another block names it."""
        self.blocks: Blocks = defaultdict(dict)
        for part in (self._vpc, self._tables, self._groups, self._balancers, self._iam, self._buckets, self._zone):
            part()

    def document(self, provider_: Mapping[str, Any]) -> str:
        """`main.tf.json`."""
        required = {"aws": {"source": "hashicorp/aws"}}
        return json.dumps(
            {"terraform": {"required_providers": required}, "provider": {"aws": provider_}, "resource": self.blocks},
            indent=1,
        )

    def _add(self, type_: str, called: str, id_: str = "", what: str = "id", /, **fields: Any) -> str:
        label = re.sub(r"[^A-Za-z0-9_-]", "_", called)
        self.blocks[type_][label] = {field: value for field, value in fields.items() if value is not None}
        found = f"${{{type_}.{label}.{what}}}"
        if id_:
            self._names[id_] = found
        return found

    def _listed(self, method: str, within: str) -> Iterator[Any]:
        for record in getattr(self._ec2, method)()[within]:
            if tags_of(record).get("Name"):
                yield record

    def _vpc(self) -> None:
        for one in self._listed("describe_vpcs", "Vpcs"):
            self._add(
                *("aws_vpc", "vpc", one["VpcId"]),
                cidr_block=one["CidrBlock"],
                enable_dns_hostnames=True,
                tags=tags_of(one),
            )
        for one in self._listed("describe_subnets", "Subnets"):
            subnet = self._add(
                *("aws_subnet", tags_of(one)["Name"], one["SubnetId"]),
                vpc_id=self._names[one["VpcId"]],
                cidr_block=one["CidrBlock"],
                availability_zone=one["AvailabilityZone"],
                tags=tags_of(one),
            )
            kept = self._ec2.get_subnet_cidr_reservations(SubnetId=one["SubnetId"])["SubnetIpv4CidrReservations"]
            for number, part in enumerate(kept):
                self._add(
                    *("aws_ec2_subnet_cidr_reservation", f"{tags_of(one)['Name']}-{number}"),
                    subnet_id=subnet,
                    cidr_block=part["Cidr"],
                    reservation_type=part["ReservationType"],
                )
        for one in self._listed("describe_internet_gateways", "InternetGateways"):
            [attached] = one["Attachments"]
            gateway = (one["InternetGatewayId"], self._names[attached["VpcId"]])
            self._add("aws_internet_gateway", "out", gateway[0], vpc_id=gateway[1], tags=tags_of(one))
        for one in self._listed("describe_addresses", "Addresses"):
            self._add("aws_eip", tags_of(one)["Name"], one["AllocationId"], domain="vpc", tags=tags_of(one))
        for one in self._listed("describe_nat_gateways", "NatGateways"):
            if one["State"] == "deleted":
                continue
            [address] = one["NatGatewayAddresses"]
            self._add(
                *("aws_nat_gateway", tags_of(one)["Name"], one["NatGatewayId"]),
                allocation_id=self._names[address["AllocationId"]],
                subnet_id=self._names[one["SubnetId"]],
                tags=tags_of(one),
            )
        for one in self._listed("describe_key_pairs", "KeyPairs"):
            [key] = self._ec2.describe_key_pairs(KeyNames=[one["KeyName"]], IncludePublicKey=True)["KeyPairs"]
            self._add(
                *("aws_key_pair", one["KeyName"]),
                key_name=one["KeyName"],
                public_key=key["PublicKey"],
                tags=tags_of(one),
            )

    def _tables(self) -> None:
        for one in self._listed("describe_route_tables", "RouteTables"):
            name = tags_of(one)["Name"]
            vpc = self._names[one["VpcId"]]
            table = self._add("aws_route_table", name, one["RouteTableId"], vpc_id=vpc, tags=tags_of(one))
            for part in one["Associations"]:
                subnet = self._names[part["SubnetId"]]
                label = f"{name}-{subnet.split('.')[1]}"
                self._add("aws_route_table_association", label, route_table_id=table, subnet_id=subnet)
            for route in one["Routes"]:
                if route.get("DestinationCidrBlock") == EVERYWHERE:
                    way = "gateway_id" if route.get("GatewayId") else "nat_gateway_id"
                    to = self._names[route.get("GatewayId") or route["NatGatewayId"]]
                    where = {"route_table_id": table, "destination_cidr_block": EVERYWHERE}
                    self._add("aws_route", name, **where, **{way: to})
        for one in self._listed("describe_vpc_endpoints", "VpcEndpoints"):
            self._add(
                *("aws_vpc_endpoint", tags_of(one)["Name"]),
                vpc_id=self._names[one["VpcId"]],
                service_name=one["ServiceName"],
                vpc_endpoint_type=one["VpcEndpointType"],
                route_table_ids=[self._names[table] for table in one["RouteTableIds"]],
                tags=tags_of(one),
            )

    def _groups(self) -> None:
        groups = list(self._listed("describe_security_groups", "SecurityGroups"))
        for one in groups:
            self._add(
                *("aws_security_group", one["GroupName"], one["GroupId"]),
                name=one["GroupName"],
                description=one["Description"],
                vpc_id=self._names[one["VpcId"]],
                tags=tags_of(one),
            )
        for one in groups:
            for way, type_ in (("IpPermissions", "ingress"), ("IpPermissionsEgress", "egress")):
                for number, rule in enumerate(self._rules(one[way])):
                    self._add(
                        *(f"aws_vpc_security_group_{type_}_rule", f"{one['GroupName']}-{number}"),
                        security_group_id=self._names[one["GroupId"]],
                        **rule,
                    )

    def _rules(self, permissions: list[Any]) -> Iterator[dict[str, Any]]:
        for permission in permissions:
            any_ = permission["IpProtocol"] == "-1"
            base = {
                "ip_protocol": permission["IpProtocol"],
                "from_port": None if any_ else permission["FromPort"],
                "to_port": None if any_ else permission["ToPort"],
            }
            for source in permission["IpRanges"]:
                yield {**base, "cidr_ipv4": source["CidrIp"], "description": source.get("Description")}
            for source in permission["UserIdGroupPairs"]:
                group = self._names[source["GroupId"]]
                yield {**base, "referenced_security_group_id": group, "description": source.get("Description")}

    def _balancers(self) -> None:
        elb = self._client("elbv2")
        tags = self._tags_by_arn(elb)
        for one in elb.describe_target_groups()["TargetGroups"]:
            self._add(
                *("aws_lb_target_group", one["TargetGroupName"], one["TargetGroupArn"], "arn"),
                name=one["TargetGroupName"],
                port=one["Port"],
                protocol=one["Protocol"],
                target_type=one["TargetType"],
                vpc_id=self._names[one["VpcId"]],
                tags=tags(one["TargetGroupArn"]),
            )
        for one in elb.describe_load_balancers()["LoadBalancers"]:
            balancer = self._add(
                *("aws_lb", one["LoadBalancerName"], one["LoadBalancerArn"], "arn"),
                name=one["LoadBalancerName"],
                internal=one["Scheme"] == "internal",
                load_balancer_type=one["Type"],
                security_groups=[self._names[group] for group in one.get("SecurityGroups", ())],
                subnets=[self._names[zone["SubnetId"]] for zone in one["AvailabilityZones"]],
                tags=tags(one["LoadBalancerArn"]),
            )
            for listener in elb.describe_listeners(LoadBalancerArn=one["LoadBalancerArn"])["Listeners"]:
                [action] = listener["DefaultActions"]
                to = self._names[action["TargetGroupArn"]]
                self._add(
                    *("aws_lb_listener", f"{one['LoadBalancerName']}-{listener['Port']}"),
                    load_balancer_arn=balancer,
                    port=listener["Port"],
                    protocol=listener["Protocol"],
                    default_action=[{"type": "forward", "target_group_arn": to}],
                    tags=tags(listener["ListenerArn"]) or None,
                )

    @staticmethod
    def _tags_by_arn(elb: Any) -> Callable[[str], dict[str, str]]:
        return lambda arn: tags_of(elb.describe_tags(ResourceArns=[arn])["TagDescriptions"][0])

    def _iam(self) -> None:
        iam = self._client("iam")
        for one in iam.list_roles()["Roles"]:
            role = iam.get_role(RoleName=one["RoleName"])["Role"]
            made = self._add(
                *("aws_iam_role", role["RoleName"], role["RoleName"], "name"),
                name=role["RoleName"],
                path=role["Path"],
                assume_role_policy=json.dumps(role["AssumeRolePolicyDocument"]),
                tags=tags_of(role),
            )
            for policy in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]:
                text = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=policy)["PolicyDocument"]
                self._add("aws_iam_role_policy", role["RoleName"], name=policy, role=made, policy=json.dumps(text))
        for one in iam.list_instance_profiles()["InstanceProfiles"]:
            name = one["InstanceProfileName"]
            told = iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
            [role] = told["Roles"]
            bears = self._names[role["RoleName"]]
            self._add("aws_iam_instance_profile", name, name=name, path=told["Path"], role=bears, tags=tags_of(told))
        for one in iam.list_users()["Users"]:
            name = one["UserName"]
            told = iam.get_user(UserName=name)["User"]
            if not tags_of(told):
                continue
            user = self._add("aws_iam_user", name, "", "name", name=name, path=told["Path"], tags=tags_of(told))
            self._add("aws_iam_access_key", name, user=user)
            for policy in iam.list_user_policies(UserName=name)["PolicyNames"]:
                text = iam.get_user_policy(UserName=name, PolicyName=policy)["PolicyDocument"]
                self._add("aws_iam_user_policy", name, name=policy, user=user, policy=json.dumps(text))

    def _buckets(self) -> None:
        s3 = self._client("s3")
        for one in s3.list_buckets()["Buckets"]:
            name = one["Name"]
            if name == self._lease:
                continue
            tags = {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=name)["TagSet"]}
            bucket = self._add("aws_s3_bucket", name, bucket=name, tags=tags)
            status = s3.get_bucket_versioning(Bucket=name)["Status"]
            self._add("aws_s3_bucket_versioning", name, bucket=bucket, versioning_configuration=[{"status": status}])
            rules = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
            default = rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]
            self._add(
                *("aws_s3_bucket_server_side_encryption_configuration", name),
                bucket=bucket,
                rule=[{"apply_server_side_encryption_by_default": [{"sse_algorithm": default}]}],
            )
            shut = dict.fromkeys(
                ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"), True
            )
            self._add("aws_s3_bucket_public_access_block", name, bucket=bucket, **shut)
            policy = s3.get_bucket_policy(Bucket=name)["Policy"]
            self._add("aws_s3_bucket_policy", name, bucket=bucket, policy=policy)

    def _zone(self) -> None:
        route53 = self._client("route53")
        for one in route53.list_hosted_zones()["HostedZones"]:
            [vpc] = route53.get_hosted_zone(Id=one["Id"])["VPCs"]
            zone = self._add(
                *("aws_route53_zone", "zone", "", "zone_id"),
                name=one["Name"].rstrip("."),
                comment=one["Config"]["Comment"],
                vpc=[{"vpc_id": self._names[vpc["VPCId"]]}],
                lifecycle=[{"ignore_changes": ["vpc"]}],  # it sees no zone's VPC on moto, and would plan to add it
            )
            for record in route53.list_resource_record_sets(HostedZoneId=one["Id"])["ResourceRecordSets"]:
                if record["Type"] in {"NS", "SOA"}:
                    continue
                fields: dict[str, Any] = {"zone_id": zone, "name": record["Name"].rstrip("."), "type": record["Type"]}
                if "AliasTarget" in record:
                    alias = record["AliasTarget"]
                    fields["alias"] = [
                        {
                            "name": alias["DNSName"].rstrip("."),
                            "zone_id": alias["HostedZoneId"],
                            "evaluate_target_health": alias["EvaluateTargetHealth"],
                        }
                    ]
                else:
                    fields |= {"ttl": record["TTL"], "records": [each["Value"] for each in record["ResourceRecords"]]}
                self._add("aws_route53_record", f"{record['Type']}-{record['Name']}", **fields)
