"""Addresses of the spec's networks that the inventory shows in use: by machines' own word, and by hosts' NICs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Address
from typing import Any, NamedTuple

from paver.contract import names
from paver.contract.addresses import span
from paver.contract.driver import Finding
from paver.contract.findings import Path, bad, good, warn
from paver.contract.spec import EnvironmentSpec
from paver_vsphere.bootstrap import vcenter_address
from paver_vsphere.session import Connection, moid
from paver_vsphere.settings import VsphereSettings

WANTED = {
    "VirtualMachine": ("name", "parent", "network", "guest.net"),
    "HostSystem": ("name", "config.network.vnic", "config.network.portgroup"),
}
"""What is read of machines and hosts."""
NAMED = 8
"""How many are named, of each network."""


class Used(NamedTuple):
    """One address, and who has it."""

    address: IPv4Address
    holder: str
    networks: tuple[str, ...]
    """The one that it is on, or those that its holder is on; none where that is not told."""


def used(rows: Iterable[Mapping[str, Any]], named: Mapping[str, str]) -> Iterator[Used]:
    """Every address in these properties of machines and hosts.

    Args:
        rows: The properties.
        named: Names of networks, by id.
    """
    for props in rows:
        on = tuple(sorted({named[moid(ref)] for ref in props.get("network") or () if moid(ref) in named}))
        for nic in props.get("guest.net") or ():
            for text in nic.ipAddress or ():
                yield from _used(text, f"VM {props['name']}", (str(nic.network),) if nic.network else on)
        for nic in props.get("config.network.vnic") or ():
            said = getattr(nic.spec.ip, "ipAddress", None)
            yield from _used(said, f"{nic.device} of host {props['name']}", (str(nic.portgroup or ""),))


def _used(text: str | None, holder: str, networks: tuple[str, ...]) -> Iterator[Used]:
    try:
        yield Used(IPv4Address(text or ""), holder, networks)
    except ValueError:
        return  # none, or of IPv6


def host_use_findings(
    connection: Connection, spec: EnvironmentSpec, settings: VsphereSettings, *, managed: bool
) -> Iterator[Finding]:
    """What a bare host shows. The machines of one that a vCenter manages already may be this environment's own."""
    wanted = {name: paths for name, paths in WANTED.items() if name == "HostSystem" or not managed}
    rows = [row.props for row in connection.retrieve(wanted)]
    groups = (group.spec for props in rows for group in props.get("config.network.portgroup") or ())
    vlans = {str(group.name): int(group.vlanId) for group in groups}
    yield from use_findings(spec, settings, used(rows, {}), vlans, connection.where)


def use_findings(
    spec: EnvironmentSpec, settings: VsphereSettings, there: Iterable[Used], vlans: Mapping[str, object], where: str
) -> Iterator[Finding]:
    """What of it is in a network of the spec, and neither reserved there nor this environment's.

    Who stands on the same network or VLAN is in the way. Of another one nobody knows whether the two ever meet.

    Args:
        spec: The whole spec.
        settings: The section.
        there: What is in use, without what is this environment's own.
        vlans: By a network's native name: its VLAN, where it is known.
        where: The server, for people.
    """
    found, own = list(there), {settings.vcenter, str(vcenter_address(spec, settings))}
    clear = True
    for name in spec.networks:
        native = settings.port_groups.get(name, names.name(spec.name, name))
        vlan = settings.vlans.get(name) or vlans.get(native)
        held = [one for one in found if str(one.address) not in own and _wanted(spec, settings, name, one.address)]
        near = [one for one in held if native in one.networks or (vlan and vlan in map(vlans.get, one.networks))]
        far = [one for one in held if one not in near]
        clear = clear and not held
        at: Path = ("networks", name)
        if near:
            hint = f"give {name} another cidr, or write them under reserved"
            yield bad("addresses", f"{where} shows addresses of {name} in use: {_said(near)}", hint, at)
        if far:
            what = f"{where} shows addresses of {name} in use, on other networks: {_said(far)}"
            yield warn("addresses", what, "they collide where one router leads to both", at)
    if clear:
        yield good("addresses", f"{where} shows no address of the networks in use by others")


def _wanted(spec: EnvironmentSpec, settings: VsphereSettings, name: str, address: IPv4Address) -> bool:
    """Whether an address is the environment's to give in a network: neither reserved there nor its gateway."""
    cidr, number = spec.cidr(name), int(address)
    gateway = settings.gateways.get(name) or cidr.network_address + 1
    reserved = (span(range_) for range_ in spec.networks[name].reserved)
    return address in cidr and address != gateway and not any(low <= number <= high for low, high in reserved)


def _said(held: list[Used]) -> str:
    ordered = sorted(held)
    named = [f"{one.address} by {one.holder}" for one in ordered[:NAMED]]
    return ", ".join([*named, *([f"{len(held) - NAMED} more"] if len(held) > NAMED else [])])
