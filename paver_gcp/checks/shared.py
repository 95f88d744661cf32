"""A network of another project: whether that one shares it with this one, and lets the caller use it."""

from __future__ import annotations

from collections.abc import Iterator

from paver.contract.driver import Cause, Finding
from paver.contract.errors import NotFound
from paver.contract.findings import bad, good
from paver.contract.layout import jumpbox_network
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Name
from paver_gcp import places
from paver_gcp.api import Api
from paver_gcp.section import SECTION
from paver_gcp.settings import GcpSettings

AT = (*SECTION, "network")
USE, USE_OUTSIDE = "compute.subnetworks.use", "compute.subnetworks.useExternalIp"


def usable(api: Api, spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[Finding]:
    """Whether all that will stand in the network may. Nothing to say of a network of the project itself."""
    if not places.shared(settings):
        return
    host = str(places.network_path(settings)).split("/")[1]
    found = api.read("compute", f"projects/{settings.project}/getXpnHost")
    if host != found.get("name"):
        hint = f"gcloud compute shared-vpc associated-projects add {settings.project} --host-project {host}"
        yield bad("shared network", f"{host} does not share its networks with {settings.project}", hint, AT)
        return
    missing = [*_of_project(api, spec, host), *_of_subnets(api, spec, settings)]
    if missing:
        what = f"not allowed in {host}: {', '.join(missing)}"
        hint = "whoever looks after that project grants it there: on the project, or what is a subnet's on the subnet"
        yield bad("shared network", what, hint, AT, cause=Cause.DENIED)
    else:
        yield good("shared network", f"{host} shares it with {settings.project}")


def _of_project(api: Api, spec: EnvironmentSpec, host: str) -> Iterator[str]:
    asked = ["compute.networks.get"]
    asked += ["compute.networks.use"] if spec.load_balancers else []
    asked += [] if spec.dns.existing else ["dns.networks.bindPrivateDNSZone"]
    answer = api.read(
        "cloudresourcemanager", f"projects/{host}:testIamPermissions", verb="POST", body={"permissions": asked}
    )
    yield from (one for one in asked if one not in answer.get("permissions", ()))


def _of_subnets(api: Api, spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[str]:
    """Asked of each subnet, because that is where a careful host grants it."""
    for name in spec.networks:
        path = places.subnet_path(settings, name)
        asked = ["compute.subnetworks.get", *_stands(spec, name)]
        try:
            answer = api.read("compute", f"{path}/testIamPermissions", verb="POST", body={"permissions": asked})
        except NotFound:
            continue  # which the ranges' check says
        held = answer.get("permissions", ())
        yield from (f"{one} on {path.rpartition('/')[2]}" for one in asked if one not in held)


def _stands(spec: EnvironmentSpec, name: Name) -> Iterator[str]:
    """What it takes that something of paver's own stands in a subnet."""
    jumpbox = not spec.jumpbox.existing and jumpbox_network(spec) == name
    if jumpbox or any(one.network == name and not one.public for one in spec.load_balancers.values()):
        yield USE
    if jumpbox and spec.jumpbox.public:
        yield USE_OUTSIDE
