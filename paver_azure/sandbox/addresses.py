"""What Azure holds addresses to: syntax, containment, overlap, and the five that it keeps of every subnet.

Microsoft Learn, "Virtual network FAQ": the first four addresses of a subnet and its last one are Azure's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from paver_azure.sandbox.kinds import SUBNETS
from paver_azure.sandbox.message import Json, Refusal
from paver_azure.sandbox.store import Resource, Store

FIRST_FREE = 4


def network(text: object, of: str) -> IPv4Network:
    """A range. Raises Refusal where it is none."""
    try:
        return IPv4Network(str(text))
    except ValueError:
        said = f"Address prefix {text} of resource {of} is not formatted correctly. It should follow CIDR notation."
        raise Refusal(400, "InvalidCIDRNotation", said) from None


def prefixes(properties: Json) -> list[Any]:
    """A subnet's ranges."""
    return list(properties.get("addressPrefixes") or [properties.get("addressPrefix")])


def within(subnet: str, properties: Json, space: Iterable[Any]) -> None:
    """A subnet's ranges are inside its network's."""
    spaces = [network(one, subnet) for one in space]
    for text in prefixes(properties):
        found = network(text, subnet)
        if not any(found.subnet_of(one) for one in spaces):
            said = f"Subnet '{subnet}' is not valid: its range is outside the address space of the virtual network."
            raise Refusal(400, "NetcfgInvalidSubnet", said)


def apart(subnet: str, properties: Json, others: Iterable[Resource]) -> None:
    """They overlap no other subnet's."""
    own = [network(text, subnet) for text in prefixes(properties)]
    for other in others:
        for text in prefixes(other.body["properties"]):
            if any(one.overlaps(network(text, other.name)) for one in own):
                said = f"Subnet '{subnet}' is not valid: its range overlaps with that of the subnet '{other.name}'."
                raise Refusal(400, "NetcfgSubnetRangesOverlap", said)


def assign(store: Store, id_: str, configurations: list[Json]) -> None:
    """Check the addresses that interfaces and frontends ask for, and give one to those that ask for none."""
    for configuration in configurations:
        properties = configuration.setdefault("properties", {})
        told = (properties.get("subnet") or {}).get("id")
        if not told:
            continue
        subnet = store.get(str(told))
        if subnet is None or subnet.type != SUBNETS:
            raise Refusal(404, "NotFound", f"Resource {str(told).upper()} not found.")
        range_ = network(prefixes(subnet.body["properties"])[0], subnet.name)
        taken = set(_taken(store, subnet.key, id_.lower()))
        if not properties.get("privateIPAddress"):
            free = (range_[number] for number in range(FIRST_FREE, range_.num_addresses - 1))
            properties["privateIPAddress"] = str(next(one for one in free if str(one) not in taken))
        _fits(str(properties["privateIPAddress"]), range_, taken, subnet)


def _fits(text: str, range_: IPv4Network, taken: set[str], subnet: Resource) -> None:
    try:
        address = IPv4Address(text)
    except ValueError:
        raise Refusal(400, "InvalidIPAddressFormat", f"Private static IP address {text} is not an address.") from None
    if address not in range_:
        said = f"Private static IP address {text} does not belong to the range of subnet prefix {range_}."
        raise Refusal(400, "PrivateIPAddressNotInSubnet", said)
    if int(address) - int(range_.network_address) < FIRST_FREE or address == range_.broadcast_address:
        said = f"Private static IP address {text} falls within reserved IP range of subnet prefix {range_}."
        raise Refusal(400, "PrivateIPAddressInReservedRange", said)
    if text in taken:
        said = f"IP configuration uses the private ip address {text} which is already allocated in subnet {subnet.id}."
        raise Refusal(400, "PrivateIPAddressIsAllocated", said)


def _taken(store: Store, subnet: str, but: str) -> Iterator[str]:
    for user, _ in store.links_to(subnet):
        if user.key == but:
            continue
        properties = user.body.get("properties") or {}
        for name in ("ipConfigurations", "frontendIPConfigurations"):
            for configuration in properties.get(name) or ():
                address = (configuration.get("properties") or {}).get("privateIPAddress")
                if address:
                    yield str(address)
