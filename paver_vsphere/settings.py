"""The section `iaas.vsphere` of a spec."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from paver.contract.spec import SiteSettings
from paver.contract.types import (
    Endpoint,
    Frozen,
    FrozenDict,
    Host,
    Map,
    Name,
    Port,
    Sha256,
    SpecFile,
    SpecSecret,
    TrustedCertificate,
    ZoneName,
)
from paver_vsphere.vlans import Trunk, Vlan

# vCenter escapes `%`, `/` and `\` in names and cuts pools and datastores at 80 without an error.
NativeName = Annotated[str, StringConstraints(pattern=r"^[^%/\\\x00-\x1f]+$", max_length=79)]
"""The name of a thing in a vCenter."""
Export = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*:/\S*$", max_length=512)]
"""`server:/path`, as an NFS server exports it."""
Uplink = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,31}$")]
Group = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.-]+\\[^\\@/\x00-\x1f]+$", max_length=64)]
r"""`DOMAIN\name`: a group of the vCenter's SSO, or of a directory that it knows."""


class HostGroup(Frozen):
    """The part of a cluster that a zone is: a group of its hosts, by a rule that DRS keeps."""

    rule: Literal["must", "should"] = "must"
    """Whether a machine runs elsewhere rather than not at all."""
    existing: NativeName | None = None
    """A group that is there; else paver makes one of the zone's hosts."""


class VsphereZone(Frozen):
    """Where a zone is."""

    cluster: NativeName
    hosts: tuple[Endpoint, ...] = ()
    """ESXi hosts that paver adds to the cluster; none: the cluster exists."""
    resource_pool: NativeName | None = None
    """Default: the environment's name."""
    host_group: HostGroup | None = None


class Appliance(Frozen):
    """The vCenter that paver makes on the first host."""

    ova: SpecFile | None = None
    iso: SpecFile | None = None
    """The image that it is delivered in, instead: the OVA is read out of it in place."""
    sha256: Sha256
    """Of that file, be it the OVA or the whole ISO."""
    root_password: SpecSecret
    size: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")] = "small"
    """A deployment option of the OVA: tiny, small, medium, large, xlarge; with -lstorage or -xlstorage more disk."""
    accept_eula: str | None = None
    """The product's name as in the OVA; without it preflight refuses an OVA that has a licence."""
    datastore: Name | None = None
    """Default: the first ephemeral one."""
    setup_port: Port = 5480
    first_contact: Literal["pinned", "trust"] = "pinned"
    """`trust`: where the certificate cannot be read through the ESXi host, take what the wire shows, once."""
    machine_certificate: Name | None = None
    """Which of the spec's leaves the vCenter shows; default: what its own VMCA signed."""
    on_destroy: Literal["delete", "keep"] = "delete"

    @property
    def image(self) -> str:
        """The file, whichever it is."""
        return self.ova or self.iso or ""


class VsphereJumpbox(Frozen):
    """The machine that the environment is worked on from, of an OVA whose guest has cloud-init and VMware Tools."""

    ova: SpecFile
    sha256: Sha256
    accept_eula: str | None = None
    """The product's name as in the OVA, where that has a licence."""
    user: Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_-]{0,31}$")] = "paver"
    """Whom cloud-init makes, and lets in with the key."""
    cpus: Annotated[int, Field(ge=1, le=128)] = 2
    memory_gib: Annotated[int, Field(ge=1, le=1024)] = 4
    datastore: Name | None = None
    """Default: the first ephemeral one."""


class VsphereStore(Frozen):
    """Where a datastore of the spec is: one of the two."""

    nfs: Export | None = None
    nfs_version: Literal["3", "4.1"] = "3"
    existing: NativeName | None = None
    host: Endpoint | None = None
    """Of an existing one that is local to this host: it has that name there, and a vCenter may number it."""


def _once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(values)) < len(values):
        raise PydanticCustomError("once", "each stands here once")
    return values


class StandardPortGroup(Frozen):
    """A port group of a host's own standard switch."""

    switch: NativeName = "vSwitch0"
    """One that is there."""
    vlan: Annotated[int, Field(ge=0, le=4095)]
    """802.1Q; 0: untagged, 4095: all, for machines that tag by themselves."""


class HostSettings(Frozen):
    """What every host that a zone names is set to while the environment is there. What is left out stays as it is."""

    ntp: Annotated[tuple[Host, ...], Field(min_length=1), AfterValidator(_once)] | None = None
    """Time servers."""
    dns_servers: Annotated[tuple[IPv4Address, ...], Field(min_length=1, max_length=3), AfterValidator(_once)] | None = (
        None
    )
    """Resolvers; a host asks no more than three."""
    search_domains: Annotated[tuple[Host, ...], Field(min_length=1), AfterValidator(_once)] | None = None
    services: Map[Literal["ssh", "ntpd"], bool] = Field(default_factory=FrozenDict)
    """Whether it runs, from the host's start on."""
    port_groups: Map[NativeName, StandardPortGroup] = Field(default_factory=FrozenDict)
    """By name, on every host. One that is there already gets the VLAN, and has its own again afterwards."""


class VsphereLicences(Frozen):
    """Keys that the vCenter is given and that are assigned while the environment is there. One left out: as it is."""

    vcenter: SpecSecret | None = None
    """Of the vCenter itself."""
    hosts: SpecSecret | None = None
    """Of each host that paver adds."""


class Security(Frozen):
    """What a network lets its machines do. Routers, load balancers and nested hosts want one or the other of it."""

    promiscuous: bool = False
    """See what is meant for others."""
    forged_transmits: bool = False
    """Send under another MAC address than their own."""
    mac_changes: bool = False
    """Take another MAC address than the one that they were given."""


class VsphereSettings(SiteSettings):
    """The whole section."""

    vcenter: Host
    port: Port = 443
    user: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$")] = "administrator@vsphere.local"
    password: SpecSecret
    known_hosts: SpecFile | None = None
    """Pins, in the format of GOVC_TLS_KNOWN_HOSTS."""
    ca: TrustedCertificate | None = None
    """Who signs the certificates of hosts and vCenter, where no pin is given."""
    appliance: Appliance | None = None
    """From bare ESXi; none: the vCenter exists."""
    esxi_user: str = "root"
    esxi_password: SpecSecret | None = None
    datacenter: NativeName
    zones: Map[ZoneName, VsphereZone]
    host_settings: HostSettings | None = None
    uplinks: tuple[Uplink, ...] = ()
    """Physical NICs of each host that go to the environment's switch."""
    switch: NativeName | None = None
    """A distributed switch that is there, with every host of the zones; none: paver makes one."""
    mtu: Annotated[int, Field(ge=1280, le=9190)] | None = None
    """Of the switch that paver makes, in bytes; default: 1500."""
    port_groups: Map[Name, NativeName] = Field(default_factory=FrozenDict)
    """By network that is `existing`: a port group, a standard one, or a segment of NSX."""
    vlans: Map[Name, Vlan | Trunk] = Field(default_factory=FrozenDict)
    """By network; of one that is `existing` it is checked."""
    security: Map[Name, Security] = Field(default_factory=FrozenDict)
    """By network; default: nothing of it is allowed."""
    datastores: Map[Name, VsphereStore] = Field(default_factory=FrozenDict)
    trusted_roots: Annotated[tuple[Name, ...], AfterValidator(_once)] = ()
    """Of the spec's certificates: which authorities and trusted CAs the vCenter shall trust as well."""
    licences: VsphereLicences | None = None
    jumpbox: VsphereJumpbox | None = None
    """Without it paver makes none."""
    groups: Map[Group, NativeName] = Field(default_factory=FrozenDict)
    """Groups that are there, and for each the role that is there and that they get on what paver makes."""

    @property
    def domain(self) -> str:
        """The SSO domain: where users are made."""
        return self.user.partition("@")[2]
