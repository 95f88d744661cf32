"""The environment document: the driver's part, and what core adds to it."""

from __future__ import annotations

from collections.abc import Mapping

from paver.contract.certificates import PavedCertificates
from paver.contract.driver import Description
from paver.contract.environment import PavedCredential, PavedEnvironment
from paver.contract.layout import effective_proxy, resolvers
from paver.contract.spec import Dns, DriverSettings, EnvironmentSpec


def assemble(
    spec: EnvironmentSpec,
    iaas: str,
    settings: DriverSettings,
    described: Description,
    certificates: PavedCertificates,
    credentials: Mapping[str, PavedCredential],
) -> PavedEnvironment:
    """One document from the driver's description, the spec, and what the secret store says."""
    own = next((subnet.dns for net in described.networks.values() for subnet in net.subnets.values()), ())
    return PavedEnvironment(
        schema_version=1,
        name=spec.name,
        iaas=iaas,
        owner=spec.owner,
        target=described.target,
        zones=described.zones,
        networks=described.networks,
        datastores=described.datastores,
        credentials=credentials,
        certificates=certificates,
        load_balancers=described.load_balancers,
        jumpbox=described.jumpbox,
        dns=Dns(zone=spec.dns.zone, servers=resolvers(spec, settings, own), existing=spec.dns.existing),
        ntp=settings.ntp or spec.ntp,
        proxy=effective_proxy(spec, settings, described.no_proxy),
        labels=spec.labels,
        services=described.services,
        driver=described.driver,
    )
