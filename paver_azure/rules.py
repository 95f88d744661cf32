"""Who may reach whom: security rules, derived from roles. Nothing is open to everyone but what the spec calls public.

A group on a subnet and one on a machine's interface both have their say, so that what one lets in the other must too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Network
from typing import Any

from paver.contract.addresses import fixed_address
from paver.contract.layout import assigned, jumpbox_network
from paver.contract.resource import Key, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import FrozenDict, Name
from paver_azure import ids, places
from paver_azure.resources.noun import inside

JUMPBOX, DIRECTOR, INTERNAL = "jumpbox", "director", "internal"
"""Groups of paver's own; each load balancer has one under its own name."""
SUBNET = "subnet"
SSH = 22
DIRECTOR_PORTS = (6868, 8443, 8844, 25555)
"""Of a director: its agent during set-up, UAA, CredHub, the director itself (bosh.io, "Ports")."""
EVERYONE, NETWORK = "Internet", "VirtualNetwork"
"""Service tags (Microsoft Learn, "Virtual network service tags")."""
FIRST, STEP, LAST = 100, 10, 4096

Rule = FrozenDict[str, Any]
Rules = FrozenDict[str, Rule]


def group_key(name: str) -> Key:
    """The key of an application security group."""
    return places.key("application-group", name)


def groups(spec: EnvironmentSpec) -> tuple[str, ...]:
    """Every application security group of the environment."""
    return (JUMPBOX, DIRECTOR, INTERNAL, *spec.load_balancers)


def for_subnet(spec: EnvironmentSpec, network: Name) -> Rules:
    """What a network lets in and out."""
    found = []
    if network == jumpbox_network(spec):
        found.append(_ssh(spec))
    if spec.purpose(network) != "lb":
        found += [*_internal(spec, (spec.cidr(network),)), *_balanced(spec, spec.load_balancers)]
    found += list(_closed(spec.egress(network)))
    return _numbered(found)


def for_role(spec: EnvironmentSpec, role: str) -> Rules:
    """What the machines of a role let in."""
    if role == JUMPBOX:
        return _numbered([_ssh(spec), *_closed("nat")])
    inner = places.inner_ranges(spec)
    balancers = (role,) if role in spec.load_balancers else ()
    return _numbered([*_internal(spec, inner), *_balanced(spec, balancers), *_closed("nat")])


def _ssh(spec: EnvironmentSpec) -> tuple[str, Rule]:
    sources = spec.jumpbox.allow or (spec.address_space,)
    at = assigned(spec, jumpbox_network(spec)).get("jumpbox")
    return "ssh-to-jumpbox", _allow("Tcp", (SSH,), sources, destinations=(f"{at}/32",))


def _internal(spec: EnvironmentSpec, to: Sequence[IPv4Network]) -> Iterator[tuple[str, Rule]]:
    inner = places.inner_ranges(spec)
    jumpbox = IPv4Network(assigned(spec, jumpbox_network(spec))["jumpbox"])
    targets = tuple(str(cidr) for cidr in to)
    yield "internal", _allow("*", (), inner, destinations=targets)
    yield "ssh-from-jumpbox", _allow("Tcp", (SSH,), (jumpbox,), destinations=targets)
    management = spec.of_purpose("management")[0]
    director = IPv4Network(fixed_address(next(iter(spec.blocks(management).values())), "director"))
    if any(director.subnet_of(cidr) for cidr in to):
        yield "director", _allow("Tcp", DIRECTOR_PORTS, (jumpbox,), destinations=(str(director),))


def _balanced(spec: EnvironmentSpec, names: Iterable[Name]) -> Iterator[tuple[str, Rule]]:
    """What balancers pass on: a standard one leaves the sender's address as it is.

    The probes' sender is let in by a rule of Azure's own (Microsoft Learn, "Azure Load Balancer health probes").
    """
    for name in names:
        balancer = spec.load_balancers[name]
        sources: Sequence[IPv4Network | str] = balancer.allow or (
            (EVERYONE, NETWORK) if balancer.public else (spec.address_space,)
        )
        for protocol in ("tcp", "udp"):
            ports = sorted({port.target for port in balancer.ports if port.protocol == protocol})
            if ports:
                members = (ref(group_key(name)),)
                for number, part in enumerate(_kinds(sources)):
                    suffix = f"-{number + 1}" if number else ""
                    rule = _allow(protocol.capitalize(), ports, part, groups=members)
                    yield f"{name}-{protocol}{suffix}", rule


def _kinds(sources: Sequence[IPv4Network | str]) -> Iterator[Sequence[IPv4Network | str]]:
    """A rule names several ranges, or one service tag."""
    ranges = [source for source in sources if not isinstance(source, str)]
    if ranges:
        yield ranges
    yield from ((source,) for source in sources if isinstance(source, str))


def _closed(egress: str) -> Iterator[tuple[str, Rule]]:
    """Azure lets everything in the network reach everything, and everything reach the Internet, unless one says no."""
    yield "rest-of-network", _rule("Deny", "Inbound", "*", (), (NETWORK,), destinations=(NETWORK,))
    if egress == "none":
        yield "internet", _rule("Deny", "Outbound", "*", (), (NETWORK,), destinations=(EVERYONE,))


def _allow(protocol: str, ports: Iterable[int], sources: Iterable[IPv4Network | str], **more: Any) -> Rule:
    return _rule("Allow", "Inbound", protocol, ports, sources, **more)


def _rule(
    access: str,
    direction: str,
    protocol: str,
    ports: Iterable[int],
    sources: Iterable[IPv4Network | str],
    *,
    destinations: Iterable[str] = (),
    groups: Iterable[Value] = (),
) -> Rule:
    return FrozenDict(
        access=access,
        direction=direction,
        protocol=protocol,
        ports=tuple(str(port) for port in ports) or ("*",),
        sources=tuple(str(source) for source in sources),
        destinations=tuple(destinations),
        groups=tuple(groups),
    )


def _numbered(found: Sequence[tuple[str, Rule]]) -> Rules:
    """With priorities: permissions in their order, refusals last, both counted by direction."""
    numbered: dict[str, Rule] = {}
    first, last = FIRST, {"Inbound": LAST, "Outbound": LAST}
    for name, rule in found:
        if rule["access"] == "Deny":
            priority = last[rule["direction"]]
            last[rule["direction"]] -= 1
        else:
            priority, first = first, first + STEP
        numbered[name] = FrozenDict({**rule, "priority": priority})
    return FrozenDict(numbered)


def told(rules: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rules as ARM takes them."""
    return [{"name": name, "properties": _properties(rule)} for name, rule in rules.items()]


def _properties(rule: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "access": rule["access"],
        "direction": rule["direction"],
        "protocol": rule["protocol"],
        "priority": rule["priority"],
        "sourcePortRange": "*",
        **_one_or_many("destinationPortRange", rule["ports"]),
        **_one_or_many("sourceAddressPrefix", rule["sources"], "sourceAddressPrefixes"),
    }
    if rule["groups"]:
        return {**found, "destinationApplicationSecurityGroups": [{"id": str(id_)} for id_ in rule["groups"]]}
    return {**found, **_one_or_many("destinationAddressPrefix", rule["destinations"], "destinationAddressPrefixes")}


def _one_or_many(name: str, values: Sequence[str], several: str = "") -> dict[str, Any]:
    """ARM has two fields for each, and a service tag or `*` goes only into the one for a single value."""
    return {name: values[0]} if len(values) == 1 else {several or f"{name}s": list(values)}


def read(record: Mapping[str, Any]) -> Rules:
    """The rules of a group as ARM tells them."""
    found = {}
    for one in inside(record, "properties", "securityRules") or ():
        told = one["properties"]
        groups = told.get("destinationApplicationSecurityGroups") or ()
        found[str(one["name"])] = FrozenDict(
            access=told["access"],
            direction=told["direction"],
            protocol=str(told["protocol"]).capitalize(),
            ports=_read(told, "destinationPortRange", "destinationPortRanges"),
            sources=_read(told, "sourceAddressPrefix", "sourceAddressPrefixes"),
            destinations=_read(told, "destinationAddressPrefix", "destinationAddressPrefixes"),
            groups=tuple(ids.canonical(str(group["id"])) for group in groups),
            priority=told["priority"],
        )
    return FrozenDict(found)


def _read(told: Mapping[str, Any], one: str, several: str) -> tuple[str, ...]:
    single = told.get(one)
    return tuple(str(value) for value in ((single,) if single else told.get(several) or ()))
