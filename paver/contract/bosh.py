"""What BOSH wants to be told of one IaaS, from the environment document alone, and what its CPI looks up there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Literal

from pydantic import JsonValue, SecretStr

from paver.contract.environment import PavedCredential, PavedEnvironment
from paver.contract.errors import Rejected
from paver.contract.findings import Finding, warn
from paver.contract.spec import DriverSettings
from paver.contract.types import Allows, Frozen, Name, SecretRef, ZoneName

Properties = Mapping[str, JsonValue]
"""`cloud_properties`, as this IaaS's CPI reads them."""
Variable = JsonValue | SecretRef
"""A variable's value; a secret's place where it is one. The value is put in its place only on its way to a file."""
Variables = Mapping[str, Variable]
Reveal = Callable[[SecretRef], SecretStr]
"""The value of a secret that the document or the section names. Raises SecretMissing."""


class VmSize(Frozen):
    """What a machine of a cloud-config's vm_type has at least, on every IaaS. `ram` and `disk` in MiB."""

    cpu: int
    ram: int
    disk: int
    """Its ephemeral disk."""


VM_SIZES: Mapping[str, VmSize] = MappingProxyType(
    {
        "minimal": VmSize(cpu=1, ram=4 << 10, disk=10 << 10),
        "small": VmSize(cpu=2, ram=8 << 10, disk=20 << 10),
        "small-highmem": VmSize(cpu=4, ram=32 << 10, disk=20 << 10),
        "medium": VmSize(cpu=4, ram=16 << 10, disk=50 << 10),
        "large": VmSize(cpu=8, ram=32 << 10, disk=100 << 10),
    }
)
"""The vm_types of every cloud-config, by name."""

DISK_SIZES: Mapping[str, int] = MappingProxyType(
    {
        "default": 10 << 10,
        "1GB": 1 << 10,
        "5GB": 5 << 10,
        "10GB": 10 << 10,
        "50GB": 50 << 10,
        "100GB": 100 << 10,
        "500GB": 500 << 10,
        "1TB": 1 << 20,
    }
)
"""The disk_types of every cloud-config, by name: MiB."""

PUBLIC_IP = "public-ip"
"""The vm_extension that gives a machine a public address, where the IaaS has one to give."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One entry of an ops file. `path` is written as `bosh int` reads it; a value may name variables, `((so))`."""

    path: str
    value: JsonValue = None
    type: Literal["replace", "remove"] = "replace"


@dataclass(frozen=True, slots=True)
class Director:
    """What `bosh create-env` is given beside what is the same on every IaaS."""

    variables: Variables
    """By the names that the CPI's file in bosh-deployment, and the options beside it, ask for."""
    operations: tuple[Operation, ...] = ()
    """To be applied after that file."""


class Bosh(ABC):
    """A driver's knowledge of its CPI. Every method but `checks` is pure, and returns the same for the same document.

    The document's `driver` sections are the driver's own: it reads them through its own models.
    """

    cpi: ClassVar[str]
    """The CPI's directory in bosh-deployment; its `cpi.yml` is what `Director` goes with."""

    @abstractmethod
    def director(self, environment: PavedEnvironment) -> Director:
        """Variables and operations of the director's manifest."""

    @abstractmethod
    def zone(self, environment: PavedEnvironment, zone: ZoneName) -> Properties:
        """An az's cloud_properties."""

    @abstractmethod
    def subnet(self, environment: PavedEnvironment, network: Name, subnet: str) -> Properties:
        """A subnet's cloud_properties."""

    @abstractmethod
    def machine(self, environment: PavedEnvironment, name: str, size: VmSize) -> Properties:
        """A vm_type's cloud_properties: the nearest native size that has at least what `size` says.

        Args:
            environment: The document.
            name: One of `VM_SIZES`.
            size: What it says.
        """

    @abstractmethod
    def balancer(self, environment: PavedEnvironment, name: Name) -> Properties:
        """What puts a machine behind a load balancer; empty where the balancer is the platform's own."""

    def disk(self, environment: PavedEnvironment) -> Properties:
        """The cloud_properties of every disk_type."""
        return {}

    def extensions(self, environment: PavedEnvironment) -> Mapping[str, Properties]:
        """Further vm_extensions by name: `PUBLIC_IP`, and what only this IaaS has."""
        return {}

    def bucc(self, environment: PavedEnvironment) -> Variables:
        """What BUCC asks for beside the director's variables."""
        return {}

    def checks(self, environment: PavedEnvironment, settings: DriverSettings, reveal: Reveal) -> Sequence[Finding]:
        """What the CPI looks up before it makes a machine, looked up as the CPI does; and whether it may do its work.

        It logs in as the document's credential for `bosh-cpi`, never as whoever runs paver; where that cannot be done
        from here a finding says so. It changes nothing, and raises nothing for what it finds: what is not there is a
        failure, what is not allowed one whose cause is `denied`.

        Args:
            environment: The document.
            settings: The driver's own section: where, and whom to trust.
            reveal: Looks a secret up.
        """
        del settings, reveal
        return [
            warn("bosh", f"the driver {environment.iaas} does not say what its CPI looks up: nothing was checked"),
        ]


def credential_for(environment: PavedEnvironment, allows: Allows) -> PavedCredential:
    """The first credential that may do that. Raises Rejected where the environment has none."""
    for credential in environment.credentials.values():
        if credential.allows == allows:
            return credential
    raise Rejected(
        f"{environment.name} has no credential for {allows}",
        hint=f"add one to the spec's credentials: NAME: {{allows: {allows}}}",
    )


def director_zone(environment: PavedEnvironment) -> ZoneName:
    """The zone that the director's address is in."""
    network, _ = director_place(environment)
    address = environment.networks[network].assigned["director"]
    zones = environment.networks[network].zones
    return next(zone for zone, held in zones.items() if address in held.block)


def director_place(environment: PavedEnvironment) -> tuple[Name, str]:
    """The director's network and subnet, by name."""
    for network, paved in environment.networks.items():
        address = paved.assigned.get("director")
        for name, subnet in paved.subnets.items():
            if address is not None and address in subnet.cidr:
                return network, name
    raise Rejected(f"{environment.name} has no network with an address for a director")
