"""What BOSH's CPI for Google wants to be told. Sources: docs of bosh-google-cpi-release, bosh-deployment (`gcp/`)."""

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
    Variables,
    VmSize,
    credential_for,
    director_place,
    director_zone,
)
from paver.contract.environment import PavedEnvironment
from paver.contract.findings import Finding, safely
from paver.contract.spec import DriverSettings
from paver.contract.types import Name, ZoneName
from paver_gcp.environment import GcpLoadBalancer, GcpSubnet, GcpTop, GcpZone
from paver_gcp.rules import DIRECTOR, INTERNAL
from paver_gcp.settings import GcpSettings

MACHINE_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "minimal": "e2-medium",  # 2 vCPU, 4 GiB
        "small": "e2-standard-2",  # 2 vCPU, 8 GiB
        "small-highmem": "e2-highmem-4",  # 4 vCPU, 32 GiB
        "medium": "e2-standard-4",  # 4 vCPU, 16 GiB
        "large": "e2-standard-8",  # 8 vCPU, 32 GiB
    }
)
"""By the names of `VM_SIZES`; Compute Engine documentation, "General-purpose machine family"."""
DISK_TYPE = "pd-balanced"
SMALLEST_ROOT_GB = 10
MIB_A_GIB = 1024


class GcpBosh(Bosh):
    """Zones, subnetworks, machine types, network tags."""

    cpi: ClassVar[str] = "gcp"

    def director(self, environment: PavedEnvironment) -> Director:
        """With the key of the CPI's account, which is a credentials file, whole.

        The account itself stands beside it, for a director that is to run as that and have no key.
        """
        place = _subnet(environment, *director_place(environment))
        cpi = credential_for(environment, "bosh-cpi")
        tags = GcpTop.model_validate(environment.driver).tags
        return Director(
            {
                "project_id": environment.target.id,
                "zone": _zone(environment, director_zone(environment)),
                "network": place.network,
                "subnetwork": place.subnetwork,
                "tags": [tags[DIRECTOR], tags[INTERNAL]],
                "gcp_credentials_json": cpi.secret,
                "service_account": cpi.principal,
                **_blobstore(environment),
            }
        )

    def zone(self, environment: PavedEnvironment, zone: ZoneName) -> Properties:
        """The zone."""
        return {"zone": _zone(environment, zone)}

    def subnet(self, environment: PavedEnvironment, network: Name, subnet: str) -> Properties:
        """The network and its subnetwork, and the tag by which machines reach one another."""
        place = _subnet(environment, network, subnet)
        top = GcpTop.model_validate(environment.driver)
        host = {} if place.network_project == top.project else {"xpn_host_project_id": place.network_project}
        return {
            "network_name": place.network,
            "subnetwork_name": place.subnetwork,
            "tags": [top.tags[INTERNAL]],
            **host,
        }

    def machine(self, environment: PavedEnvironment, name: str, size: VmSize) -> Properties:
        """From the table; the ephemeral disk is a part of the root disk there."""
        return {
            "machine_type": MACHINE_TYPES[name],
            "root_disk_size_gb": SMALLEST_ROOT_GB + -(-size.disk // MIB_A_GIB),
            "root_disk_type": DISK_TYPE,
        }

    def balancer(self, environment: PavedEnvironment, name: Name) -> Properties:
        """The backend service, in whose group of a machine's zone the CPI puts it, and the balancer's tag."""
        balancer = environment.load_balancers[name]
        place = GcpLoadBalancer.model_validate(balancer.driver)
        scheme = "EXTERNAL" if balancer.public else "INTERNAL"
        return {"backend_service": {"name": place.backend_services[0], "scheme": scheme}, "tags": [place.tag]}

    def disk(self, environment: PavedEnvironment) -> Properties:
        """A balanced persistent disk."""
        return {"type": DISK_TYPE}

    def extensions(self, environment: PavedEnvironment) -> Mapping[str, Properties]:
        """A public address."""
        return {PUBLIC_IP: {"ephemeral_external_ip": True}}

    def bucc(self, environment: PavedEnvironment) -> Variables:
        """No target pool, which an empty name says to the CPI: balancers here are backend services."""
        return {"target_pool": ""}

    def checks(self, environment: PavedEnvironment, settings: DriverSettings, reveal: Reveal) -> Sequence[Finding]:
        """As the account that paver made, with its key: permissions as Google tells them, and each thing by name."""
        from paver_gcp.bosh_checks import bosh_findings  # noqa: PLC0415  who renders asks Google nothing

        assert isinstance(settings, GcpSettings)  # noqa: S101  the driver's own section
        return safely("bosh", bosh_findings(environment, settings, reveal))


def _blobstore(environment: PavedEnvironment) -> Variables:
    """For whoever has director and agents keep their blobs in the bucket; empty where no credential is for that."""
    for credential in environment.credentials.values():
        if credential.allows == "blobstore" and credential.datastore is not None:
            bucket = environment.datastores[credential.datastore].object
            if bucket is not None:
                return {
                    "bucket_name": bucket.bucket,
                    "director_gcs_credentials_json": credential.secret,
                    "agent_gcs_credentials_json": credential.secret,
                }
    return {}


def _zone(environment: PavedEnvironment, zone: ZoneName) -> str:
    return GcpZone.model_validate(environment.zones[zone].driver).zone


def _subnet(environment: PavedEnvironment, network: Name, subnet: str) -> GcpSubnet:
    return GcpSubnet.model_validate(environment.networks[network].subnets[subnet].driver)
