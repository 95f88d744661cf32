"""What holds a thing that AWS will not delete: looked up once it said so, and named, with whether it is ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from paver.contract import names
from paver.contract.errors import Busy, CallError
from paver.contract.resource import Observed
from paver_aws import marks
from paver_aws.api import Api, Record

Holder = tuple[str, bool]
"""A name for people, and whether it is the same owner's."""
Find = Callable[[Api, Observed], Iterator[Holder]]

OURS = ("nat_gateway", "network_load_balancer", "vpc_endpoint", "gateway_load_balancer_endpoint")
"""Interfaces that AWS makes for a thing and takes away with it: they bear no tags, and go when that goes."""


def blockers(api: Api, have: Observed, error: Busy) -> Busy:
    """The same error, with what is in the way; as it was where nothing is found."""
    look = _LOOKS.get(have.kind)
    try:
        found = list(look(api, have)) if look is not None else []
    except CallError:  # what cannot be looked up is not worth another error
        found = []
    if not found:
        return error
    named = [name for name, _ in found]
    return Busy(
        f"{error.message}: held by {', '.join(named[:5])}", blockers=named, foreign=not all(ours for _, ours in found)
    )


def _listed(
    api: Api, have: Observed, method: str, within: str, identifier: str, filters: Mapping[str, Sequence[str]]
) -> Iterator[Holder]:
    asked = [{"Name": name, "Values": list(values)} for name, values in filters.items()]
    for record in api.pages("ec2", method, within, Filters=asked):
        tags = marks.plain(record.get("Tags") or record.get("TagSet"))
        yield str(record[identifier]), tags.get(names.OWNER) == str(have.owner)


def interface(record: Record) -> str:
    """A network interface, for people."""
    by = record.get("Attachment", {}).get("InstanceId") or record.get("Description") or record.get("InterfaceType", "")
    return f"{record['NetworkInterfaceId']} ({by})" if by else str(record["NetworkInterfaceId"])


def _interfaces(api: Api, have: Observed, name: str, id_: str) -> Iterator[Holder]:
    asked = [{"Name": name, "Values": [id_]}]
    for record in api.pages("ec2", "describe_network_interfaces", "NetworkInterfaces", Filters=asked):
        tags = marks.plain(record.get("TagSet"))
        mine = tags.get(names.OWNER) == str(have.owner) or record.get("InterfaceType") in OURS
        yield interface(record), mine


def _in_vpc(api: Api, have: Observed) -> Iterator[Holder]:
    inside = {"vpc-id": [have.id]}
    yield from _listed(api, have, "describe_subnets", "Subnets", "SubnetId", inside)
    for record in api.pages("ec2", "describe_security_groups", "SecurityGroups", Filters=_filters(inside)):
        if record["GroupName"] != "default":
            yield str(record["GroupId"]), marks.plain(record.get("Tags")).get(names.OWNER) == str(have.owner)
    for record in api.pages("ec2", "describe_route_tables", "RouteTables", Filters=_filters(inside)):
        if not any(association.get("Main") for association in record.get("Associations", ())):
            yield str(record["RouteTableId"]), marks.plain(record.get("Tags")).get(names.OWNER) == str(have.owner)
    attached = {"attachment.vpc-id": [have.id]}
    yield from _listed(api, have, "describe_internet_gateways", "InternetGateways", "InternetGatewayId", attached)
    yield from _listed(api, have, "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", inside)
    yield from _interfaces(api, have, "vpc-id", have.id)


def _in_subnet(api: Api, have: Observed) -> Iterator[Holder]:
    yield from _interfaces(api, have, "subnet-id", have.id)


def _behind_gateway(api: Api, have: Observed) -> Iterator[Holder]:
    asked = [{"Name": "vpc-id", "Values": list(have.needs)}, {"Name": "association.ip-owner-id", "Values": ["*"]}]
    for record in api.pages("ec2", "describe_network_interfaces", "NetworkInterfaces", Filters=asked):
        tags = marks.plain(record.get("TagSet"))
        yield interface(record), tags.get(names.OWNER) == str(have.owner) or record.get("InterfaceType") in OURS


def _with_group(api: Api, have: Observed) -> Iterator[Holder]:
    yield from _interfaces(api, have, "group-id", have.id)
    naming = {"ip-permission.group-id": [have.id]}
    for name, ours in _listed(api, have, "describe_security_groups", "SecurityGroups", "GroupId", naming):
        if name != have.id:
            yield name, ours


def _filters(of: Mapping[str, Sequence[str]]) -> list[dict[str, object]]:
    return [{"Name": name, "Values": list(values)} for name, values in of.items()]


_LOOKS: Mapping[str, Find] = {
    "vpc": _in_vpc,
    "subnet": _in_subnet,
    "internet-gateway": _behind_gateway,
    "security-group": _with_group,
}
