"""Whether there is room: quotas of the location, sizes and zones that it offers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from paver.contract.asking import asked
from paver.contract.driver import Finding
from paver.contract.findings import Path, bad
from paver.contract.resource import Desired
from paver_azure.api import Api
from paver_azure.arm_types import NETWORK, SKUS, STORAGE, USAGES
from paver_azure.section import SECTION

# Usages API of each provider: the names under which it counts. A static standard address counts as both of its sorts.
_NETWORK = {
    "virtual-network": ("VirtualNetworks",),
    "security-group": ("NetworkSecurityGroups",),
    "application-group": ("ApplicationSecurityGroups",),
    "public-address": ("StandardSkuPublicIpAddresses", "StaticPublicIPAddresses", "PublicIPAddresses"),
    "nat-gateway": ("NatGateways",),
    "load-balancer": ("StandardSkuLoadBalancers", "LoadBalancers"),
    "network-interface": ("NetworkInterfaces",),
    "route-table": ("RouteTables",),
}
_STORAGE = {"storage-account": ("StorageAccounts",)}
_COMPUTE = {"machine": ("virtualMachines",), "availability-set": ("availabilitySets",)}
COUNTED: Mapping[str, tuple[str, Mapping[str, tuple[str, ...]]]] = {
    "Microsoft.Network": (NETWORK, _NETWORK),
    "Microsoft.Storage": (STORAGE, _STORAGE),
    "Microsoft.Compute": (USAGES, _COMPUTE),
}
"""By provider: the version of its usages, and what it counts as what."""


def quotas(api: Api, namespace: str, missing: Sequence[Desired]) -> Iterator[Finding]:
    """What is still to be made fits into what is left of each quota of a provider.

    Args:
        api: Azure.
        namespace: One of `COUNTED`.
        missing: What is wanted and not there.
    """
    count = Counter(want.key.kind for want in missing if want.adopt is None)
    version, names = COUNTED[namespace]
    if not count.keys() & names.keys():
        return
    place = f"{api.settings.root}/providers/{namespace}/locations/{api.settings.location}/usages"
    usages = {_name(one): one for one in asked(partial(api.ask_all, place, version))}
    for kind, listed in names.items():
        for name in listed:
            if count[kind] and name in usages:
                yield from _fits(usages[name], count[kind], name, api.settings.location)
    if namespace == "Microsoft.Compute" and count["machine"] and "cores" in usages:
        yield from _fits(usages["cores"], _cores(api), "cores", api.settings.location)


def offers(api: Api, missing: Sequence[Desired]) -> Iterator[Finding]:
    """The jumpbox's size is sold in this location, and in its zone."""
    machines = [want for want in missing if want.key.kind == "machine"]
    if not machines:
        return
    size, zone = str(getattr(machines[0], "size", "")), getattr(machines[0], "zone", None)
    at: Path = (*SECTION, "jumpbox", "size")
    sku = _sku(api, size)
    if sku is None:
        yield bad("capacity", f"{api.settings.location} offers no machine of size {size}", "choose another", at)
        return
    places = [place for place in sku.get("locationInfo") or () if _same(place.get("location"), api.settings.location)]
    zones = {str(one) for place in places for one in place.get("zones") or ()}
    for restriction in sku.get("restrictions") or ():
        if restriction.get("type") == "Location":
            reason = restriction.get("reasonCode", "no reason given")
            yield bad("capacity", f"this subscription gets no {size} in {api.settings.location} ({reason})", path=at)
            return
        zones -= {str(one) for one in (restriction.get("restrictionInfo") or {}).get("zones") or ()}
    if zone is not None and zone not in zones:
        there = ", ".join(sorted(zones)) or "none"
        yield bad("capacity", f"{size} is not offered in zone {zone} of {api.settings.location}: {there}", path=at)


def _fits(usage: Mapping[str, Any], more: int, name: str, location: str) -> Iterator[Finding]:
    limit, used = int(usage.get("limit", 0)), int(usage.get("currentValue", 0))
    if used + more > limit:
        said = f"{name} in {location}: {more} more wanted, {used} of {limit} used"
        yield bad("quota", said, "raise the quota of the subscription, or free what is not needed")


def _name(usage: Mapping[str, Any]) -> str:
    return str((usage.get("name") or {}).get("value", ""))


def _cores(api: Api) -> int:
    sku = _sku(api, api.settings.jumpbox.size) or {}
    told = {str(one.get("name")): str(one.get("value")) for one in sku.get("capabilities") or ()}
    return int(told.get("vCPUs", "1"))


def _sku(api: Api, size: str) -> Mapping[str, Any] | None:
    here = f"location eq '{api.settings.location}'"
    path = f"{api.settings.root}/providers/Microsoft.Compute/skus"
    listed = asked(partial(api.ask_all, path, SKUS, **{"$filter": here}))
    return next(
        (one for one in listed if one.get("resourceType") == "virtualMachines" and one.get("name") == size), None
    )


def _same(one: object, other: str) -> bool:
    return str(one).replace(" ", "").lower() == other
