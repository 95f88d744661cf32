"""What Google gives: regions, zones, machine types, images of others, services, quotas."""

from __future__ import annotations

from paver_gcp.sandbox.call import Call, answers, page
from paver_gcp.sandbox.filters import matches
from paver_gcp.sandbox.hosts import HOST, NONE
from paver_gcp.sandbox.problem import Problem, absent, invalid
from paver_gcp.sandbox.world import Record, World, bare, link

REGIONS = {"europe-west1": "bcd", "us-central1": "abcf"}
"""Region to its zones' letters."""
MACHINE_TYPES = {
    "e2-micro": (2, 1024),
    "e2-small": (2, 2048),
    "e2-medium": (2, 4096),
    "e2-standard-2": (2, 8192),
    "e2-standard-4": (4, 16384),
    "e2-standard-8": (8, 32768),
    "e2-highmem-4": (4, 32768),
    "n2-standard-4": (4, 16384),
}
"""Name to CPUs and MiB."""
DISK_TYPES = ("pd-balanced", "pd-ssd", "pd-standard")
SERVICES = (
    "cloudresourcemanager.googleapis.com",
    "compute.googleapis.com",
    "dns.googleapis.com",
    "iam.googleapis.com",
    "secretmanager.googleapis.com",
    "serviceusage.googleapis.com",
    "storage.googleapis.com",
)
LIMITS = {"NETWORKS": 15, "STATIC_ADDRESSES": 64, "SUBNETWORKS": 275, "FIREWALLS": 500, "ROUTERS": 20, "CPUS": 72}
"""What a project has where nothing else was said; by metric."""
METRICS = {
    "networks": "NETWORKS",
    "addresses": "STATIC_ADDRESSES",
    "subnetworks": "SUBNETWORKS",
    "firewalls": "FIREWALLS",
    "routers": "ROUTERS",
}
OF_PROJECT = frozenset({"NETWORKS", "SUBNETWORKS", "FIREWALLS", "ROUTERS"})
"""Metrics of the whole project; the others are a region's."""


def machine_type(world: World, zone: str, said: str) -> str:
    """The partial path of a machine type, where the zone has it. Raises Problem."""
    del world
    name = said.rpartition("/")[2]
    if name not in MACHINE_TYPES or not known_zone(zone):
        raise invalid(
            f"Invalid value for field 'resource.machineType': '{said}'. Machine type does not exist in {zone}."
        )
    return f"zones/{zone}/machineTypes/{name}"


def known_zone(zone: str) -> bool:
    """Whether there is such a zone."""
    region, _, letter = zone.rpartition("-")
    return letter in tuple(REGIONS.get(region, ""))


def check_place(call: Call) -> None:
    """Refuse a region or zone that is none. Raises Problem."""
    region, zone = call.text("region"), call.text("zone")
    if call.method.service != "compute":
        return
    if region and region not in REGIONS:
        raise Problem(400, "invalid", f"Invalid value for field 'region': '{region}'. Unknown region.")
    if zone and not known_zone(zone):
        raise Problem(400, "invalid", f"Invalid value for field 'zone': '{zone}'. Unknown zone.")


def image_of(world: World, project: str, said: str) -> Record:
    """An image by link, or the newest of a family. Raises Problem."""
    path = bare(said) if "projects/" in said else f"projects/{project}/{said}"
    head, _, family = path.partition("/family/")
    if family:
        found = [
            record
            for other, record in world.resources.items()
            if other.startswith(f"{head}/") and record.get("family") == family and "deprecated" not in record
        ]
        if found:
            return max(found, key=lambda record: str(record["creationTimestamp"]))
    elif path in world.resources:
        return world.resources[path]
    raise absent(path)


@answers("compute.images.getFromFamily")
def from_family(call: Call) -> Record:
    """The newest of a family."""
    path = f"projects/{call.text('project')}/global/images/family/{call.text('family')}"
    return dict(image_of(call.world, call.text("project"), path))


@answers("compute.regions.get")
def region(call: Call) -> Record:
    """One, with its zones and quotas."""
    return _region(call, call.text("region"))


@answers("compute.regions.list")
def regions(call: Call) -> Record:
    """All."""
    return {"kind": "compute#regionList", "items": [_region(call, name) for name in REGIONS]}


@answers("compute.zones.list")
def zones(call: Call) -> Record:
    """All that fit."""
    found = [_zone(call, f"{name}-{letter}") for name, letters in REGIONS.items() for letter in letters]
    expression = call.text("filter")
    return {"kind": "compute#zoneList", "items": [one for one in found if not expression or matches(expression, one)]}


@answers("compute.zones.get")
def zone(call: Call) -> Record:
    """One."""
    return _zone(call, call.text("zone"))


@answers("compute.machineTypes.get")
def machine(call: Call) -> Record:
    """One of a zone."""
    name = call.text("machineType")
    path = f"projects/{call.text('project')}/zones/{call.text('zone')}/machineTypes/{name}"
    if name not in MACHINE_TYPES:
        raise absent(path)
    cpus, memory = MACHINE_TYPES[name]
    return {"kind": "compute#machineType", "name": name, "guestCpus": cpus, "memoryMb": memory, "selfLink": link(path)}


@answers("compute.diskTypes.get")
def disk_type(call: Call) -> Record:
    """One of a zone."""
    name = call.text("diskType")
    path = f"projects/{call.text('project')}/zones/{call.text('zone')}/diskTypes/{name}"
    if name not in DISK_TYPES:
        raise absent(path)
    return {"kind": "compute#diskType", "name": name, "selfLink": link(path)}


@answers("compute.projects.get")
def project(call: Call) -> Record:
    """The project, with its quotas."""
    found = call.project
    return {
        "kind": "compute#project",
        "id": found.number,
        "name": found.id,
        "quotas": [_quota(call, metric, limit) for metric, limit in LIMITS.items() if metric in OF_PROJECT],
        "xpnProjectStatus": HOST if found.host else NONE,
    }


@answers("serviceusage.services.list")
def services(call: Call) -> Record:
    """Those that are enabled, or all, in pages."""
    found = call.project
    every = [
        {
            "name": f"projects/{found.number}/services/{name}",
            "state": "ENABLED" if name in found.services else "DISABLED",
            "config": {"name": name},
        }
        for name in SERVICES
    ]
    asked = call.text("filter")
    if asked not in {"", "state:ENABLED", "state:DISABLED"}:
        raise invalid(f"Invalid filter '{asked}'")
    every = [one for one in every if not asked or one["state"] == asked.partition(":")[2]]
    some, token = page(call, every, "pageSize", 50)
    return {"services": some, **({"nextPageToken": token} if token else {})}


def _region(call: Call, name: str) -> Record:
    path = f"projects/{call.text('project')}/regions/{name}"
    letters = REGIONS[name]
    return {
        "kind": "compute#region",
        "id": str(1000 + list(REGIONS).index(name)),
        "name": name,
        "status": "UP",
        "zones": [link(f"projects/{call.text('project')}/zones/{name}-{letter}") for letter in letters],
        "quotas": [_quota(call, metric, limit) for metric, limit in LIMITS.items() if metric not in OF_PROJECT],
        "selfLink": link(path),
    }


def _zone(call: Call, name: str) -> Record:
    region_name, _, letter = name.rpartition("-")
    place = f"projects/{call.text('project')}"
    return {
        "kind": "compute#zone",
        "id": str(2000 + 10 * list(REGIONS).index(region_name) + ord(letter) - ord("a")),
        "name": name,
        "status": "UP",
        "region": link(f"{place}/regions/{region_name}"),
        "selfLink": link(f"{place}/zones/{name}"),
    }


def _quota(call: Call, metric: str, limit: int) -> Record:
    noun = next((noun for noun, name in METRICS.items() if name == metric), None)
    own = f"projects/{call.project.id}/"
    used = sum(1 for path in call.world.resources if path.startswith(own) and f"/{noun}/" in path) if noun else 0
    return {"metric": metric, "limit": float(call.project.quotas.get(noun or "", limit)), "usage": float(used)}
