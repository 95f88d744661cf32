"""The document's part that the driver knows. Pure: all of it is in the inventory, the spec and the section."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address

from paver.contract import names
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
from paver.contract.layout import jumpbox, lay_out, load_balancer, resolvers
from paver.contract.resource import Inventory
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Frozen, FrozenDict, Map, Name, ZoneName
from paver_gcp import places, policies, rules
from paver_gcp.resources.address import JUMPBOX, address_key
from paver_gcp.resources.backend_service import protocols, service_key
from paver_gcp.resources.bucket import bucket_key
from paver_gcp.resources.forwarding_rule import rule_key
from paver_gcp.resources.instance import jumpbox_key
from paver_gcp.resources.instance_group import group_key
from paver_gcp.resources.role import role_key
from paver_gcp.resources.service_account import account_key
from paver_gcp.resources.subnet import subnet_key
from paver_gcp.settings import GcpSettings

METADATA = "169.254.169.254"
"""Where a machine asks about itself, and for names."""


class GcpTop(Frozen):
    """The document's `driver`."""

    project: str
    network: str
    network_project: str
    tags: Map[Name, str]
    """By role: what makes a machine one of these."""


class GcpZone(Frozen):
    """A zone's `driver`."""

    zone: str


class GcpSubnet(Frozen):
    """A subnet's `driver`, as BOSH's CPI wants it."""

    network: str
    subnetwork: str
    network_project: str


class GcpDatastore(Frozen):
    """A datastore's `driver`."""

    disk_type: str | None


class GcpJumpboxPlace(Frozen):
    """The jumpbox's `driver`."""

    instance: str


class GcpLoadBalancer(Frozen):
    """A load balancer's `driver`: what BOSH's CPI puts machines into, and what they must bear."""

    backend_services: tuple[str, ...]
    instance_groups: tuple[str, ...]
    forwarding_rules: tuple[str, ...]
    tag: str


class GcpCredential(Frozen):
    """A credential's `driver`."""

    service_account: str | None
    role: str | None


def describe(spec: EnvironmentSpec, settings: GcpSettings, seen: Inventory, identity: Mapping[str, str]) -> Description:
    """The driver's description. Raises NotFound where something that the document needs is not there."""
    return _Describer(spec, settings, seen, identity).describe()


@dataclass(frozen=True, slots=True)
class _Describer:
    spec: EnvironmentSpec
    settings: GcpSettings
    seen: Inventory
    identity: Mapping[str, str]

    def describe(self) -> Description:
        spec, settings = self.spec, self.settings
        dns = resolvers(spec, settings, (IPv4Address(METADATA),))
        cpi = next((name for name, found in spec.credentials.items() if found.allows == "bosh-cpi"), None)
        network = self.seen.standing(places.network_key(spec)).id
        roles = (rules.JUMPBOX, rules.DIRECTOR, rules.INTERNAL)
        top = GcpTop(
            project=settings.project,
            network=network.rpartition("/")[2],
            network_project=network.split("/")[1],
            tags=FrozenDict({role: places.tag(spec, role) for role in roles}),
        )
        endpoint = settings.endpoint.replace("{service}", "compute")
        return Description(
            target=Target(id=self.identity["id"], location=settings.region, endpoint=_host(endpoint)),
            zones=FrozenDict({zone: self._zone(zone) for zone in spec.zones}),
            networks=FrozenDict(
                {name: lay_out(spec, name, subnets="one", dns=dns, driver=self._subnet) for name in spec.networks}
            ),
            datastores=FrozenDict({name: self._datastore(name) for name in spec.datastores}),
            principals=FrozenDict({name: self._principal(name) for name in spec.credentials}),
            load_balancers=FrozenDict({name: self._balancer(name) for name in spec.load_balancers}),
            jumpbox=None if spec.jumpbox.existing else self._jumpbox(),
            services=FrozenDict({"iaas": Service(url=endpoint, ca=None, credential=cpi)}),
            no_proxy=(METADATA, "metadata.google.internal"),
            driver=top.model_dump(mode="json"),
        )

    def _zone(self, zone: ZoneName) -> Zone:
        place = self.settings.zones[zone]
        return Zone(fault_domain=place, driver=GcpZone(zone=place).model_dump())

    def _subnet(self, name: str) -> Mapping[str, str]:
        have = self.seen.standing(subnet_key(name))
        network = str(have.output("network"))
        place = GcpSubnet(
            network=network.rpartition("/")[2],
            subnetwork=str(have.output("name")),
            network_project=network.split("/")[1],
        )
        return place.model_dump()

    def _datastore(self, name: str) -> PavedDatastore:
        store = self.spec.datastores[name]
        objects = store.purpose == "object"
        return PavedDatastore(
            purpose=store.purpose,
            capacity_gib=store.capacity_gib,
            encrypted=True,  # everything that Google stores is (Cloud documentation, "Default encryption at rest")
            made_by="iaas",
            object=ObjectStore(
                protocol="gcs",
                endpoint=self.settings.endpoint.replace("{service}", "storage"),
                bucket=str(self.seen.standing(bucket_key(name)).output("name")),
                region=(self.settings.bucket_location or self.settings.region).lower(),
                address=None,
            )
            if objects
            else None,
            driver=GcpDatastore(disk_type=None if objects else "pd-balanced").model_dump(),
        )

    def _principal(self, name: str) -> Principal:
        if name not in policies.accounts(self.spec):
            place = GcpCredential(service_account=None, role=None)
            return Principal(principal=names.name(self.spec.name, name), driver=place.model_dump())
        email = str(self.seen.standing(account_key(name)).output("email"))
        place = GcpCredential(service_account=email, role=self.seen.standing(role_key(name)).id)
        return Principal(principal=email, driver=place.model_dump())

    def _balancer(self, name: str) -> PavedLoadBalancer:
        asked, address = self.spec.load_balancers[name], self.seen.standing(address_key(name)).output("address")
        groups = [
            self.seen.standing(group_key(name, zone)).output("name") for zone in self.spec.network_zones(asked.network)
        ]
        services = [self.seen.standing(service_key(name, one)).output("name") for one in protocols(self.spec, name)]
        place = GcpLoadBalancer(
            backend_services=tuple(str(one) for one in services),
            instance_groups=tuple(str(one) for one in groups),
            forwarding_rules=tuple(self.seen.standing(rule_key(name, one)).id for one in protocols(self.spec, name)),
            tag=places.tag(self.spec, name),
        )
        return load_balancer(self.spec, name, [IPv4Address(str(address))], place.model_dump(mode="json"))

    def _jumpbox(self) -> PavedJumpbox:
        spec, have = self.spec, self.seen.standing(jumpbox_key())
        public = self.seen.standing(address_key(JUMPBOX)).output("address") if spec.jumpbox.public else None
        return jumpbox(
            spec,
            "gcp",
            address=str(have.output("private_ip")),
            public=str(public) if public else None,
            user=self.settings.jumpbox.user,
            host_key=str(have.output("host_key")),
            driver=GcpJumpboxPlace(instance=have.id).model_dump(),
        )


def _host(endpoint: str) -> str:
    return endpoint.partition("//")[2]
