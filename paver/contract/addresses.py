"""How addresses are derived that nobody wrote: the same rule on every IaaS, so a zone's static addresses move along.

A network is cut into four quarters; zone zN numbers from quarter N. Of each block the first ten addresses and the last
two belong to nobody: some providers keep the first four and the last, others the first two and the last two, and paver
numbers its own machines from offset 4 on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network
from types import MappingProxyType

from paver.contract.types import Purpose, Range, ZoneName, range_bounds

SLOTS = MappingProxyType(
    {"management": (4, 0), "services": (4, 1), "lb": (4, 2), "storage": (4, 3), "workload": (2, 1)}
)
"""Purpose to its slot of the address space: by how many bits longer the prefix is, and which of those it takes."""

OFFSETS = MappingProxyType({"iaas": 4, "jumpbox": 5, "director": 6})
"""Where paver's own machines stand, in the first zone's block of their network."""

HEAD = 10
TAIL = 2
BLOCK_MIN = 32

Span = tuple[int, int]


def slot_cidr(address_space: IPv4Network, purpose: Purpose) -> IPv4Network:
    """The CIDR of a network that states none: its purpose's slot, whatever else the spec holds."""
    bits, index = SLOTS[purpose]
    size = 1 << (32 - address_space.prefixlen - bits)
    return IPv4Network((int(address_space.network_address) + index * size, address_space.prefixlen + bits))


def zone_blocks(cidr: IPv4Network, zones: Sequence[ZoneName], *, single: bool = False) -> dict[ZoneName, IPv4Network]:
    """The block that each zone numbers from: a quarter, by the zone's digit; the whole where there is `single` zone."""
    if single:
        return {zones[0]: cidr}
    size = cidr.num_addresses // 4
    base = int(cidr.network_address)
    return {zone: IPv4Network((base + (int(zone[1]) - 1) * size, cidr.prefixlen + 2)) for zone in zones}


def static_span(block: IPv4Network) -> Span:
    """What a deployment may claim by address: from offset 10 to the end of the block's first quarter, at least six."""
    base = int(block.network_address)
    return base + HEAD, base + max(block.num_addresses // 4, HEAD + 6) - 1


def reserved_spans(block: IPv4Network, purpose: Purpose) -> list[Span]:
    """What BOSH must not touch; in an lb network also the dynamic part, where the IaaS numbers its own nodes."""
    base, last = int(block.network_address), int(block.broadcast_address)
    tail = static_span(block)[1] + 1 if purpose == "lb" else last - TAIL + 1
    return [(base, base + HEAD - 1), (tail, last)]


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """The spans less what is taken from them, in order."""
    left = sorted(spans)
    for low, high in taken:
        left = [
            part
            for first, last in left
            for part in ((first, min(last, low - 1)), (max(first, high + 1), last))
            if part[0] <= part[1]
        ]
    return left


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same addresses in as few spans as there can be, in order."""
    found: list[Span] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def text(span: Span) -> Range:
    """`10.0.0.1-10.0.0.9`, or one address."""
    first, last = (str(IPv4Address(end)) for end in span)
    return first if first == last else f"{first}-{last}"


def span(range_: Range) -> Span:
    """The numbers of a range."""
    first, last = range_bounds(range_)
    return int(first), int(last)


def fixed_address(first_block: IPv4Network, role: str) -> IPv4Address:
    """Where one of paver's own machines stands: the director and an inner jumpbox in management, a public one in lb."""
    return first_block.network_address + OFFSETS[role]
