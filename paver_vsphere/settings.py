"""The section `iaas.vsphere` of a spec, and where it does not fit the rest of the spec."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from paver.contract.checks import known
from paver.contract.spec import EnvironmentSpec, SiteSettings
from paver.contract.types import (
    Endpoint,
    Frozen,
    FrozenDict,
    Host,
    Map,
    Name,
    Port,
    Problem,
    Sha256,
    SpecFile,
    SpecSecret,
    TrustedCertificate,
    ZoneName,
)

SECTION: tuple[str | int, ...] = ("iaas", "vsphere")

# vCenter escapes `%`, `/` and `\` in names and cuts pools and datastores at 80 without an error.
NativeName = Annotated[str, StringConstraints(pattern=r"^[^%/\\\x00-\x1f]+$", max_length=79)]
"""The name of a thing in a vCenter."""
Export = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*:/\S*$", max_length=512)]
"""`server:/path`, as an NFS server exports it."""
Vlan = Annotated[int, Field(ge=0, le=4094)]
"""802.1Q; 0: untagged."""
Uplink = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,31}$")]


class VsphereZone(Frozen):
    """Where a zone is."""

    cluster: NativeName
    hosts: tuple[Endpoint, ...] = ()
    """ESXi hosts that paver adds to the cluster; none: the cluster exists."""
    resource_pool: NativeName | None = None
    """Default: the environment's name."""


class Appliance(Frozen):
    """The vCenter that paver makes on the first host."""

    ova: SpecFile
    sha256: Sha256
    root_password: SpecSecret
    size: Literal["tiny", "small", "medium", "large", "xlarge"] = "small"
    accept_eula: str | None = None
    """The product's name as in the OVA; without it preflight refuses an OVA that has a licence."""
    datastore: Name | None = None
    """Default: the first ephemeral one."""
    setup_port: Port = 5480
    first_contact: Literal["pinned", "trust"] = "pinned"
    """`trust`: where the certificate cannot be read through the ESXi host, take what the wire shows, once."""
    on_destroy: Literal["delete", "keep"] = "delete"


class VsphereStore(Frozen):
    """Where a datastore of the spec is: one of the two."""

    nfs: Export | None = None
    existing: NativeName | None = None


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
    uplinks: tuple[Uplink, ...] = ()
    """Physical NICs of each host that go to the environment's switch."""
    vlans: Map[Name, Vlan] = Field(default_factory=FrozenDict)
    datastores: Map[Name, VsphereStore] = Field(default_factory=FrozenDict)
    jumpbox_ova: SpecFile | None = None

    @property
    def domain(self) -> str:
        """The SSO domain: where users are made."""
        return self.user.partition("@")[2]


def section_problems(spec: EnvironmentSpec, settings: VsphereSettings) -> Iterator[Problem]:
    """Where the section does not fit the spec, or itself. Pure and offline."""
    yield from _hosts(settings)
    yield from _appliance(spec, settings)
    yield from _datastores(spec, settings)
    yield from _vlans(spec, settings)


def _hosts(settings: VsphereSettings) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for zone, place in settings.zones.items():
        for index, host in enumerate(place.hosts):
            if host in seen:
                yield (*SECTION, "zones", zone, "hosts", index), f"{host} is in zone {seen[host]} already"
            seen.setdefault(host, zone)
    if not seen:
        return
    if settings.esxi_password is None:
        yield (*SECTION, "esxi_password"), "hosts are added with a password: name its place, like env:ESXI_PASSWORD"
    if settings.known_hosts is None and settings.ca is None:
        yield (
            (*SECTION, "known_hosts"),
            "hosts are verified: name a file of thumbprints as their consoles show them, or a ca",
        )
    if len(set(settings.uplinks)) < len(settings.uplinks):
        yield (*SECTION, "uplinks"), "each NIC stands here once"


def _appliance(spec: EnvironmentSpec, settings: VsphereSettings) -> Iterator[Problem]:
    wanted = settings.appliance
    if wanted is None:
        return
    if not any(place.hosts for place in settings.zones.values()):
        yield (*SECTION, "appliance"), "an appliance goes on an ESXi host: give a zone its hosts"
    block = [name for name, store in spec.datastores.items() if store.purpose != "object"]
    if wanted.datastore is not None:
        yield from known((*SECTION, "appliance", "datastore"), wanted.datastore, block)
    elif not any(store.purpose == "ephemeral" for store in spec.datastores.values()):
        yield (*SECTION, "appliance", "datastore"), "no datastore is ephemeral: say which one the appliance goes on"


def _datastores(spec: EnvironmentSpec, settings: VsphereSettings) -> Iterator[Problem]:
    block = [name for name, store in spec.datastores.items() if store.purpose != "object"]
    for name, place in settings.datastores.items():
        at = (*SECTION, "datastores", name)
        yield from known(at, name, block)
        if (place.nfs is None) == (place.existing is None):
            yield at, "one of the two: nfs: server:/path, or existing: a datastore's name"
        elif name in block and (place.existing is not None) != spec.datastores[name].existing:
            wanted = "existing" if spec.datastores[name].existing else "nfs"
            yield at, f"the spec's datastore is {'' if wanted == 'existing' else 'not '}existing: give {wanted} here"
    for name in block:
        if name not in settings.datastores:
            yield (*SECTION, "datastores"), f"{name} is nowhere: give it nfs: server:/path, or existing: a name"
    shared: dict[str, str] = {}
    for name, place in settings.datastores.items():
        where = place.nfs or place.existing
        if where is not None and where in shared:
            yield (*SECTION, "datastores", name), f"{where} is {shared[where]}'s already"
        shared.setdefault(where or "", name)


def _vlans(spec: EnvironmentSpec, settings: VsphereSettings) -> Iterator[Problem]:
    for name in settings.vlans:
        yield from known((*SECTION, "vlans", name), name, spec.networks)
    for name, network in spec.networks.items():
        if not network.existing and name not in settings.vlans:
            yield (*SECTION, "vlans"), f"{name} has no VLAN: give one, or 0 where it is untagged"
