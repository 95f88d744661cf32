"""The section `iaas.azure` of a spec."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from paver.contract.spec import DriverSettings
from paver.contract.types import Frozen, FrozenDict, Map, Name, SpecFile, SpecSecret, SshPublicKey, ZoneName
from paver_azure.clouds import CLOUDS, CloudName

Location = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{2,39}$")]
"""`westeurope`: the name, not the display name."""
PlaceNumber = Literal["1", "2", "3"]
Url = Annotated[str, StringConstraints(pattern=r"^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?$")]
GroupName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_().-]{0,89}[A-Za-z0-9_()-]$")]
ResourceName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,78}[A-Za-z0-9_])?$")]
NetworkId = Annotated[
    str,
    StringConstraints(
        pattern=r"^(?i:/subscriptions/[0-9a-f-]{36}/resourceGroups/[^/]{1,90}"
        r"/providers/Microsoft\.Network/virtualNetworks/[^/]{1,64})$"
    ),
]
PrivateZoneId = Annotated[
    str,
    StringConstraints(
        pattern=r"^(?i:/subscriptions/[0-9a-f-]{36}/resourceGroups/[^/]{1,90}"
        r"/providers/Microsoft\.Network/privateDnsZones/[^/]{1,253})$"
    ),
]
VmSize = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{2,64}$")]
Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
TagKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]
TagValue = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 _.:/=+@-]{0,255}$")]
Redundancy = Literal["Standard_LRS", "Standard_ZRS", "Standard_GRS", "Standard_GZRS"]


class ServicePrincipal(Frozen):
    """An application of the site's: checked by what it may do, never made nor changed."""

    client_id: UUID
    """The application's id, with which it logs in."""
    object_id: UUID
    """The service principal's own id in the directory, to which roles are assigned."""
    secret: SpecSecret | None = None
    """Where its client secret is, for the document; the driver itself never reads it."""


class AzureImage(Frozen):
    """An image of the marketplace."""

    publisher: Word = "Canonical"
    offer: Word = "ubuntu-24_04-lts"
    sku: Word = "server"
    version: Word = "latest"


class AzureJumpbox(Frozen):
    """The machine that the environment is worked on from."""

    image: AzureImage = AzureImage()
    user: Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_-]{0,31}$")] = "paver"
    size: VmSize = "Standard_B2s"
    disk_gib: Annotated[int, Field(ge=8, le=32767)] = 32
    """Of its own managed disk, which outlives the machine's replacement."""


class AzureSettings(DriverSettings):
    """The whole section."""

    tenant: UUID
    """Any other directory is refused."""
    subscription: UUID
    location: Location
    zones: Map[ZoneName, PlaceNumber] | None = None
    """None: the location has no availability zones; then `availability_set` spreads machines."""
    cloud: CloudName = "AzureCloud"
    endpoint: Url | None = None
    """The resource manager; default: the cloud's. A must for an Azure Stack."""
    authority: Url | None = None
    """Where tokens come from; default: the cloud's. A must for an Azure Stack."""
    ca: SpecFile | None = None
    """CA certificates (PEM) for both; default: the system's."""
    client: UUID | None = None
    """Who paves, with `client_secret`; default: what DefaultAzureCredential finds."""
    client_secret: SpecSecret | None = None
    resource_group: GroupName | None = None
    """A group that is there already: used, never changed."""
    virtual_network: NetworkId | None = None
    """A network that is there already: used, never changed."""
    subnets: Map[Name, ResourceName] = Field(default_factory=FrozenDict)
    """Of networks that are `existing`: the names of their subnets in that virtual network."""
    private_zone: PrivateZoneId | None = None
    """Of `dns.zone`, where that is `existing`."""
    service_principals: Map[Name, ServicePrincipal] = Field(default_factory=FrozenDict)
    """By credential: an application that is to be it; the others become managed identities."""
    next_hops: Map[Name, IPv4Address] = Field(default_factory=FrozenDict)
    """By network: the appliance that it leaves by, instead of a NAT gateway."""
    nat_zone: PlaceNumber | None = None
    """Ties the NAT gateway to one zone; default: Azure places it."""
    availability_set: bool = False
    """Make one, with `fault_domains`; only where there are no zones."""
    fault_domains: Annotated[int, Field(ge=1, le=3)] = 2
    locks: bool = False
    """Put locks against deletion on the virtual network, the storage account and the public addresses.

    A lock keeps deletions of what is inside out as well: where the spec shrinks, paver lifts its own for that long.
    """
    redundancy: Redundancy = "Standard_ZRS"
    tags: Annotated[Map[TagKey, TagValue], Field(max_length=20)] = Field(default_factory=FrozenDict)
    """Put on everything that bears tags, beside the spec's labels."""
    ssh_public_key: SshPublicKey | None = None
    """For machines, where the jumpbox is `existing`; else the jumpbox's own."""
    jumpbox: AzureJumpbox = AzureJumpbox()

    @property
    def manager(self) -> str:
        """The resource manager's URL, without a slash at its end."""
        return (self.endpoint or CLOUDS[self.cloud].manager).rstrip("/")

    @property
    def login(self) -> str:
        """The authority's URL, without a slash at its end."""
        return (self.authority or CLOUDS[self.cloud].authority).rstrip("/")

    @property
    def root(self) -> str:
        """The subscription's id as ARM spells it."""
        return f"/subscriptions/{self.subscription}"
