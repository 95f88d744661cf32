"""Whether names and addresses are free: what has one is then somebody else's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from ipaddress import IPv4Network

from paver.contract import names
from paver.contract.asking import asked
from paver.contract.driver import Finding
from paver.contract.findings import bad, warn
from paver.contract.layout import made
from paver.contract.resource import Desired
from paver.contract.spec import EnvironmentSpec
from paver_azure import ids, marks
from paver_azure.api import Api, Record
from paver_azure.resources.noun import inside
from paver_azure.section import SECTION

GROUP = "Microsoft.Resources/resourceGroups"
NETWORK = "Microsoft.Network/virtualNetworks"
LOCKS = "Microsoft.Authorization/locks"


def group(api: Api, spec: EnvironmentSpec) -> Iterator[Finding]:
    """The group's name is free or ours; nobody's lock keeps changes out of it."""
    given = api.settings.resource_group
    id_ = ids.group_id(api.settings.root, given or spec.name)
    found = asked(partial(api.look, GROUP, id_))
    if given and found is None:
        yield bad("names", f"there is no resource group {given}", path=(*SECTION, "resource_group"))
    if found is None:
        return
    if not given and marks.claim(found.get("tags"), spec.owner, "group") is None:
        owner = marks.plain(found.get("tags")).get(names.OWNER)
        whose = f"owner {owner} has it" if owner else "nobody of paver's made it"
        yield bad(
            "names", f"resource group {spec.name} is there, and {whose}", "choose another name, or name it existing"
        )
        return
    yield from locked(api, str(found["name"]))


def locked(api: Api, name: str) -> Iterator[Finding]:
    """Locks of others on the group."""
    for lock in asked(partial(api.all_of, LOCKS, name)):
        level = str(inside(lock, "properties", "level") or "")
        notes = str(inside(lock, "properties", "notes") or "")
        if names.read_marker(notes) is not None:
            continue
        said = f"lock {lock['name']} ({level}) on {str(lock['id']).rpartition('/providers/')[0]}"
        if level == "ReadOnly":
            yield bad("locked", f"{said} keeps every change out", "have it taken away, or pave elsewhere")
        else:
            yield warn("locked", f"{said} will keep destroy from finishing")


def account(api: Api, missing: Sequence[Desired]) -> Iterator[Finding]:
    """The storage account's name is free in the whole world, unless the account is ours already."""
    for want in missing:
        if want.key.kind != "storage-account":
            continue
        found = asked(partial(api.available, want.name))
        if not found.get("nameAvailable", True):
            why = str(found.get("message") or found.get("reason") or "no reason given").rstrip(".")
            yield bad("names", f"storage account {want.name} cannot be had: {why}")


def addresses(api: Api, spec: EnvironmentSpec, existing: frozenset[str]) -> Iterator[Finding]:
    """In a network that is there already, the ranges are within its own and nobody else's.

    Args:
        api: Azure.
        spec: The spec.
        existing: The ids of subnets that are ours or adopted.
    """
    given = api.settings.virtual_network
    if given is None:
        return
    found = asked(partial(api.look, NETWORK, ids.canonical(given)))
    if found is None:
        yield bad("addresses", f"there is no virtual network {given}", path=(*SECTION, "virtual_network"))
        return
    prefixes = [
        IPv4Network(one)
        for one in inside(found, "properties", "addressSpace", "addressPrefixes") or ()
        if ":" not in one
    ]
    others = [
        one for one in inside(found, "properties", "subnets") or () if ids.canonical(str(one["id"])) not in existing
    ]
    taken = {str(one["name"]): cidr for one in others for cidr in _ranges(one)}
    for name in made(spec):
        cidr = spec.cidr(name)
        if not any(cidr.subnet_of(prefix) for prefix in prefixes):
            whole = ", ".join(map(str, prefixes))
            yield bad("addresses", f"{name} ({cidr}) is outside the virtual network's {whole}", path=("networks", name))
        for other, range_ in taken.items():
            if cidr.overlaps(range_):
                yield bad("addresses", f"{name} ({cidr}) overlaps subnet {other} ({range_})", path=("networks", name))
    for name, subnet in api.settings.subnets.items():
        if subnet.lower() not in {str(one["name"]).lower() for one in inside(found, "properties", "subnets") or ()}:
            yield bad("names", f"there is no subnet {subnet} in {given}", path=(*SECTION, "subnets", name))


def _ranges(subnet: Record) -> list[IPv4Network]:
    properties = subnet.get("properties") or {}
    prefixes = properties.get("addressPrefixes") or [properties.get("addressPrefix")]
    return [IPv4Network(one) for one in prefixes if one and ":" not in one]
