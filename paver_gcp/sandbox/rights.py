"""Which permissions a call needs (IAM documentation, "Permissions reference"; each method's own page).

Written down apart from what the driver says of itself, so that one proves the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from paver_gcp.sandbox.call import Call
from paver_gcp.sandbox.policies import permissions
from paver_gcp.sandbox.problem import Problem
from paver_gcp.sandbox.world import Project, bare

VERBS = {"insert": "create", "patch": "update", "aggregatedList": "list", "wait": "get"}
"""Methods that are called otherwise than their permission."""
POLICY = ("compute.networks.updatePolicy",)
MORE = {
    "compute.subnetworks.insert": POLICY,
    "compute.subnetworks.delete": POLICY,
    "compute.firewalls.insert": POLICY,
    "compute.firewalls.patch": POLICY,
    "compute.firewalls.update": POLICY,
    "compute.firewalls.delete": POLICY,
    "compute.images.insert": ("storage.objects.get",),
    "compute.routers.insert": POLICY,
    "compute.routers.patch": POLICY,
    "compute.routers.delete": POLICY,
    "compute.regionBackendServices.insert": ("compute.regionHealthChecks.useReadOnly",),
    "compute.forwardingRules.insert": ("compute.regionBackendServices.use",),
    "compute.instances.insert": (
        "compute.disks.create",
        "compute.subnetworks.use",
    ),
    "dns.managedZones.create": ("dns.networks.bindPrivateDNSZone",),
}
"""What a method needs beside its own."""
OWN = {
    "cloudresourcemanager.projects.get": "resourcemanager.projects.get",
    "cloudresourcemanager.projects.getIamPolicy": "resourcemanager.projects.getIamPolicy",
    "cloudresourcemanager.projects.setIamPolicy": "resourcemanager.projects.setIamPolicy",
    "cloudresourcemanager.projects.testIamPermissions": "",
    "storage.objects.insert": "storage.objects.create",
    "compute.images.getFromFamily": "compute.images.getFromFamily",
    "compute.projects.enableXpnHost": "compute.organizations.enableXpnHost",
    "compute.projects.enableXpnResource": "compute.organizations.enableXpnResource",
    "compute.projects.getXpnHost": "compute.projects.get",
    "compute.subnetworks.testIamPermissions": "",
    "secretmanager.projects.secrets.addVersion": "secretmanager.versions.add",
}
USED = {
    "compute.networks.use": "networks",
    "compute.subnetworks.use": "subnetworks",
    "compute.subnetworks.useExternalIp": "subnetworks",
    "dns.networks.bindPrivateDNSZone": "networks",
}
"""Permissions on what a body refers to, which may be another project's."""
NESTED = {"keys": ("iam", "serviceAccountKeys"), "versions": ("secretmanager", "versions")}
"""Collections within a resource, whose permissions are called by another path."""


def check(call: Call) -> None:
    """Refuse what the caller may not do. Raises Problem."""
    for needed in _needed(call):
        for project in _where(call, needed):
            _allowed(call, project, needed)


def _allowed(call: Call, project: Project, needed: str) -> None:
    held = set(permissions(call.world, project, call.caller, call.text("bucket")))
    if "*" not in held:
        call.world.needed.add(needed)
    if not {"*", needed} & held:
        raise Problem(403, "forbidden", f"Required '{needed}' permission for 'projects/{project.id}'")


def _where(call: Call, needed: str) -> list[Project]:
    """Whose permission it is: of what is only used, the project's that has it."""
    noun = USED.get(needed)
    paths = [bare(text).split("/") for text in _texts(call.body) if noun and f"/{noun}/" in text]
    named = sorted({path[1] for path in paths if path[0] == "projects"})
    return [call.world.project(one) for one in named] or [call.project]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _needed(call: Call) -> Iterator[str]:
    own = OWN.get(call.method.id)
    if own != "":
        yield own or _usual(call.method.id)
    yield from MORE.get(call.method.id, ())
    match call.method.id:
        case "compute.addresses.insert" if call.body.get("addressType") == "INTERNAL":
            yield from ("compute.addresses.createInternal", "compute.subnetworks.use")
        case "compute.addresses.delete" if _inner(call):
            yield "compute.addresses.deleteInternal"
        case "compute.routers.patch" if call.body.get("nats"):
            yield from ("compute.addresses.use", "compute.subnetworks.use")
        case "compute.regionBackendServices.insert":
            yield from ("compute.instanceGroups.use",) if call.body.get("backends") else ()
            yield from ("compute.networks.use",) if call.body.get("network") else ()
        case "compute.forwardingRules.insert":
            inner = call.body.get("loadBalancingScheme") == "INTERNAL"
            yield from (
                ("compute.addresses.useInternal", "compute.subnetworks.use") if inner else ("compute.addresses.use",)
            )
        case "compute.instances.insert":
            yield from _of_a_machine(call)
        case "dns.changes.create":
            yield from ("dns.resourceRecordSets.create",) if call.body.get("additions") else ()
            yield from ("dns.resourceRecordSets.delete",) if call.body.get("deletions") else ()
        case "storage.objects.insert" if call.text("ifGenerationMatch") != "0":
            yield "storage.objects.delete"


def _of_a_machine(call: Call) -> Iterator[str]:
    for field, needed in (
        ("labels", "compute.instances.setLabels"),
        ("metadata", "compute.instances.setMetadata"),
        ("tags", "compute.instances.setTags"),
        ("serviceAccounts", "compute.instances.setServiceAccount"),
        ("serviceAccounts", "iam.serviceAccounts.actAs"),
    ):
        if call.body.get(field):
            yield needed
    if any(disk.get("initializeParams", {}).get("labels") for disk in call.body.get("disks", ())):
        yield "compute.disks.setLabels"
    for interface in call.body.get("networkInterfaces", ()):
        if interface.get("accessConfigs"):
            yield from ("compute.subnetworks.useExternalIp", "compute.addresses.use")


def _inner(call: Call) -> bool:
    path = f"projects/{call.text('project')}/regions/{call.text('region')}/addresses/{call.text('address')}"
    return bool(call.world.resources.get(bare(path), {}).get("addressType") == "INTERNAL")


def _usual(method: str) -> str:
    parts = [part for part in method.split(".") if part != "projects" or method.startswith("compute.projects")]
    *head, verb = parts
    return ".".join([*NESTED.get(head[-1], head), VERBS.get(verb, verb)])
