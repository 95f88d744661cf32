"""Which project answers, what is switched on in it, and whether zones, the machine's type and its image are there."""

from __future__ import annotations

from collections.abc import Iterator

from paver.contract.driver import Finding
from paver.contract.errors import NotFound, Rejected
from paver.contract.findings import bad, good
from paver.contract.layout import jumpbox_zone
from paver.contract.spec import EnvironmentSpec
from paver_gcp.api import Api, quoted
from paver_gcp.section import SECTION
from paver_gcp.settings import GcpSettings

SERVICES = ("compute", "dns", "iam", "storage")
"""What paver uses of a project, beside the two that it asks about the project itself."""
ACTIVE = "ACTIVE"
STORAGE = "https://storage.googleapis.com/"


def identity(api: Api, settings: GcpSettings) -> Iterator[Finding]:
    """Which project answers: one that is not there and one that may not be seen look alike."""
    found = api.read("cloudresourcemanager", f"projects/{settings.project}")
    number = str(found["name"]).rpartition("/")[2]
    if found.get("state", ACTIVE) != ACTIVE:
        what = f"project {settings.project} is {str(found['state']).lower().replace('_', ' ')}"
        yield bad("identity", what, "restore it, or name another one", (*SECTION, "project"))
    else:
        yield good("identity", f"project {found['projectId']}, number {number}")


def services(api: Api, settings: GcpSettings) -> Iterator[Finding]:
    """Whether all APIs are switched on that paver calls."""
    listed = api.pages(
        "serviceusage", f"projects/{settings.project}/services", "services", filter="state:ENABLED", pageSize=200
    )
    there = {str(one.get("config", {}).get("name") or one["name"].rpartition("/")[2]) for one in listed}
    missing = [f"{name}.googleapis.com" for name in SERVICES if f"{name}.googleapis.com" not in there]
    if missing:
        hint = f"gcloud services enable {' '.join(missing)} --project {settings.project}"
        yield bad("services", f"not enabled: {', '.join(missing)}", hint, (*SECTION, "project"))
    else:
        yield good("services", f"{', '.join(SERVICES)} are enabled")


def zones(api: Api, spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[Finding]:
    """Whether the region is one, and each zone of the section is there and up."""
    try:
        region = api.read("compute", f"projects/{settings.project}/regions/{settings.region}")
    except (NotFound, Rejected):
        yield bad("region", f"Google has no region {settings.region}", path=(*SECTION, "region"))
        return
    yield good("region", f"{settings.region} is {str(region.get('status', 'UP')).lower()}")
    listed = api.pages("compute", f"projects/{settings.project}/zones", "items", filter=f"name eq {settings.region}-.*")
    there = {zone["name"]: zone.get("status", "UP") for zone in listed}
    asked = {name: settings.zones[name] for name in spec.zones}
    wrong = {name: zone for name, zone in asked.items() if there.get(zone) != "UP"}
    for name, zone in wrong.items():
        what = f"{zone} is {there[zone].lower()}" if zone in there else f"{settings.region} has no zone {zone}"
        yield bad("zones", what, f"it has {', '.join(sorted(there))}", (*SECTION, "zones", name))
    if not wrong:
        yield good("zones", ", ".join(sorted(asked.values())))


def machine(api: Api, spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[Finding]:
    """Whether the jumpbox's type is offered in its zone, and whether there is its image."""
    if spec.jumpbox.existing:
        return
    kind = settings.jumpbox.machine_type
    zone = settings.zones[jumpbox_zone(spec)]
    try:
        api.read("compute", f"projects/{settings.project}/zones/{zone}/machineTypes/{kind}")
        yield good("capacity", f"{kind} is offered in {zone}")
    except (NotFound, Rejected):
        yield bad("capacity", f"{kind} is not offered in {zone}", path=(*SECTION, "jumpbox", "machine_type"))
    if settings.jumpbox.tarball is not None:
        yield from _archive(api, settings.jumpbox.tarball)
        return
    at = (*SECTION, "jumpbox", "image")
    try:
        image = api.read("compute", settings.jumpbox.image)
    except NotFound:
        yield bad("image", f"there is no image {settings.jumpbox.image}", "name another one", at)
        return
    if int(image.get("diskSizeGb", 0)) > settings.jumpbox.disk_gib:
        what = f"the image needs {image['diskSizeGb']} GiB, the disk has {settings.jumpbox.disk_gib}"
        yield bad("image", what, path=(*SECTION, "jumpbox", "disk_gib"))
    else:
        yield good("image", f"{image['name']} fits {settings.jumpbox.image}")


def _archive(api: Api, source: str) -> Iterator[Finding]:
    """Whether the archive is there that an image is to be made of."""
    bucket, _, name = source.removeprefix(STORAGE).partition("/")
    try:
        api.read("storage", f"b/{quoted(bucket)}/o/{quoted(name)}")
        yield good("image", f"{source} is there")
    except NotFound:
        yield bad("image", f"there is no {source}", "put it there", (*SECTION, "jumpbox", "tarball"))
