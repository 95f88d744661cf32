"""What is promised: `PavedEnvironment`, one document of the same shape on every IaaS, without any secret value."""

from __future__ import annotations

from datetime import datetime
from ipaddress import IPv4Address, IPv4Network
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from paver.contract.certificates import PavedCertificates
from paver.contract.spec import Dns, Listener, Proxy
from paver.contract.types import (
    Allows,
    DriverName,
    Egress,
    EnvironmentName,
    Frozen,
    Host,
    Kept,
    Label,
    LabelKey,
    MadeBy,
    Map,
    Name,
    Owner,
    Port,
    Purpose,
    Range,
    SecretRef,
    Section,
    ZoneName,
)


class Target(Frozen):
    """Where the environment is."""

    id: str
    """vCenter instance UUID, account, subscription, project."""
    location: str
    endpoint: str


class Zone(Frozen):
    """What a zone really is."""

    fault_domain: str
    shares_fate_with: tuple[ZoneName, ...] = ()
    driver: Section


class Subnet(Frozen):
    """One range as the IaaS has it."""

    cidr: IPv4Network
    gateway: IPv4Address
    zones: tuple[ZoneName, ...]
    dns: tuple[IPv4Address, ...]
    reserved: tuple[Range, ...]
    static: tuple[Range, ...]
    driver: Section


class ZoneAddresses(Frozen):
    """What a zone numbers from; the same addresses on every IaaS."""

    subnet: str
    block: IPv4Network
    static: tuple[Range, ...]


class PavedNetwork(Frozen):
    """A network."""

    purpose: Purpose
    cidr: IPv4Network
    egress: Egress
    existing: bool
    zones: Map[ZoneName, ZoneAddresses]
    subnets: Map[str, Subnet]
    """As many as the IaaS needs: one a zone, or one for all."""
    assigned: Map[str, IPv4Address]
    """director, jumpbox …: inside a reserved range, so that nobody hands them out."""


class ObjectStore(Frozen):
    """How an object store is spoken to."""

    protocol: Literal["s3", "azure-blob", "gcs"]
    endpoint: str
    bucket: str
    region: str | None
    address: IPv4Address | None
    """Where the platform is to put it."""


class PavedDatastore(Frozen):
    """A place for data."""

    purpose: Kept
    capacity_gib: int | None
    encrypted: bool | None
    made_by: MadeBy
    object: ObjectStore | None
    driver: Section


class PavedCredential(Frozen):
    """A principal, and where its secret is."""

    allows: Allows
    datastore: Name | None
    principal: str
    """User, access key id, client id, service account."""
    secret: SecretRef | None
    """None where the IaaS vouches for the machine itself."""
    rotate_by: datetime
    driver: Section


class PavedLoadBalancer(Frozen):
    """A load balancer, or the address kept for one."""

    host: Host
    addresses: tuple[IPv4Address, ...]
    network: Name
    public: bool
    ports: tuple[Listener, ...]
    made_by: MadeBy
    driver: Section


class PavedJumpbox(Frozen):
    """The machine from which the environment is worked on."""

    host: Host
    address: IPv4Address
    public_address: IPv4Address | None
    zone: ZoneName
    port: Port
    user: str
    host_key: str
    key: SecretRef
    driver: Section


class Service(Frozen):
    """Something that answers at a URL."""

    url: str
    ca: Name | None
    """One of `certificates.trusted`; None: the system's roots."""
    credential: Name | None


class PavedEnvironment(Frozen):
    """One environment, as it is."""

    schema_version: Literal[1]
    name: EnvironmentName
    iaas: DriverName
    owner: Owner
    target: Target
    zones: Map[ZoneName, Zone]
    networks: Map[Name, PavedNetwork]
    datastores: Map[Name, PavedDatastore]
    credentials: Map[Name, PavedCredential]
    certificates: PavedCertificates
    load_balancers: Map[Name, PavedLoadBalancer]
    jumpbox: PavedJumpbox | None
    """None: no image was named, or this driver makes none yet."""
    dns: Dns
    ntp: tuple[Host, ...]
    proxy: Proxy
    labels: Map[LabelKey, Label]
    services: Map[Name, Service]
    driver: Section = Field(description="What only this IaaS has; typed by its driver.")

    def director(self) -> tuple[Subnet, IPv4Address]:
        """Where the BOSH director goes: the subnet that holds its address, and the address."""
        network = next(found for found in self.networks.values() if found.purpose == "management")
        address = network.assigned["director"]
        return next(subnet for subnet in network.subnets.values() if address in subnet.cidr), address

    @model_validator(mode="after")
    def _whole(self) -> Self:
        from paver.contract.promises import environment_problems  # noqa: PLC0415  typed by this module

        if found := list(environment_problems(self)):
            raise PydanticCustomError("whole", "the document contradicts itself", {"problems": found})
        return self
