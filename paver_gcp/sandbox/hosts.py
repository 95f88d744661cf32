"""Shared VPC: a host project lets service projects stand in its networks (VPC documentation, "Shared VPC")."""

from __future__ import annotations

from collections.abc import Callable

from paver_gcp.sandbox.call import Call, answers
from paver_gcp.sandbox.collections import Collection
from paver_gcp.sandbox.operations import operate, repeated
from paver_gcp.sandbox.problem import invalid
from paver_gcp.sandbox.world import Project, Record, World

HOST, NONE = "HOST", "UNSPECIFIED_XPN_PROJECT_STATUS"
SHARED = frozenset({"networks", "subnetworks"})
"""What service projects may refer to."""
STANDING = frozenset({"addresses", "backendServices", "forwardingRules", "instanceGroups", "instances"})
"""What may stand in a network of the host: subnets, firewall rules and routers are of the network's own project."""


@answers("compute.projects.enableXpnHost")
def enable(call: Call) -> Record:
    """Let a project be a host."""
    if (again := repeated(call)) is not None:
        return again
    if host_of(call.world, call.project) is not None:
        raise invalid(f"The project '{call.project.id}' is a service project, and cannot be a host")
    return _changed(call, lambda: setattr(call.project, "host", True))


@answers("compute.projects.enableXpnResource")
def attach(call: Call) -> Record:
    """Let a service project into a host's networks: into those of one host only."""
    if (again := repeated(call)) is not None:
        return again
    said = call.body.get("xpnResource", {})
    if said.get("type") != "PROJECT":
        raise invalid(f"Invalid value for field 'xpnResource.type': '{said.get('type')}'")
    host, service = call.project, call.world.project(str(said.get("id", "")))
    if not host.host:
        raise invalid(f"The project '{host.id}' is not a shared VPC host project")
    if service.host or host_of(call.world, service) not in {None, host.id}:
        raise invalid(f"The project '{service.id}' is a host, or a service project of another host")
    return _changed(call, lambda: host.attached.add(service.id))


@answers("compute.projects.getXpnHost")
def host(call: Call) -> Record:
    """The host of a service project; of any other project nothing."""
    found = host_of(call.world, call.project)
    if found is None:
        return {}
    project = call.world.project(found)
    return {"kind": "compute#project", "id": project.number, "name": project.id, "xpnProjectStatus": HOST}


def host_of(world: World, project: Project) -> str | None:
    """The id of a service project's host."""
    return next((one.id for one in world.projects.values() if project.id in one.attached), None)


def check_reference(call: Call, collection: Collection, path: str) -> None:
    """Refuse what refers to another project, unless that shares it. Raises Problem."""
    parts = path.split("/")
    if parts[1] == call.project.id:
        return
    shares = collection.noun in STANDING and parts[-2] in SHARED and host_of(call.world, call.project) == parts[1]
    if not shares:
        raise invalid(f"Invalid value for field 'resource': '{path}'. Cross-project references are not allowed here.")


def _changed(call: Call, finish: Callable[[], None]) -> Record:
    return operate(call, f"projects/{call.project.id}", call.method.id.rpartition(".")[2], finish)
