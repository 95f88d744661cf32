"""What is asked for: `EnvironmentSpec`. Neutral words only; what one IaaS alone has sits in its section of `iaas:`."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from paver.contract import addresses
from paver.contract.certificates import Certificates
from paver.contract.types import (
    Allows,
    Days,
    DriverName,
    Egress,
    EnvironmentName,
    Frozen,
    FrozenDict,
    GiB,
    Host,
    Kept,
    Label,
    LabelKey,
    Map,
    Name,
    Owner,
    Port,
    Purpose,
    Range,
    SecretRef,
    Section,
    SpecSecret,
    ZoneName,
    Zones,
)


class Network(Frozen):
    """A network of the environment."""

    purpose: Purpose | None = None
    """Default: the network's own name."""
    cidr: IPv4Network | None = None
    """Default: the purpose's slot of `address_space`."""
    zones: Zones | None = None
    """Default: all."""
    egress: Egress | None = None
    """Default: direct for lb, nat for the others."""
    reserved: tuple[Range, ...] = ()
    """Addresses that others use."""
    existing: bool = False
    """It is there already: checked, never changed."""


class Datastore(Frozen):
    """A place for data."""

    purpose: Kept
    capacity_gib: GiB | None = None
    encrypted: bool | None = None
    """Default: what the IaaS does by itself."""
    existing: bool = False


class Credential(Frozen):
    """A principal that paver makes for somebody else's use."""

    allows: Allows
    datastore: Name | None = None
    rotate_after: Days = "90d"


class Listener(Frozen):
    """One port of a load balancer."""

    listen: Port
    target: Port
    protocol: Literal["tcp", "udp"] = "tcp"


def _listener(value: Any) -> Any:  # noqa: ANN401  whatever stands in the file
    return {"listen": value, "target": value} if isinstance(value, int) and not isinstance(value, bool) else value


Listens = Annotated[Listener, BeforeValidator(_listener, json_schema_input_type=Port | Listener)]
"""`443`, or the object."""


class LoadBalancer(Frozen):
    """A load balancer, or an address kept for one."""

    ports: tuple[Listens, ...] = Field(min_length=1)
    network: Name = "lb"
    public: bool = False
    allow: tuple[IPv4Network, ...] = ()
    """Default: `address_space`, or everyone where it is public."""


class Jumpbox(Frozen):
    """The machine from which the environment is worked on."""

    public: bool = False
    allow: tuple[IPv4Network, ...] = ()
    existing: bool = False


class Dns(Frozen):
    """The environment's zone and its resolvers."""

    zone: Host
    servers: tuple[IPv4Address, ...] = ()
    """Default: the IaaS's own resolver, where it has one."""
    existing: bool = False


class Proxy(Frozen):
    """The site's way out."""

    http: str | None = None
    https: str | None = None
    no_proxy: tuple[str, ...] = ()


class DriverSettings(Frozen):
    """Base of every `iaas.<driver>` section: the zones' places, and the facts that differ from site to site."""

    zones: Map[ZoneName, Any] | None = None
    dns_servers: tuple[IPv4Address, ...] | None = None
    ntp: tuple[Host, ...] | None = None
    proxy: Proxy | None = None
    settle: Annotated[float, Field(ge=0, le=600)] | None = None
    """Seconds by which listings lag behind changes, of kinds whose listings may; default: what the driver takes."""


class SiteSettings(DriverSettings):
    """Base of the section of an IaaS that leaves routers, balancers and object stores to the site."""

    gateways: Map[Name, IPv4Address] = Field(default_factory=FrozenDict)
    """By network, where a router of the site is not at the first address."""
    addresses: Map[Name, IPv4Address] = Field(default_factory=FrozenDict)
    """By load balancer or object store: the address that is kept for it."""


def _space(value: IPv4Network) -> IPv4Network:
    if not 16 <= value.prefixlen <= 21:  # noqa: PLR2004  the limits of every IaaS together
        raise PydanticCustomError("address_space", "a CIDR from /16 to /21 is wanted: that is what every IaaS takes")
    return value


AddressSpace = Annotated[IPv4Network, AfterValidator(_space)]


def _networks() -> Mapping[Name, Network]:
    return FrozenDict({name: Network() for name in ("management", "services", "workload", "lb")})


def _datastores() -> Mapping[Name, Datastore]:
    return FrozenDict(
        vms=Datastore(purpose="ephemeral"), disks=Datastore(purpose="persistent"), blobs=Datastore(purpose="object")
    )


def _credentials() -> Mapping[Name, Credential]:
    return FrozenDict(
        {"bosh-cpi": Credential(allows="bosh-cpi"), "blobstore": Credential(allows="blobstore", datastore="blobs")}
    )


class EnvironmentSpec(Frozen):
    """One environment, as it is asked for."""

    schema_version: Literal[1]
    name: EnvironmentName
    id: UUID
    """Written by `paver init`: the owner on everything, so that ownership needs no local file."""
    zones: Zones
    address_space: AddressSpace
    networks: Map[Name, Network] = Field(default_factory=_networks)
    datastores: Map[Name, Datastore] = Field(default_factory=_datastores)
    credentials: Map[Name, Credential] = Field(default_factory=_credentials)
    certificates: Certificates = Certificates()
    load_balancers: Map[Name, LoadBalancer] = Field(default_factory=FrozenDict)
    jumpbox: Jumpbox = Jumpbox()
    dns: Dns
    ntp: tuple[Host, ...] = ()
    proxy: Proxy = Proxy()
    labels: Annotated[Map[LabelKey, Label], Field(max_length=10)] = Field(default_factory=FrozenDict)
    secrets: SpecSecret = SecretRef(store="file", path="secrets")
    """Where paver keeps what it makes."""
    expires: AwareDatetime | None = None
    """When a test environment may go."""
    iaas: Map[DriverName, Section] = Field(default_factory=FrozenDict)
    """A section per driver; only the chosen one is read."""

    @property
    def owner(self) -> Owner:
        """Whose the environment's things are."""
        return Owner(id=self.id, name=self.name)

    def purpose(self, network: Name) -> str:
        """What a network is for."""
        return self.networks[network].purpose or network

    def cidr(self, network: Name) -> IPv4Network:
        """A network's CIDR, stated or derived. Raises KeyError where its purpose is none."""
        return self.networks[network].cidr or addresses.slot_cidr(self.address_space, self.purpose(network))  # type: ignore[arg-type]  # a wrong one is a KeyError

    def egress(self, network: Name) -> Egress:
        """How machines of a network reach the outside."""
        return self.networks[network].egress or ("direct" if self.purpose(network) == "lb" else "nat")

    def network_zones(self, network: Name) -> tuple[ZoneName, ...]:
        """The zones that a network serves."""
        return self.networks[network].zones or self.zones

    def blocks(self, network: Name) -> dict[ZoneName, IPv4Network]:
        """The block of a network that each of its zones numbers from."""
        own = self.networks[network].zones
        single = own is not None and len(own) == 1
        return addresses.zone_blocks(self.cidr(network), own or self.zones, single=single)

    def of_purpose(self, purpose: Purpose) -> tuple[Name, ...]:
        """The networks of one purpose."""
        return tuple(name for name in self.networks if self.purpose(name) == purpose)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        from paver.contract.checks import spec_problems  # noqa: PLC0415  the checks are typed by this module

        if found := list(spec_problems(self)):
            raise PydanticCustomError("whole", "the spec contradicts itself", {"problems": found})
        return self
