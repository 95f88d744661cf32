"""What a CPI of this IaaS would want to be told, were there one: the shape of it, for tests and as a pattern."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

from paver.contract.bosh import (
    PUBLIC_IP,
    Bosh,
    Director,
    Properties,
    Reveal,
    VmSize,
    credential_for,
    director_place,
    director_zone,
)
from paver.contract.environment import PavedEnvironment
from paver.contract.findings import Finding, safely
from paver.contract.spec import DriverSettings
from paver.contract.types import Name, ZoneName

SHAPES: Mapping[str, str] = MappingProxyType(
    {"minimal": "m1", "small": "m2", "small-highmem": "h4", "medium": "m4", "large": "m8"}
)
"""By the names of `VM_SIZES`."""


class MemoryBosh(Bosh):
    """Native ids as they stand in the document."""

    cpi: ClassVar[str] = "memory"

    def director(self, environment: PavedEnvironment) -> Director:
        """A principal, a place."""
        cpi = credential_for(environment, "bosh-cpi")
        network, subnet = director_place(environment)
        return Director(
            {
                "account": environment.target.id,
                "user": cpi.principal,
                "password": cpi.secret,
                "rack": environment.zones[director_zone(environment)].fault_domain,
                "subnet_id": self.subnet(environment, network, subnet)["subnet"],
            }
        )

    def zone(self, environment: PavedEnvironment, zone: ZoneName) -> Properties:
        """The fault domain, and the pool where there is a control plane."""
        return {"rack": environment.zones[zone].fault_domain, "pool": environment.zones[zone].driver["pool"]}

    def subnet(self, environment: PavedEnvironment, network: Name, subnet: str) -> Properties:
        """Its id."""
        return {"subnet": environment.networks[network].subnets[subnet].driver["subnet"]}

    def machine(self, environment: PavedEnvironment, name: str, size: VmSize) -> Properties:
        """From the table."""
        return {"shape": SHAPES[name], "disk": size.disk}

    def balancer(self, environment: PavedEnvironment, name: Name) -> Properties:
        """Its id."""
        return {"balancers": [environment.load_balancers[name].driver["balancer"]]}

    def extensions(self, environment: PavedEnvironment) -> Mapping[str, Properties]:
        """A public address."""
        return {PUBLIC_IP: {"public": True}}

    def checks(self, environment: PavedEnvironment, settings: DriverSettings, reveal: Reveal) -> Sequence[Finding]:
        """In the world that the section names."""
        from paver.memory.bosh_checks import bosh_findings  # noqa: PLC0415  who renders needs no world
        from paver.memory.settings import MemorySettings  # noqa: PLC0415  the same
        from paver.memory.world import World  # noqa: PLC0415  the same

        assert isinstance(settings, MemorySettings)  # noqa: S101  the driver's own section
        return safely("bosh", bosh_findings(World.of(settings), environment, reveal))
