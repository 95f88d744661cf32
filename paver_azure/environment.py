"""The document's part that the driver knows. Pure: all of it is in the inventory, the spec and the section."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from uuid import UUID

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
from paver.contract.layout import assigned, jumpbox, jumpbox_network, lay_out, load_balancer, resolvers
from paver.contract.resource import Inventory, Key
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Frozen, FrozenDict, Map, Name
from paver_azure import places, roles, rules
from paver_azure.resources.container import container_key
from paver_azure.resources.group import group_key
from paver_azure.resources.identity import identity_key
from paver_azure.resources.load_balancer import balancer_key
from paver_azure.resources.machine import machine_key
from paver_azure.resources.public_address import BALANCER, JUMPBOX, address_key
from paver_azure.resources.security_group import security_key
from paver_azure.resources.ssh_key import ssh_key_key
from paver_azure.resources.storage_account import account_key
from paver_azure.resources.subnet import subnet_key
from paver_azure.resources.virtual_network import network_key
from paver_azure.settings import AzureSettings

RESOLVER = IPv4Address("168.63.129.16")
"""Azure's own, the same in every virtual network (Microsoft Learn, "What is IP address 168.63.129.16?")."""
METADATA = "169.254.169.254"
"""Where a machine asks about itself, and for its identity's tokens."""


class AzureIdentity(Frozen):
    """A managed identity."""

    name: str
    id: str
    client_id: str


class AzureTop(Frozen):
    """The document's `driver`. Names, as BOSH's CPI wants them, and ids where nothing else is enough."""

    tenant: UUID
    environment: str
    resource_group: str
    virtual_network: str
    virtual_network_id: str
    storage_account: str
    security_groups: Map[Name, str]
    application_groups: Map[Name, str]
    identities: Map[Name, AzureIdentity]
    ssh_key: str
    availability_set: str | None


class AzureZone(Frozen):
    """A zone's `driver`."""

    availability_zone: str | None


class AzureSubnet(Frozen):
    """A subnet's `driver`."""

    subnet: str
    id: str
    security_group: str | None


class AzureDatastore(Frozen):
    """A datastore's `driver`."""

    disk_type: str | None
    container_id: str | None


class AzureLoadBalancer(Frozen):
    """A load balancer's `driver`: what a machine that stands behind it names."""

    load_balancer: str
    id: str
    backend_pool: str
    security_group: str
    application_group: str


class AzureJumpboxPlace(Frozen):
    """The jumpbox's `driver`."""

    virtual_machine: str


class AzureCredential(Frozen):
    """A credential's `driver`: one of the two."""

    identity: AzureIdentity | None
    object_id: UUID | None


def describe(
    spec: EnvironmentSpec, settings: AzureSettings, seen: Inventory, identity: Mapping[str, str]
) -> Description:
    """The driver's description. Raises NotFound where something that the document needs is not there."""
    return _Describer(spec, settings, seen, identity).describe()


@dataclass(frozen=True, slots=True)
class _Describer:
    spec: EnvironmentSpec
    settings: AzureSettings
    seen: Inventory
    identity: Mapping[str, str]

    def describe(self) -> Description:
        spec, settings = self.spec, self.settings
        dns = resolvers(spec, settings, (RESOLVER,))
        cpi = next((name for name, found in spec.credentials.items() if found.allows == "bosh-cpi"), None)
        return Description(
            target=Target(id=self.identity["id"], location=settings.location, endpoint=_host(settings.manager)),
            zones=FrozenDict({zone: self._zone(zone) for zone in spec.zones}),
            networks=FrozenDict(
                {name: lay_out(spec, name, subnets="one", dns=dns, driver=self._subnet) for name in spec.networks}
            ),
            datastores=FrozenDict({name: self._datastore(name) for name in spec.datastores}),
            principals=FrozenDict({name: self._principal(name) for name in spec.credentials}),
            load_balancers=FrozenDict({name: self._balancer(name) for name in spec.load_balancers}),
            jumpbox=None if spec.jumpbox.existing else self._jumpbox(),
            services=FrozenDict({"iaas": Service(url=settings.manager, ca=None, credential=cpi)}),
            no_proxy=(METADATA, str(RESOLVER)),
            driver=self._top().model_dump(mode="json"),
        )

    def _top(self) -> AzureTop:
        spec, settings = self.spec, self.settings
        network = self.seen.standing(network_key(spec))
        grouped = (rules.JUMPBOX, rules.INTERNAL)
        return AzureTop(
            tenant=settings.tenant,
            environment=settings.cloud,
            resource_group=self._name(group_key(spec)),
            virtual_network=str(network.output("name")),
            virtual_network_id=network.id,
            storage_account=self._name(account_key(spec)),
            security_groups=FrozenDict({name: self._name(security_key(name)) for name in grouped}),
            application_groups=FrozenDict(
                {
                    name: self._name(rules.group_key(name))
                    for name in rules.groups(spec)
                    if name not in spec.load_balancers
                }
            ),
            identities=FrozenDict({name: self._identity(name) for name in (roles.JUMPBOX, roles.DIRECTOR)}),
            ssh_key=self._name(ssh_key_key(spec)),
            availability_set=places.native(spec) if settings.availability_set else None,
        )

    def _jumpbox(self) -> PavedJumpbox:
        spec, have = self.spec, self.seen.standing(machine_key())
        public = self.seen.standing(address_key(JUMPBOX)).output("address") if spec.jumpbox.public else None
        return jumpbox(
            spec,
            "azure",
            address=str(assigned(spec, jumpbox_network(spec))["jumpbox"]),
            public=str(public) if public else None,
            user=self.settings.jumpbox.user,
            host_key=str(have.output("host_key")),
            driver=AzureJumpboxPlace(virtual_machine=have.id).model_dump(),
        )

    def _name(self, key: Key) -> str:
        return str(self.seen.standing(key).output("name"))

    def _zone(self, zone: str) -> Zone:
        location, zones = self.settings.location, self.settings.zones
        place = zones[zone] if zones else None  # type: ignore[index]  # a zone of the spec is one of the section's
        others = tuple(other for other in self.spec.zones if other != zone) if place is None else ()
        return Zone(
            fault_domain=f"{location}-{place}" if place else location,
            shares_fate_with=others,
            driver=AzureZone(availability_zone=place).model_dump(),
        )

    def _subnet(self, name: str) -> Mapping[str, str | None]:
        have = self.seen.standing(subnet_key(name))
        existing = self.spec.networks[name].existing
        guard = None if existing else self._name(security_key(rules.SUBNET, name))
        return AzureSubnet(subnet=str(have.output("name")), id=have.id, security_group=guard).model_dump()

    def _datastore(self, name: str) -> PavedDatastore:
        store = self.spec.datastores[name]
        objects = store.purpose == "object"
        container = self.seen.standing(container_key(name)) if objects else None
        place = AzureDatastore(
            disk_type=None if objects else "Premium_LRS", container_id=container.id if container else None
        )
        endpoint = str(self.seen.standing(account_key(self.spec)).output("blobs")).rstrip("/")
        return PavedDatastore(
            purpose=store.purpose,
            capacity_gib=store.capacity_gib,
            # With Azure's own keys, always; objects with a second one on request.
            encrypted=True,
            made_by="iaas",
            object=ObjectStore(
                protocol="azure-blob", endpoint=endpoint, bucket=name, region=self.settings.location, address=None
            )
            if objects
            else None,
            driver=place.model_dump(),
        )

    def _principal(self, name: str) -> Principal:
        given = self.settings.service_principals.get(name)
        if given is not None:
            place = AzureCredential(identity=None, object_id=given.object_id)
            return Principal(principal=str(given.client_id), secret=given.secret, driver=place.model_dump(mode="json"))
        if name not in roles.credentials(self.spec):
            return Principal(principal=names.name(self.spec.name, name))
        identity = self._identity(name)
        place = AzureCredential(identity=identity, object_id=None)
        return Principal(principal=identity.client_id, driver=place.model_dump(mode="json"))

    def _identity(self, name: str) -> AzureIdentity:
        have = self.seen.standing(identity_key(name))
        return AzureIdentity(name=str(have.output("name")), id=have.id, client_id=str(have.output("client_id")))

    def _balancer(self, name: str) -> PavedLoadBalancer:
        asked, have = self.spec.load_balancers[name], self.seen.standing(balancer_key(name))
        source = self.seen.standing(address_key(BALANCER, name)) if asked.public else have
        place = AzureLoadBalancer(
            load_balancer=str(have.output("name")),
            id=have.id,
            backend_pool="backend",
            security_group=self._name(security_key(name)),
            application_group=self._name(rules.group_key(name)),
        )
        address = IPv4Address(str(source.output("address")))
        return load_balancer(self.spec, name, [address], place.model_dump(mode="json"))


def _host(url: str) -> str:
    return url.removeprefix("https://").partition("/")[0]
