"""Everything that somebody can change by hand in a paved account and that paver puts right in place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from accounts import Account, Document, Environment

ANYBODY = {"Effect": "Allow", "Action": "*", "Resource": "*"}
REGION = "eu-west-1"
PATH = "/paver/"


class Hand:
    """Somebody with the rights of an administrator.

    Args:
        account: The account.
        environment: What is paved there.
    """

    def __init__(self, account: Account, environment: Environment) -> None:
        self._ec2, self._elb, self._iam = (account.client(name) for name in ("ec2", "elbv2", "iam"))
        self._kms, self._s3, self._route53 = (account.client(name) for name in ("kms", "s3", "route53"))
        self._environment = environment
        self._section: Document = environment.section

    def touch_everything(self) -> None:
        """One edit of each noun that has something to edit."""
        self._network()
        self._machine()
        self._balancers()
        self._principals()
        self._stores()
        self._names()

    def fill_the_bucket(self) -> None:
        """Somebody's data."""
        self._s3.put_object(Bucket=self._bucket, Key="data", Body=b"somebody's")

    @property
    def _bucket(self) -> str:
        return f"sandbox-blobs-{self._environment.id.hex[:10]}"

    def _one(self, method: str, within: str, key: str) -> dict[str, Any]:
        filters = [
            {"Name": "tag:paver-key", "Values": [key]},
            {"Name": "tag:paver-owner", "Values": [str(self._environment.id)]},
        ]
        found: dict[str, Any] = getattr(self._ec2, method)(Filters=filters)[within][0]
        return found

    def _table(self, key: str) -> dict[str, Any]:
        return self._one("describe_route_tables", "RouteTables", key)

    def _network(self) -> None:
        vpc = self._one("describe_vpcs", "Vpcs", "vpc/sandbox")["VpcId"]
        self._ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": False})
        gateway = self._one("describe_internet_gateways", "InternetGateways", "internet-gateway/sandbox")
        closed, direct = self._table("route-table/closed"), self._table("route-table/direct")
        nat = next(self._ec2_tables("route-table/nat/"))["RouteTableId"]
        everywhere = {"DestinationCidrBlock": "0.0.0.0/0"}
        self._ec2.replace_route(RouteTableId=nat, GatewayId=gateway["InternetGatewayId"], **everywhere)
        [association] = [one for one in closed["Associations"] if "SubnetId" in one][:1]
        self._ec2.replace_route_table_association(
            AssociationId=association["RouteTableAssociationId"], RouteTableId=direct["RouteTableId"]
        )
        group = self._one("describe_security_groups", "SecurityGroups", "security-group/jumpbox")["GroupId"]
        ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
        self._ec2.authorize_security_group_ingress(
            GroupId=group, IpPermissions=[{**ssh, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        )
        endpoint = self._one("describe_vpc_endpoints", "VpcEndpoints", "endpoint/s3")["VpcEndpointId"]
        self._ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, RemoveRouteTableIds=[nat])

    def _ec2_tables(self, prefix: str) -> Iterator[dict[str, Any]]:
        filters = [{"Name": "tag:paver-owner", "Values": [str(self._environment.id)]}]
        for table in self._ec2.describe_route_tables(Filters=filters)["RouteTables"]:
            if any(tag["Key"] == "paver-key" and tag["Value"].startswith(prefix) for tag in table["Tags"]):
                yield table

    def _machine(self) -> None:
        machine = self._one("describe_instances", "Reservations", "instance/jumpbox")["Instances"][0]["InstanceId"]
        internal = self._one("describe_security_groups", "SecurityGroups", "security-group/internal")["GroupId"]
        self._ec2.modify_instance_attribute(InstanceId=machine, Groups=[internal])
        self._ec2.modify_instance_metadata_options(InstanceId=machine, HttpTokens="optional")
        self._ec2.stop_instances(InstanceIds=[machine])

    def _balancers(self) -> None:
        internal = self._one("describe_security_groups", "SecurityGroups", "security-group/internal")["GroupId"]
        named = self._elb.describe_load_balancers(Names=["sandbox-concourse"])["LoadBalancers"]
        balancer = named[0]["LoadBalancerArn"]
        self._elb.set_security_groups(LoadBalancerArn=balancer, SecurityGroups=[internal])
        other = self._elb.describe_target_groups(Names=["sandbox-ssh-22"])["TargetGroups"][0]["TargetGroupArn"]
        listener = self._elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"][0]["ListenerArn"]
        self._elb.modify_listener(ListenerArn=listener, DefaultActions=[{"Type": "forward", "TargetGroupArn": other}])

    def _principals(self) -> None:
        iam = self._iam
        nobody = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        trust, policy = (json.dumps({"Version": "2012-10-17", "Statement": [one]}) for one in (nobody, ANYBODY))
        iam.update_assume_role_policy(RoleName="sandbox-jumpbox", PolicyDocument=trust)
        iam.put_role_policy(RoleName="sandbox-director", PolicyName="paver", PolicyDocument=policy)
        iam.put_user_policy(UserName="sandbox-blobstore", PolicyName="paver", PolicyDocument=policy)
        [key] = iam.list_access_keys(UserName="sandbox-blobstore")["AccessKeyMetadata"]
        iam.update_access_key(UserName="sandbox-blobstore", AccessKeyId=key["AccessKeyId"], Status="Inactive")
        iam.remove_role_from_instance_profile(InstanceProfileName="sandbox-director", RoleName="sandbox-director")
        if self._section.get("permissions_boundary"):
            iam.delete_role_permissions_boundary(RoleName="sandbox-director")
        else:
            bound = iam.create_policy(PolicyName=f"by-hand-{self._environment.id}", PolicyDocument=policy)
            arn = bound["Policy"]["Arn"]
            iam.put_role_permissions_boundary(RoleName="sandbox-director", PermissionsBoundary=arn)

    def _stores(self) -> None:
        self._s3.put_bucket_versioning(Bucket=self._bucket, VersioningConfiguration={"Status": "Suspended"})
        self._s3.delete_public_access_block(Bucket=self._bucket)
        self._s3.delete_bucket_policy(Bucket=self._bucket)
        key = self._kms.describe_key(KeyId="alias/sandbox-disks")["KeyMetadata"]["KeyId"]
        self._kms.disable_key_rotation(KeyId=key)

    def _names(self) -> None:
        zone = self._section.get("hosted_zone")
        zones = self._route53.list_hosted_zones()["HostedZones"]
        found = zone or next(
            one["Id"] for one in zones if str(self._environment.id) in one["Config"].get("Comment", "")
        )
        record = {
            "Name": "concourse.sandbox.example.com.",
            "Type": "A",
            "TTL": 60,
            "ResourceRecords": [{"Value": "192.0.2.1"}],
        }
        listed = self._route53.list_resource_record_sets(HostedZoneId=found)["ResourceRecordSets"]
        [before] = [one for one in listed if one["Name"] == record["Name"] and one["Type"] == "A"]
        changes = [{"Action": "DELETE", "ResourceRecordSet": before}, {"Action": "CREATE", "ResourceRecordSet": record}]
        self._route53.change_resource_record_sets(HostedZoneId=found, ChangeBatch={"Changes": changes})
