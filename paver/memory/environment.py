"""The document's part that this driver knows, from the spec and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import cast

from paver.contract.driver import Description, Principal
from paver.contract.environment import (
    ObjectStore,
    PavedDatastore,
    PavedJumpbox,
    PavedLoadBalancer,
    Service,
    Target,
    Zone,
)
from paver.contract.layout import lay_out, load_balancer, resolvers
from paver.contract.resource import Inventory
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import FrozenDict, SecretRef
from paver.memory.resources.account import account_key
from paver.memory.resources.balancer import balancer_key
from paver.memory.resources.bucket import bucket_key
from paver.memory.resources.control_plane import CONTROL_PLANE
from paver.memory.resources.key import key_key, minted_inside
from paver.memory.resources.machine import JUMPBOX
from paver.memory.resources.network import network_key
from paver.memory.resources.pool import pool_key
from paver.memory.resources.subnet import subnet_key
from paver.memory.resources.volume import volume_key
from paver.memory.settings import MemorySettings


@dataclass(frozen=True, slots=True)
class Describer:
    """Puts native ids to the names of the spec."""

    spec: EnvironmentSpec
    settings: MemorySettings
    seen: Inventory
    identity: Mapping[str, str]

    def describe(self) -> Description:
        """The whole of it. Raises NotFound where something that the document needs is not there."""
        spec = self.spec
        control = self.seen.standing(CONTROL_PLANE) if self.settings.control_plane else None
        dns = resolvers(spec, self.settings, (spec.address_space.network_address + 2,))
        inside = next((n for n in spec.credentials if minted_inside(spec, self.settings, n)), None)
        services = {
            "iaas": Service(url=str(control.output("url")), ca=None, credential=inside),
        } if control else {}  # fmt: skip
        return Description(
            target=Target(
                id=self.identity["id"], location=f"account {self.identity['id']}", endpoint=self.settings.path
            ),
            zones=FrozenDict({zone: self._zone(zone) for zone in spec.zones}),
            networks=FrozenDict(
                {name: lay_out(spec, name, subnets="per-zone", dns=dns, driver=self._subnet) for name in spec.networks}
            ),
            datastores=FrozenDict({name: self._datastore(name) for name in spec.datastores}),
            principals=FrozenDict({name: self._principal(name) for name in spec.credentials}),
            load_balancers=FrozenDict({name: self._balancer(name) for name in spec.load_balancers}),
            jumpbox=self._jumpbox(),
            services=FrozenDict(services),
            driver=FrozenDict(
                {
                    "control_plane": control.id if control else None,
                    "networks": {name: self.seen.standing(network_key(name)).id for name in spec.networks},
                }
            ),
        )

    def _zone(self, zone: str) -> Zone:
        domains = self.settings.zones or {}
        mine = domains.get(zone, zone)  # type: ignore[call-overload]  # a zone of the spec
        fate = tuple(z for z in self.spec.zones if z != zone and domains.get(z, z) == mine)
        pool = self.seen.standing(pool_key(zone)).id if self.settings.control_plane else None
        return Zone(fault_domain=mine, shares_fate_with=fate, driver=FrozenDict({"pool": pool}))

    def _subnet(self, name: str) -> Mapping[str, str]:
        network, _, zone = name.rpartition("-")
        return {"subnet": self.seen.standing(subnet_key(network, zone)).id}

    def _datastore(self, name: str) -> PavedDatastore:
        store, spec = self.spec.datastores[name], self.spec
        objects = store.purpose == "object"
        have = self.seen.standing(bucket_key(name) if objects else volume_key(name))
        bucket = ObjectStore(
            protocol="s3",
            endpoint=f"https://objects.{spec.dns.zone}",
            bucket=str(have.output("name")),
            region=None,
            address=None,
        ) if objects else None  # fmt: skip
        return PavedDatastore(
            purpose=store.purpose,
            capacity_gib=cast("int | None", have.outputs.get("capacity_gib")),
            encrypted=cast("bool | None", have.outputs.get("encrypted")),
            made_by="iaas",
            object=bucket,
            driver=FrozenDict({"id": have.id}),
        )

    def _principal(self, name: str) -> Principal:
        if minted_inside(self.spec, self.settings, name):
            have = self.seen.standing(account_key(name))
            return Principal(principal=str(have.output("name")), driver=FrozenDict({"account": have.id}))
        return Principal(principal=self.seen.standing(key_key(name)).id)

    def _balancer(self, name: str) -> PavedLoadBalancer:
        spec, balancer = self.spec, self.spec.load_balancers[name]
        have = self.seen.standing(balancer_key(name))
        number = cast("int", have.output("number"))
        # From the dynamic part of each block, which the IaaS numbers from in a network of purpose lb.
        inner = tuple(
            block.network_address + block.num_addresses // 2 + number % (block.num_addresses // 2 - 2)
            for block in spec.blocks(balancer.network).values()
        )
        public = tuple(IPv4Address("203.0.113.0") + (number + index) % 254 + 1 for index in range(len(inner)))
        return load_balancer(self.spec, name, public if balancer.public else inner, FrozenDict({"balancer": have.id}))

    def _jumpbox(self) -> PavedJumpbox:
        have, secrets = self.seen.standing(JUMPBOX), self.spec.secrets
        public = have.output("public_address")
        made = SecretRef(store=secrets.store, path=f"{secrets.path}/memory/jumpbox", key="private_key")
        return PavedJumpbox(
            host=f"jumpbox.{self.spec.dns.zone}",
            address=IPv4Address(str(have.output("address"))),
            public_address=IPv4Address(str(public)) if public else None,
            zone=have.output("zone"),  # type: ignore[arg-type]  # what the IaaS says is validated here
            port=22,
            user="jumpbox",
            host_key=str(have.output("host_key")),
            key=self.settings.jumpbox_key or made,
            driver=FrozenDict({"machine": have.id}),
        )
