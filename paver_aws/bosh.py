"""What BOSH's CPI for AWS wants to be told. Sources: docs of cloudfoundry/bosh-aws-cpi-release, bosh-deployment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

from pydantic import JsonValue

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
    director_place,
    director_zone,
)
from paver.contract.environment import PavedEnvironment
from paver.contract.findings import Finding, safely
from paver.contract.spec import DriverSettings
from paver.contract.types import Kept, Name, ZoneName
from paver_aws.environment import AwsDatastore, AwsLoadBalancer, AwsSubnet, AwsTop, AwsZone
from paver_aws.rules import INTERNAL
from paver_aws.settings import AwsSettings

PROPERTIES = ("/instance_groups/name=bosh/properties/aws", "/cloud_provider/properties/aws")
"""Where the director's manifest says AWS: for the director, and for the CPI that makes it."""
INSTANCE_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "minimal": "t3.medium",  # 2 vCPU, 4 GiB
        "small": "m6i.large",  # 2 vCPU, 8 GiB
        "small-highmem": "r6i.xlarge",  # 4 vCPU, 32 GiB
        "medium": "m6i.xlarge",  # 4 vCPU, 16 GiB
        "large": "m6i.2xlarge",  # 8 vCPU, 32 GiB
    }
)
"""By the names of `VM_SIZES`; Amazon EC2 instance types guide, "General purpose" and "Memory optimized"."""
VOLUME_TYPE = "gp3"
BUCC_INSTANCE_TYPE, BUCC_DISK = "m6i.xlarge", 50_000
"""What BUCC's machine has: a type, and MiB."""


class AwsBosh(Bosh):
    """Availability zones, subnets, instance types."""

    cpi: ClassVar[str] = "aws"

    def director(self, environment: PavedEnvironment) -> Director:
        """With an access key; the instance profile made for a director stands beside it, for whoever prefers that."""
        top, cpi = _top(environment), credential_for(environment, "bosh-cpi")
        found: dict[str, Variable] = {
            "access_key_id": cpi.principal,
            "secret_access_key": cpi.secret,
            "region": environment.target.location,
            "az": _zone(environment, director_zone(environment)),
            "subnet_id": _subnet(environment, *director_place(environment)),
            "default_key_name": top.key_pair,
            "default_security_groups": [top.security_groups[INTERNAL]],
            "iam_instance_profile": top.director_instance_profile,
            **_blobstore(environment),
        }
        key = _key(environment, "persistent")
        if key is not None:
            found["kms_key_arn"] = key
        return Director(found, tuple(_encryption()) if key is not None else ())

    def zone(self, environment: PavedEnvironment, zone: ZoneName) -> Properties:
        """The availability zone."""
        return {"availability_zone": _zone(environment, zone)}

    def subnet(self, environment: PavedEnvironment, network: Name, subnet: str) -> Properties:
        """The subnet, and the group in which machines of the environment reach one another."""
        return {
            "subnet": _subnet(environment, network, subnet),
            "security_groups": [_top(environment).security_groups[INTERNAL]],
        }

    def machine(self, environment: PavedEnvironment, name: str, size: VmSize) -> Properties:
        """From the table."""
        return {
            "instance_type": INSTANCE_TYPES[name],
            "ephemeral_disk": {"size": size.disk, **_volume(environment, "ephemeral")},
        }

    def balancer(self, environment: PavedEnvironment, name: Name) -> Properties:
        """Its target groups. A machine's groups replace its network's, so the environment's own stands here too."""
        place = AwsLoadBalancer.model_validate(environment.load_balancers[name].driver)
        return {
            "lb_target_groups": list(place.target_groups),
            "security_groups": [_top(environment).security_groups[INTERNAL], place.security_group],
        }

    def disk(self, environment: PavedEnvironment) -> Properties:
        """A volume, encrypted with the environment's key where it has one."""
        return _volume(environment, "persistent")

    def extensions(self, environment: PavedEnvironment) -> Mapping[str, Properties]:
        """A public address, in a subnet with a public route."""
        return {PUBLIC_IP: {"auto_assign_public_ip": True}}

    def bucc(self, environment: PavedEnvironment) -> Variables:
        """One large machine, behind the balancer for Concourse where there is one. What to bid for it, nobody says."""
        found: dict[str, Variable] = {
            "instance_type": BUCC_INSTANCE_TYPE,
            "ephemeral_disk_size": BUCC_DISK,
            "private_key": environment.jumpbox.key if environment.jumpbox else None,
            "security_groups": [_top(environment).security_groups[INTERNAL]],
            "lb_target_groups": [],
        }
        if "concourse" in environment.load_balancers:
            found |= self.balancer(environment, "concourse")
        return found

    def checks(self, environment: PavedEnvironment, settings: DriverSettings, reveal: Reveal) -> Sequence[Finding]:
        """With the key that paver made: ids and names, and changes rehearsed."""
        from paver_aws.bosh_checks import bosh_findings  # noqa: PLC0415  who renders asks AWS nothing

        assert isinstance(settings, AwsSettings)  # noqa: S101  the driver's own section
        return safely("bosh", bosh_findings(self, environment, settings, reveal))


def _encryption() -> Iterable[Operation]:
    for properties in PROPERTIES:
        yield Operation(f"{properties}/encrypted?", value=True)
        yield Operation(f"{properties}/kms_key_arn?", "((kms_key_arn))")


def _blobstore(environment: PavedEnvironment) -> Variables:
    """For whoever has the director keep its blobs in the bucket; empty where no credential is for that."""
    for credential in environment.credentials.values():
        if credential.allows == "blobstore" and credential.datastore is not None:
            bucket = environment.datastores[credential.datastore].object
            if bucket is not None:
                return {
                    "s3-access-key-id": credential.principal,
                    "s3-secret-access-key": credential.secret,
                    "s3-bucket-name": bucket.bucket,
                    "s3-region": bucket.region,
                }
    return {}


def _volume(environment: PavedEnvironment, purpose: Kept) -> dict[str, JsonValue]:
    key = _key(environment, purpose)
    return {"type": VOLUME_TYPE, **({"encrypted": True, "kms_key_arn": key} if key is not None else {})}


def _key(environment: PavedEnvironment, purpose: Kept) -> str | None:
    stores = [store for store in environment.datastores.values() if store.purpose == purpose]
    return AwsDatastore.model_validate(stores[0].driver).kms_key if stores else None


def _top(environment: PavedEnvironment) -> AwsTop:
    return AwsTop.model_validate(environment.driver)


def _zone(environment: PavedEnvironment, zone: ZoneName) -> str:
    return AwsZone.model_validate(environment.zones[zone].driver).availability_zone


def _subnet(environment: PavedEnvironment, network: Name, subnet: str) -> str:
    return AwsSubnet.model_validate(environment.networks[network].subnets[subnet].driver).subnet
