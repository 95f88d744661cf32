"""What networks, subnets, firewalls, routers and addresses demand (Compute Engine API Reference; VPC documentation)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from paver_gcp.sandbox.call import Call
from paver_gcp.sandbox.problem import Problem, invalid, unmade
from paver_gcp.sandbox.world import Record, World, bare

LONGEST_PREFIX = 29
KEPT_HEAD, KEPT_TAIL = 2, 2
"""Addresses of a subnet that are Google's (VPC documentation, "Unusable addresses in IPv4 subnet ranges")."""
WITH_PORTS = frozenset({"tcp", "udp", "sctp", "6", "17", "132"})
_PORTS = re.compile(r"[0-9]{1,5}(-[0-9]{1,5})?")
_TAG = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")


def network(call: Call, path: str, record: Record, before: Record | None) -> None:
    """One in custom mode: the emulator makes no subnets by itself, and no legacy networks."""
    del call, path, before
    if record.get("autoCreateSubnetworks") is not False:
        raise unmade("networks other than in custom mode")


def subnetwork(call: Call, path: str, record: Record, before: Record | None) -> None:
    """A range of its own within its network."""
    block = _block("ipCidrRange", record.get("ipCidrRange", ""))
    if block.prefixlen > LONGEST_PREFIX:
        raise invalid(f"Invalid value for field 'resource.ipCidrRange': '{block}'. It is smaller than /29")
    if "network" not in record:
        raise Problem(400, "required", "Required field 'resource.network' not specified")
    if before is not None and before["ipCidrRange"] != record["ipCidrRange"]:
        raise invalid("Invalid value for field 'resource.ipCidrRange': it cannot be changed by patch")
    for other, found in call.world.resources.items():
        beside = "/subnetworks/" in other and other != path and found["network"] == record["network"]
        if beside and IPv4Network(found["ipCidrRange"]).overlaps(block):
            message = (
                f"Invalid IPCidrRange: {block} conflicts with existing subnetwork '{found['name']}' "
                f"in region '{other.split('/')[3]}'."
            )
            raise invalid(message)
    record["gatewayAddress"] = str(block.network_address + 1)


def firewall(call: Call, path: str, record: Record, before: Record | None) -> None:
    """Allows or denies; a source only for what comes in by tag, a range in both ways."""
    del call, path, before
    if ("allowed" in record) is ("denied" in record):
        raise invalid("Invalid value for field 'resource': exactly one of allowed and denied is wanted")
    outward = record["direction"] == "EGRESS"
    if outward and (record.get("sourceTags") or record.get("sourceServiceAccounts")):
        raise invalid("Invalid value for field 'resource.sourceTags': it must not be specified for EGRESS")
    if not 0 <= record["priority"] <= 65535:  # noqa: PLR2004  the reference's own numbers
        raise invalid(f"Invalid value for field 'resource.priority': '{record['priority']}'")
    for name in ("sourceRanges", "destinationRanges"):
        for text in record.get(name, ()):
            _block(name, text)
    if wrong := [t for name in ("sourceTags", "targetTags") for t in record.get(name, ()) if not _TAG.fullmatch(t)]:
        raise invalid(f"Invalid value for field 'resource.targetTags': '{wrong[0]}'")
    for rule in (*record.get("allowed", ()), *record.get("denied", ())):
        _ported(rule)
    if not outward and not (record.get("sourceRanges") or record.get("sourceTags")):
        record["sourceRanges"] = ["0.0.0.0/0"]
    if outward and not record.get("destinationRanges"):
        record["destinationRanges"] = ["0.0.0.0/0"]


def _ported(rule: Record) -> None:
    if rule.get("ports") and rule["IPProtocol"] not in WITH_PORTS:
        raise invalid(f"Invalid value for field 'ports': {rule['IPProtocol']} has none")
    for ports in rule.get("ports", ()):
        if not _PORTS.fullmatch(ports):
            raise invalid(f"Invalid value for field 'ports': '{ports}'")


def router(call: Call, path: str, record: Record, before: Record | None) -> None:
    """Its NATs: a subnet is in one of them only, and an address too."""
    del call, path, before
    subnets: list[str] = []
    addresses: list[str] = []
    for nat in record.get("nats", ()):
        for name in ("name", "natIpAllocateOption", "sourceSubnetworkIpRangesToNat"):
            if name not in nat:
                raise Problem(400, "required", f"Required field 'resource.nats[].{name}' not specified")
        if (nat["natIpAllocateOption"] == "MANUAL_ONLY") is not bool(nat.get("natIps")):
            raise invalid("Invalid value for field 'resource.nats[].natIps': wanted with MANUAL_ONLY, and only there")
        listed = nat["sourceSubnetworkIpRangesToNat"] == "LIST_OF_SUBNETWORKS"
        if listed is not bool(nat.get("subnetworks")):
            raise invalid("Invalid value for field 'resource.nats[].subnetworks': wanted with LIST_OF_SUBNETWORKS only")
        for one in nat.get("subnetworks", ()):
            if not one.get("sourceIpRangesToNat"):
                raise Problem(400, "required", "Required field 'sourceIpRangesToNat' not specified")
            subnets.append(one["name"])
        addresses += nat.get("natIps", ())
    for what, found in (("subnetworks", subnets), ("natIps", addresses)):
        if len(set(found)) < len(found):
            raise invalid(f"Invalid value for field 'resource.nats[].{what}': one stands there twice")


def address(call: Call, path: str, record: Record, before: Record | None) -> None:
    """A public one is given; an inner one is asked for, or the first that is free."""
    del path
    if before is not None:
        return
    if record["addressType"] == "EXTERNAL":
        if "subnetwork" in record or "address" in record:
            raise invalid("Invalid value for field 'resource': a new external address is not to be chosen")
        record["address"] = call.world.public_address()
        record["networkTier"] = record.get("networkTier", "PREMIUM")
        return
    if "subnetwork" not in record:
        raise Problem(400, "required", "Required field 'resource.subnetwork' not specified")
    record["purpose"] = record.get("purpose", "GCE_ENDPOINT")
    place = bare(record["subnetwork"])
    if "address" in record:
        check_free(call.world, place, str(record["address"]))
    else:
        record["address"] = str(next(free(call.world, place)))


def free(world: World, subnet: str) -> Iterator[IPv4Address]:
    """The addresses of a subnet that nobody has."""
    block = IPv4Network(world.resources[subnet]["ipCidrRange"])
    used = set(taken(world, subnet))
    low, high = int(block.network_address) + KEPT_HEAD, int(block.broadcast_address) - KEPT_TAIL
    return (IPv4Address(one) for one in range(low, high + 1) if str(IPv4Address(one)) not in used)


def check_free(world: World, subnet: str, text: str) -> None:
    """Refuse an address that is outside, Google's, or somebody's. Raises Problem."""
    block, wanted = IPv4Network(world.resources[subnet]["ipCidrRange"]), IPv4Address(text)
    offset, last = int(wanted) - int(block.network_address), int(block.broadcast_address) - int(wanted)
    if offset < KEPT_HEAD or last < KEPT_TAIL:
        raise invalid(f"Invalid value for field 'address': '{text}'. Requested internal IP address is outside {block}")
    if text in taken(world, subnet):
        raise Problem(400, "ipAddressInUse", f"IP_IN_USE_BY_ANOTHER_RESOURCE: IP '{text}' is already being used")


def taken(world: World, subnet: str) -> Iterator[str]:
    """The inner addresses of a subnet that are reserved or a machine's."""
    for path, record in world.resources.items():
        if "/addresses/" in path and bare(record.get("subnetwork", "")) == subnet:
            yield str(record["address"])
        if "/instances/" in path:
            for interface in record.get("networkInterfaces", ()):
                if bare(interface.get("subnetwork", "")) == subnet and "networkIP" in interface:
                    yield str(interface["networkIP"])


def _block(name: str, text: str) -> IPv4Network:
    try:
        return IPv4Network(text)
    except ValueError as error:
        raise invalid(f"Invalid value for field 'resource.{name}': '{text}'. {error}") from error
