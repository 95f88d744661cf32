"""Who may reach whom: security rules, derived from roles. Nothing is open to everyone but what the spec calls public.

A rule is written `tcp:22 from 198.51.100.0/24`, `all from internal`; its value is the range, or the group's id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any

from paver.contract.resource import Key, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import FrozenDict
from paver_aws.api import Record
from paver_aws.settings import AwsSettings

JUMPBOX, DIRECTOR, INTERNAL, ENDPOINTS = "jumpbox", "director", "internal", "iaas"
"""Groups of paver's own; each load balancer has one under its own name."""
SSH = 22
FROM_JUMPBOX = (SSH, 6868, 8443, 8844, 25555)
"""SSH, and of a director: its agent during set-up, UAA, CredHub, the director (bosh.io, "Ports")."""
ALL = "-1"
Rules = Mapping[str, Value]


def group_key(name: str) -> Key:
    """The key of a group."""
    return Key(kind="security-group", name=name)


def groups(spec: EnvironmentSpec, settings: AwsSettings) -> tuple[str, ...]:
    """Every group of the environment."""
    own = (JUMPBOX, DIRECTOR, INTERNAL)
    interface = (ENDPOINTS,) if any(name != "s3" for name in settings.endpoints) else ()
    return (*own, *interface, *spec.load_balancers)


def rules(spec: EnvironmentSpec, group: str) -> FrozenDict[str, Value]:
    """What may come in to the members of a group."""
    own = [spec.address_space]
    if group == JUMPBOX:
        return _rules(_ranges("tcp", SSH, spec.jumpbox.allow or own))
    if group == ENDPOINTS:
        return _rules(_ranges("tcp", 443, own))
    if group == INTERNAL:
        return _rules([_from("all", INTERNAL), _from("all", DIRECTOR), *_ports(FROM_JUMPBOX, JUMPBOX)])
    if group == DIRECTOR:
        return _rules([_from("all", INTERNAL), _from("all", DIRECTOR), *_ports(FROM_JUMPBOX, JUMPBOX)])
    balancer = spec.load_balancers[group]
    allow = balancer.allow or ([IPv4Network("0.0.0.0/0")] if balancer.public else own)
    found: list[tuple[str, Value]] = []
    for port in balancer.ports:
        found += _ranges(port.protocol, port.listen, allow)
        # The machines behind it are members of its group as well: from one another they take what it forwards, and
        # its health checks, which are always TCP.
        found += [_from(f"{port.protocol}:{port.target}", group), _from(f"tcp:{port.target}", group)]
    return _rules(found)


def permissions(found: Rules) -> list[dict[str, Any]]:
    """The rules as EC2 takes them."""
    return [_permission(text, str(value)) for text, value in found.items()]


def read(record: Record, names: Mapping[str, str]) -> FrozenDict[str, Value]:
    """The rules of a group as EC2 tells it.

    Args:
        record: The group.
        names: The names of our groups, by id.
    """
    found: dict[str, Value] = {}
    for permission in record.get("IpPermissions", ()):
        what = _what(permission)
        ranges = [span["CidrIp"] for span in permission.get("IpRanges", ())]
        ranges += [span["CidrIpv6"] for span in permission.get("Ipv6Ranges", ())]
        ranges += [listed["PrefixListId"] for listed in permission.get("PrefixListIds", ())]
        found |= {f"{what} from {source}": source for source in ranges}
        for pair in permission.get("UserIdGroupPairs", ()):
            id_ = pair["GroupId"]
            found[f"{what} from {names.get(id_, id_)}"] = id_
    return _rules(found.items())


def _permission(text: str, value: str) -> dict[str, Any]:
    what = text.partition(" from ")[0]
    protocol, _, ports = what.partition(":")
    first, _, last = ports.rpartition("..")
    found: dict[str, Any] = {"IpProtocol": ALL if protocol == "all" else protocol}
    if ports:
        found |= {"FromPort": int(first or last), "ToPort": int(last)}
    if value.startswith("sg-"):
        return {**found, "UserIdGroupPairs": [{"GroupId": value}]}
    if value.startswith("pl-"):
        return {**found, "PrefixListIds": [{"PrefixListId": value}]}
    if ":" in value:
        return {**found, "Ipv6Ranges": [{"CidrIpv6": value}]}
    return {**found, "IpRanges": [{"CidrIp": value}]}


def _what(permission: Record) -> str:
    protocol = str(permission["IpProtocol"])
    if protocol == ALL:
        return "all"
    first, last = permission.get("FromPort"), permission.get("ToPort")
    if first is None or last is None:
        return protocol
    return f"{protocol}:{first}" if first == last else f"{protocol}:{first}..{last}"


def _ranges(protocol: str, port: int, sources: Iterable[IPv4Network]) -> list[tuple[str, Value]]:
    return [(f"{protocol}:{port} from {source}", str(source)) for source in sources]


def _ports(ports: Iterable[int], group: str) -> Iterator[tuple[str, Value]]:
    return (_from(f"tcp:{port}", group) for port in ports)


def _from(what: str, group: str) -> tuple[str, Value]:
    return f"{what} from {group}", ref(group_key(group))


def _rules(found: Iterable[tuple[str, Value]]) -> FrozenDict[str, Value]:
    return FrozenDict(sorted(found, key=lambda rule: rule[0]))
