"""Load balancers, of the standard sort: a frontend, a pool, and a probe and a rule for each port."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from pydantic import JsonValue

from paver.contract.resource import Key, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Name, Owner
from paver_azure import ids, places
from paver_azure.api import Record
from paver_azure.listing import Look
from paver_azure.resources.group import group_key
from paver_azure.resources.noun import Tagged, TaggedKind, inside
from paver_azure.resources.public_address import BALANCER, address_key
from paver_azure.resources.subnet import subnet_key
from paver_azure.settings import AzureSettings

NOUN = "load-balancer"
FRONTEND, POOL = "frontend", "backend"
PROBE_SECONDS, PROBES, IDLE_MINUTES = 5, 2, 4


class LoadBalancer(Tagged):
    """A balancer."""

    subnet: Value | None = None
    address: str | None = None
    """Its own, inside; None: it has a public one."""
    public_address: Value | None = None
    zones: tuple[str, ...] = ()
    ports: tuple[str, ...]
    """`tcp:443→8443`."""
    probes: tuple[int, ...]
    """TCP ports at which a machine shows that it lives."""


class LoadBalancerKind(TaggedKind[LoadBalancer]):
    """`load-balancer/NAME`. Who joins its pool is BOSH's affair, and stands at the machines."""

    noun = NOUN
    type = "Microsoft.Network/loadBalancers"
    replace: ClassVar[frozenset[str]] = frozenset({"subnet", "address", "public_address", "zones"})

    def body(self, want: LoadBalancer, owner: Owner) -> dict[str, Any]:
        """All of it."""
        id_ = self.id_of(want, owner)
        return {
            **self.tagged(want, owner),
            "sku": {"name": "Standard", "tier": "Regional"},
            "properties": {
                "frontendIPConfigurations": [_frontend(want)],
                "backendAddressPools": [{"name": POOL}],
                "probes": [_probe(port) for port in want.probes],
                "loadBalancingRules": [_rule(id_, text) for text in want.ports],
            },
        }

    def like(self, record: Record, base: Mapping[str, Any], look: Look | None) -> LoadBalancer:
        """As it is."""
        properties = record.get("properties") or {}
        frontend: Record = next(iter(properties.get("frontendIPConfigurations") or ()), {})
        subnet, public = inside(frontend, "properties", "subnet"), inside(frontend, "properties", "publicIPAddress")
        return LoadBalancer(
            **base,
            subnet=ids.canonical(subnet["id"]) if subnet else None,
            address=inside(frontend, "properties", "privateIPAddress") if subnet else None,
            public_address=ids.canonical(public["id"]) if public else None,
            zones=tuple(sorted(frontend.get("zones") or ())) if subnet else (),
            ports=tuple(sorted(_told(rule["properties"]) for rule in properties.get("loadBalancingRules") or ())),
            probes=tuple(sorted(probe["properties"]["port"] for probe in properties.get("probes") or ())),
        )

    def outputs(self, record: Record) -> dict[str, JsonValue]:
        """Where it answers, inside."""
        frontend: Record = next(iter(inside(record, "properties", "frontendIPConfigurations") or ()), {})
        return {"address": inside(frontend, "properties", "privateIPAddress") or ""}

    def needs(self, like: LoadBalancer, id_: str, look: Look | None) -> Iterable[str]:
        """Where it stands, or its address."""
        yield from super().needs(like, id_, look)
        yield from (str(need) for need in (like.subnet, like.public_address) if need)

    def held_by(self, record: Record, look: Look) -> tuple[str, ...]:
        """Machines of others in its pool."""
        pools = inside(record, "properties", "backendAddressPools") or ()
        members = [one for pool in pools for one in inside(pool, "properties", "backendIPConfigurations") or ()]
        return tuple(dict.fromkeys(ids.top(str(one["id"])) for one in members))


def _frontend(want: LoadBalancer) -> dict[str, Any]:
    if want.public_address is not None:
        return {"name": FRONTEND, "properties": {"publicIPAddress": {"id": str(want.public_address)}}}
    where = {
        "privateIPAllocationMethod": "Static",
        "privateIPAddress": want.address,
        "subnet": {"id": str(want.subnet)},
    }
    return {"name": FRONTEND, **({"zones": list(want.zones)} if want.zones else {}), "properties": where}


def _probe(port: int) -> dict[str, Any]:
    how = {"protocol": "Tcp", "port": port, "intervalInSeconds": PROBE_SECONDS, "numberOfProbes": PROBES}
    return {"name": f"tcp-{port}", "properties": how}


def _rule(id_: str, text: str) -> dict[str, Any]:
    protocol, _, ports = text.partition(":")
    listen, _, target = ports.partition("→")
    return {
        "name": f"{protocol}-{listen}",
        "properties": {
            "frontendIPConfiguration": {"id": ids.child(id_, "frontendIPConfigurations", FRONTEND)},
            "backendAddressPool": {"id": ids.child(id_, "backendAddressPools", POOL)},
            "probe": {"id": ids.child(id_, "probes", f"tcp-{target}")},
            "protocol": protocol.capitalize(),
            "frontendPort": int(listen),
            "backendPort": int(target),
            "idleTimeoutInMinutes": IDLE_MINUTES,
            # The way out is the NAT gateway's alone.
            "disableOutboundSnat": True,
            "enableTcpReset": protocol == "tcp",
        },
    }


def _told(rule: Mapping[str, Any]) -> str:
    return f"{str(rule['protocol']).lower()}:{rule['frontendPort']}→{rule['backendPort']}"


def balancer_key(name: Name) -> Key:
    """The key of a balancer."""
    return places.key(NOUN, name)


def wanted(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[LoadBalancer]:
    """One for each of the spec's."""
    inner = places.frontends(spec)
    for name, balancer in spec.load_balancers.items():
        public = ref(address_key(BALANCER, name)) if balancer.public else None
        yield LoadBalancer(
            key=balancer_key(name),
            name=places.native(spec, name),
            subnet=None if balancer.public else ref(subnet_key(balancer.network)),
            address=None if balancer.public else str(inner[name]),
            public_address=public,
            zones=() if balancer.public else places.spread(settings),
            ports=tuple(sorted(f"{port.protocol}:{port.listen}→{port.target}" for port in balancer.ports)),
            probes=tuple(sorted({port.target for port in balancer.ports})),
            after=(group_key(spec),),
        )
