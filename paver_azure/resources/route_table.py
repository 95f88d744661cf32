"""Route tables: of networks that leave by an appliance of the site's, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from paver.contract.resource import Key
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Name, Owner
from paver_azure import places
from paver_azure.api import Record
from paver_azure.listing import Look
from paver_azure.resources.group import group_key
from paver_azure.resources.noun import Tagged, TaggedKind, inside
from paver_azure.settings import AzureSettings

NOUN = "route-table"
DEFAULT = "0.0.0.0/0"


class RouteTable(Tagged):
    """A table whose only route is the one that leads out."""

    next_hop: str | None
    """An address; None: what leaves is dropped."""


class RouteTableKind(TaggedKind[RouteTable]):
    """`route-table/NETWORK`."""

    noun = NOUN
    type = "Microsoft.Network/routeTables"

    def body(self, want: RouteTable, owner: Owner) -> dict[str, Any]:
        """One route."""
        hop = {"nextHopType": "None"}
        if want.next_hop is not None:
            hop = {"nextHopType": "VirtualAppliance", "nextHopIpAddress": want.next_hop}
        route = {"name": "default", "properties": {"addressPrefix": DEFAULT, **hop}}
        return {**self.tagged(want, owner), "properties": {"routes": [route], "disableBgpRoutePropagation": True}}

    def like(self, record: Record, base: Mapping[str, Any], look: Look | None) -> RouteTable:
        """As it is; any other route but the one shows as a difference."""
        routes = inside(record, "properties", "routes") or ()
        found = [route["properties"] for route in routes]
        if len(found) == 1 and found[0]["addressPrefix"] == DEFAULT:
            hop = found[0].get("nextHopIpAddress") if found[0]["nextHopType"] == "VirtualAppliance" else None
            odd = found[0]["nextHopType"] not in {"VirtualAppliance", "None"}
            return RouteTable(**base, next_hop=str(found[0]["nextHopType"]) if odd else hop)
        return RouteTable(**base, next_hop=" ".join(str(route["addressPrefix"]) for route in found) or "no route")


def table_key(network: Name) -> Key:
    """The key of a network's table."""
    return places.key(NOUN, network)


def wanted(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[RouteTable]:
    """One for each network that has a way of its own, or none."""
    for network in places.routed(spec, settings):
        hop = settings.next_hops.get(network)
        yield RouteTable(
            key=table_key(network),
            name=places.native(spec, network),
            next_hop=str(hop) if hop else None,
            after=(group_key(spec),),
            note=str(hop) if hop else "no way out",
        )
