"""Subnets: a network's whole range, in all zones. Nothing in one has a way out that the spec does not give it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from paver.contract.resource import Desired, Key, Proof, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import WORD, Name, Owner
from paver_azure import ids, marks, places, rules
from paver_azure.api import Record
from paver_azure.listing import Look
from paver_azure.resources.inner import InnerKind
from paver_azure.resources.nat_gateway import gateway_key
from paver_azure.resources.network_interface import NOUN as INTERFACE
from paver_azure.resources.noun import Made, group_of, inside, linked
from paver_azure.resources.route_table import table_key
from paver_azure.resources.security_group import NOUN as SECURITY
from paver_azure.resources.security_group import security_key
from paver_azure.resources.virtual_network import NOUN as NETWORK
from paver_azure.resources.virtual_network import network_key
from paver_azure.settings import AzureSettings

NOUN = "subnet"
_WORD = re.compile(WORD)


class Subnet(Made):
    """A subnet."""

    network: Value | None
    """The virtual network's id; None: of one that is there already."""
    cidr: str
    security_group: Value | None = None
    nat_gateway: Value | None = None
    route_table: Value | None = None
    outbound: bool = False
    """Whether Azure gives machines without an address a way out of its own."""


class SubnetKind(InnerKind[Subnet]):
    """`subnet/NETWORK`: it is its network's; in a network of others, its group of rules says whose it is."""

    noun = NOUN
    type = "Microsoft.Network/virtualNetworks/subnets"
    checked: ClassVar[frozenset[str]] = frozenset({"cidr"})
    replace: ClassVar[frozenset[str]] = frozenset({"network", "cidr"})

    def id_of(self, want: Subnet, owner: Owner) -> str:
        """In its network, wherever that is."""
        return ids.child(str(want.network), "subnets", want.name)

    def body(self, want: Subnet, owner: Owner) -> dict[str, Any]:
        """With what guards it and what leads out of it."""
        links = {
            "networkSecurityGroup": want.security_group,
            "natGateway": want.nat_gateway,
            "routeTable": want.route_table,
        }
        return {
            "name": want.name,
            "properties": {
                "addressPrefix": want.cidr,
                "defaultOutboundAccess": want.outbound,
                **{name: {"id": str(id_)} for name, id_ in links.items() if id_},
            },
        }

    def keep(self, body: dict[str, Any], before: Record) -> None:
        """Delegations and service endpoints, which others may have added."""
        found = before.get("properties") or {}
        for name in ("serviceEndpoints", "delegations"):
            if found.get(name):
                body["properties"][name] = [
                    {field: value for field, value in one.items() if field in {"service", "locations"}}
                    if name == "serviceEndpoints"
                    else {"name": one["name"], "properties": {"serviceName": inside(one, "properties", "serviceName")}}
                    for one in found[name]
                ]

    def listed(self, look: Look) -> list[Record]:
        """Of our network, and of the one that the spec adopts: a network tells its subnets."""
        networks = [record for _, record in (*look.claimed(NETWORK), *look.adopted(NETWORK))]
        given = look.api.settings.virtual_network
        if given and not look.adopted(NETWORK):
            found = look.get("Microsoft.Network/virtualNetworks", ids.canonical(given))
            networks += [found] if found is not None else []
        return [subnet for network in networks for subnet in inside(network, "properties", "subnets") or ()]

    def claim(self, record: Record, look: Look) -> Key | None:
        """By its name and its network; in a network of others by the group of rules that it was made with."""
        key = self._key(str(record["name"]).lower(), look.owner)
        if key is None:
            return None
        parent = ids.canonical(str(record["id"])).rpartition("/subnets/")[0]
        if parent in look.ours(NETWORK):
            return key
        guard = linked(record, "networkSecurityGroup")
        name = marks.implied(look.owner.name, f"{rules.SUBNET}/{key.name}")
        fits = guard is not None and ids.last(guard) == name and guard in look.ours(SECURITY)
        return key if fits else None

    def like(self, record: Record, base: Mapping[str, Any], look: Look | None) -> Subnet:
        """As it is."""
        properties = record.get("properties") or {}
        prefixes = properties.get("addressPrefixes") or ()
        return Subnet(
            **base,
            network=ids.canonical(str(record["id"])).rpartition("/subnets/")[0],
            cidr=properties.get("addressPrefix") or " ".join(prefixes),
            security_group=linked(record, "networkSecurityGroup"),
            nat_gateway=linked(record, "natGateway"),
            route_table=linked(record, "routeTable"),
            outbound=properties.get("defaultOutboundAccess") is not False,
        )

    def proof(self, like: Subnet) -> Proof:
        """Its parent."""
        return Proof.PARENT

    def needs(self, like: Subnet, id_: str, look: Look | None) -> Iterable[str]:
        """Its network, and what it is tied to."""
        links = (like.network, like.security_group, like.nat_gateway, like.route_table)
        return (group_of(id_), *(str(link) for link in links if link))

    def held_by(self, record: Record, look: Look) -> tuple[str, ...]:
        """Interfaces, balancers and endpoints of others in it."""
        users = inside(record, "properties", "ipConfigurations") or ()
        found = dict.fromkeys(ids.top(str(one["id"])) for one in users)
        ours = look.ours(INTERFACE, "load-balancer") if found else ()
        return tuple(one for one in found if one not in ours)

    def serial(self, owner: Owner) -> str:
        """Its network's."""
        return places.network_serial(owner.id)

    def adopting(self, look: Look, wanted: Sequence[Desired]) -> Iterable[tuple[Desired, Record]]:
        """From its network, which tells them all."""
        there = {ids.canonical(str(record["id"])): record for record in self.listed(look)} if wanted else {}
        return ((want, there[str(want.adopt)]) for want in wanted if str(want.adopt) in there)

    def _key(self, name: str, owner: Owner) -> Key | None:
        tail = name if name == owner.name else name.removeprefix(f"{owner.name}-")
        return Key(kind=NOUN, name=tail) if (tail != name or name == owner.name) and _WORD.fullmatch(tail) else None


def subnet_key(network: Name) -> Key:
    """The key of a network's subnet."""
    return places.key(NOUN, network)


def wanted(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[Subnet]:
    """One for each network, those that are there already by their names."""
    natted, routed = places.natted(spec, settings), places.routed(spec, settings)
    for name, asked in spec.networks.items():
        given = settings.subnets.get(name)
        if asked.existing and given and settings.virtual_network:
            yield Subnet(
                key=subnet_key(name),
                name=given,
                adopt=ids.child(settings.virtual_network, "subnets", given),
                network=None,
                cidr=str(spec.cidr(name)),
                after=(network_key(spec),),
                note=str(spec.cidr(name)),
            )
        elif not asked.existing:
            yield Subnet(
                key=subnet_key(name),
                name=places.native(spec, name),
                serial=places.network_serial(spec.id),
                network=ref(network_key(spec)),
                cidr=str(spec.cidr(name)),
                security_group=ref(security_key(rules.SUBNET, name)),
                nat_gateway=ref(gateway_key(spec)) if name in natted else None,
                route_table=ref(table_key(name)) if name in routed else None,
                note=str(spec.cidr(name)),
            )
