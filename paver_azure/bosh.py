"""What BOSH's CPI for Azure wants to be told. Sources: docs of cloudfoundry/bosh-azure-cpi-release, bosh-deployment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

from paver.contract.bosh import (
    PUBLIC_IP,
    Bosh,
    Director,
    Operation,
    Properties,
    Reveal,
    Variable,
    Variables,
    VmSize,
    credential_for,
)
from paver.contract.environment import PavedEnvironment
from paver.contract.findings import Finding, safely
from paver.contract.spec import DriverSettings
from paver.contract.types import Name, ZoneName
from paver_azure import ids
from paver_azure.environment import AzureCredential, AzureLoadBalancer, AzureSubnet, AzureTop, AzureZone
from paver_azure.roles import DIRECTOR
from paver_azure.rules import INTERNAL
from paver_azure.settings import AzureSettings

PROPERTIES = ("/instance_groups/name=bosh/properties/azure", "/cloud_provider/properties/azure")
"""Where the director's manifest says Azure: for the director, and for the CPI that makes it."""
NETWORK = "/networks/name=default/subnets/0/cloud_properties"
"""Where it says the director's own network, which is looked for in the director's group otherwise."""
SIZES: Mapping[str, str] = MappingProxyType(
    {
        "minimal": "Standard_F2s_v2",  # 2 vCPU, 4 GiB
        "small": "Standard_D2s_v5",  # 2 vCPU, 8 GiB
        "small-highmem": "Standard_E4s_v5",  # 4 vCPU, 32 GiB
        "medium": "Standard_D4s_v5",  # 4 vCPU, 16 GiB
        "large": "Standard_D8s_v5",  # 8 vCPU, 32 GiB
    }
)
"""By the names of `VM_SIZES`; Microsoft Learn, "Sizes for virtual machines in Azure"."""
DISK_TYPE = "Premium_LRS"


class AzureBosh(Bosh):
    """Zones, subnets, sizes, and identities in place of secrets."""

    cpi: ClassVar[str] = "azure"

    def director(self, environment: PavedEnvironment) -> Director:
        """By the managed identity that was made for a director; by an application's secret where the site gave one."""
        top, cpi = _top(environment), credential_for(environment, "bosh-cpi")
        subnet, _ = environment.director()
        found: dict[str, Variable] = {
            "subscription_id": environment.target.id,
            "tenant_id": str(top.tenant),
            "client_id": cpi.principal,
            "resource_group_name": top.resource_group,
            "storage_account_name": top.storage_account,
            "vnet_name": top.virtual_network,
            "subnet_name": AzureSubnet.model_validate(subnet.driver).subnet,
            "default_security_group": top.security_groups[INTERNAL],
            "security_group": top.security_groups[INTERNAL],
            "environment": top.environment,
        }
        managed = AzureCredential.model_validate(cpi.driver).identity is not None
        if managed:
            found["azure-managed-identity"] = top.identities[DIRECTOR].name
        else:
            found["client_secret"] = cpi.secret
        elsewhere = _network_group(top) if _network_group(top) != top.resource_group else ""
        return Director(found, tuple(_operations(managed=managed, network_group=elsewhere)))

    def zone(self, environment: PavedEnvironment, zone: ZoneName) -> Properties:
        """The availability zone, where the location has any."""
        place = AzureZone.model_validate(environment.zones[zone].driver).availability_zone
        return {"availability_zone": place} if place is not None else {}

    def subnet(self, environment: PavedEnvironment, network: Name, subnet: str) -> Properties:
        """The subnet, and the groups in which machines of the environment reach one another."""
        top = _top(environment)
        place = AzureSubnet.model_validate(environment.networks[network].subnets[subnet].driver)
        return {
            "resource_group_name": _network_group(top),
            "virtual_network_name": top.virtual_network,
            "subnet_name": place.subnet,
            "security_group": top.security_groups[INTERNAL],
            "application_security_groups": [top.application_groups[INTERNAL]],
        }

    def machine(self, environment: PavedEnvironment, name: str, size: VmSize) -> Properties:
        """From the table."""
        del environment
        return {"instance_type": SIZES[name], "ephemeral_disk": {"size": size.disk}}

    def balancer(self, environment: PavedEnvironment, name: Name) -> Properties:
        """Its pool. A machine's groups replace its network's, so the environment's own stands here too."""
        top = _top(environment)
        place = AzureLoadBalancer.model_validate(environment.load_balancers[name].driver)
        return {
            "load_balancer": {
                "name": place.load_balancer,
                "resource_group_name": top.resource_group,
                "backend_pool_name": place.backend_pool,
            },
            "security_group": place.security_group,
            "application_security_groups": [top.application_groups[INTERNAL], place.application_group],
        }

    def disk(self, environment: PavedEnvironment) -> Properties:
        """A managed disk, which Azure encrypts."""
        del environment
        return {"storage_account_type": DISK_TYPE}

    def extensions(self, environment: PavedEnvironment) -> Mapping[str, Properties]:
        """A public address."""
        del environment
        return {PUBLIC_IP: {"assign_dynamic_public_ip": True}}

    def bucc(self, environment: PavedEnvironment) -> Variables:
        """The balancer for Concourse; none, an empty name."""
        balancer = environment.load_balancers.get("concourse")
        place = AzureLoadBalancer.model_validate(balancer.driver) if balancer else None
        return {"load_balancer": place.load_balancer if place else ""}

    def checks(self, environment: PavedEnvironment, settings: DriverSettings, reveal: Reveal) -> Sequence[Finding]:
        """As the application that the site gave; of a managed identity, which cannot log in from here, by its roles."""
        from paver_azure.bosh_checks import bosh_findings  # noqa: PLC0415  who renders asks Azure nothing

        assert isinstance(settings, AzureSettings)  # noqa: S101  the driver's own section
        return safely("bosh", bosh_findings(environment, settings, reveal))


def _operations(*, managed: bool, network_group: str) -> Iterable[Operation]:
    if network_group:
        yield Operation(f"{NETWORK}/resource_group_name?", network_group)
    for properties in PROPERTIES:
        yield Operation(f"{properties}/environment", "((environment))")
        if managed:
            yield Operation(f"{properties}/credentials_source?", "managed_identity")
            identity: Properties = {"type": "UserAssigned", "user_assigned_identity_name": "((azure-managed-identity))"}
            yield Operation(f"{properties}/default_managed_identity?", dict(identity))
            for name in ("client_id", "client_secret", "tenant_id"):
                yield Operation(f"{properties}/{name}", type="remove")


def _network_group(top: AzureTop) -> str:
    """The group that the virtual network is in: another one, where the site has brought it."""
    group = ids.parts(top.virtual_network_id).group
    return top.resource_group if group == top.resource_group.lower() else group


def _top(environment: PavedEnvironment) -> AzureTop:
    return AzureTop.model_validate(environment.driver)
