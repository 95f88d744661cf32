"""The section `iaas.gcp` of a spec. Credentials are no part of it: they come by Google's own chain."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from paver.contract.spec import DriverSettings
from paver.contract.types import Frozen, FrozenDict, Map, Name, SpecFile, ZoneName

ProjectId = Annotated[str, StringConstraints(pattern=r"^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$", max_length=63)]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]+-[a-z]+[0-9]{1,2}$", max_length=32)]
GcpZone = Annotated[str, StringConstraints(pattern=r"^[a-z]+-[a-z]+[0-9]{1,2}-[a-z]$", max_length=34)]
"""`europe-west1-b`: the same place for every project."""
_WORD = r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?"
NetworkName = Annotated[str, StringConstraints(pattern=rf"^(projects/[a-z][a-z0-9.:-]+/global/networks/)?{_WORD}$")]
"""A name, or `projects/HOST/global/networks/NAME` of a shared one; HOST is an id, for Google answers with ids."""
SubnetName = Annotated[
    str, StringConstraints(pattern=rf"^(projects/[a-z][a-z0-9.:-]+/regions/[a-z0-9-]+/subnetworks/)?{_WORD}$")
]
ManagedZoneName = Annotated[str, StringConstraints(pattern=rf"^{_WORD}$")]
ImageName = Annotated[
    str, StringConstraints(pattern=rf"^projects/[a-z0-9.:-]+/global/images/(family/)?{_WORD}$", max_length=200)
]
MachineType = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)+$", max_length=63)]
Tarball = Annotated[
    str, StringConstraints(pattern=r"^https://storage\.googleapis\.com/[a-z0-9][a-z0-9._-]{1,61}/\S+$", max_length=1024)
]
Location = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{2,32}$")]
GOOGLE = "https://{service}.googleapis.com"


def _endpoint(value: str) -> str:
    found = urlsplit(value.replace("{service}", "compute"))
    if found.scheme != "https" and not (found.scheme == "http" and _here(found.hostname or "")):
        raise PydanticCustomError("endpoint", "https is wanted: a token goes there")
    if not found.hostname or found.path.strip("/") or found.query or "{" in value.replace("{service}", ""):
        raise PydanticCustomError("endpoint", "a URL without a path is wanted, like https://{service}.googleapis.com")
    return value.rstrip("/")


def _here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


Endpoint = Annotated[str, StringConstraints(min_length=8, max_length=200), AfterValidator(_endpoint)]


class GcpJumpbox(Frozen):
    """The machine that the environment is worked on from."""

    image: ImageName = "projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64"
    """One image, or a family: its newest."""
    tarball: Tarball | None = None
    """A disk in an archive in Cloud Storage, to make an image of instead."""
    user: Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_-]{0,31}$")] = "paver"
    """Whom Google's guest agent makes, and lets in with the key."""
    machine_type: MachineType = "e2-small"
    disk_gib: Annotated[int, Field(ge=10, le=65536)] = 20


class GcpSettings(DriverSettings):
    """The whole section."""

    project: ProjectId
    """CLOUDSDK_CORE_PROJECT and GOOGLE_CLOUD_PROJECT are not obeyed: a spec means the same on every machine."""
    region: Region
    zones: Map[ZoneName, GcpZone]
    credentials_file: SpecFile | None = None
    """What Google's tools take as such; default: GOOGLE_APPLICATION_CREDENTIALS, else what their chain finds."""
    endpoint: Endpoint = GOOGLE
    """Where Google's APIs answer, `{service}` for each one's name: Private Service Connect has others."""
    network: NetworkName | None = None
    """A network that is there already: used, never changed."""
    subnets: Map[Name, SubnetName] = Field(default_factory=FrozenDict)
    """Of networks that are `existing`."""
    managed_zone: ManagedZoneName | None = None
    """Of `dns.zone`, where that is `existing`."""
    bucket_location: Location | None = None
    """Where buckets are; default: the region."""
    jumpbox: GcpJumpbox = GcpJumpbox()
