"""Who may do what: policies of the project and of buckets, and what follows from them for a caller."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from paver_gcp.sandbox.call import Call, answers
from paver_gcp.sandbox.problem import Problem, absent
from paver_gcp.sandbox.world import Project, Record, World, fingerprint

OWNER = "roles/owner"
"""It permits everything; the emulator knows no other predefined role by heart."""


@answers("cloudresourcemanager.projects.get")
def project(call: Call) -> Record:
    """One."""
    found = call.project
    return {"name": f"projects/{found.number}", "projectId": found.id, "state": "ACTIVE", "displayName": found.id}


@answers("cloudresourcemanager.projects.getIamPolicy")
def of_project(call: Call) -> Record:
    """The project's policy."""
    return _shown(call.project.policy)


@answers("cloudresourcemanager.projects.setIamPolicy")
def set_of_project(call: Call) -> Record:
    """All of it at once, where nobody has changed it since."""
    return _set(call, call.project.policy, call.body.get("policy", {}))


@answers("storage.buckets.getIamPolicy")
def of_bucket(call: Call) -> Record:
    """A bucket's policy."""
    return {
        "kind": "storage#policy",
        "resourceId": f"projects/_/buckets/{call.text('bucket')}",
        **_shown(_bucket(call)),
    }


@answers("storage.buckets.setIamPolicy")
def set_of_bucket(call: Call) -> Record:
    """The same for a bucket."""
    return _set(call, _bucket(call), {n: v for n, v in call.body.items() if n not in {"kind", "resourceId"}})


@answers("cloudresourcemanager.projects.testIamPermissions")
def tested(call: Call) -> Record:
    """Which of these the caller has."""
    return _tested(call)


@answers("compute.subnetworks.testIamPermissions")
def tested_of_subnet(call: Call) -> Record:
    """The same of a subnet, which has no policy of its own here."""
    path = f"projects/{call.project.id}/regions/{call.text('region')}/subnetworks/{call.text('resource')}"
    if path not in call.world.resources:
        raise absent(path)
    return _tested(call)


def _tested(call: Call) -> Record:
    held = set(permissions(call.world, call.project, call.caller))
    asked = call.body.get("permissions", [])
    return {"permissions": [one for one in asked if one in held or "*" in held]}


def permissions(world: World, project: Project, caller: str, bucket: str = "") -> Iterator[str]:
    """Everything that a caller may do in a project, or with one bucket; `*` is all."""
    policies = [project.policy]
    if bucket in world.buckets:
        policies.append(world.buckets[bucket]["_policy"])
    for policy in policies:
        for binding in policy["bindings"]:
            if caller in binding["members"]:
                yield from _permitted(project, binding["role"])


def _permitted(project: Project, role: str) -> Iterator[str]:
    if role == OWNER:
        yield "*"
    found = project.roles.get(role.rpartition("/")[2])
    if found is not None and not found.get("deleted") and role == found["name"]:
        yield from found.get("includedPermissions", ())


def _shown(policy: Record) -> Record:
    return {**policy, "etag": fingerprint(policy)}


def _set(call: Call, policy: Record, wanted: Record) -> Record:
    if "etag" in wanted and wanted["etag"] != fingerprint(policy):
        message = (
            "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff."
        )
        raise Problem(409, "aborted", message, status="ABORTED")
    for binding in wanted.get("bindings", ()):
        _check(call, binding)
    before = {member for binding in policy["bindings"] for member in binding["members"]}
    for member in {member for binding in wanted.get("bindings", ()) for member in binding["members"]} - before:
        _known(call, member)
    kept = [binding for binding in wanted.get("bindings", ()) if binding["members"]]
    policy.clear()
    policy.update({"version": wanted.get("version", 1), "bindings": kept})
    return _shown(policy)


def _check(call: Call, binding: Record) -> None:
    role = str(binding.get("role", ""))
    binding.setdefault("members", [])
    if role.startswith("projects/"):
        parts = role.split("/")
        found = call.world.project(parts[1]).roles.get(parts[3])
        if found is None or found.get("deleted"):
            raise Problem(400, "invalid", f"Role {role} does not exist in the resource's hierarchy.")
    elif not role.startswith("roles/"):
        raise Problem(400, "invalid", f"Role ({role}) does not exist in the resource's hierarchy.")
    if binding.get("condition") and not binding["condition"].get("expression"):
        raise Problem(400, "invalid", "A condition has an expression.")


def _known(call: Call, member: str) -> None:
    kind, _, name = member.partition(":")
    if kind == "serviceAccount":
        known = call.world.clock() - call.world.lag
        accounts = [project.accounts.get(name, {}) for project in call.world.projects.values()]
        if not any(account and account.get("_since", known) <= known for account in accounts):
            raise Problem(400, "invalid", f"Service account {name} does not exist.")
    elif kind not in {"user", "group", "domain", "deleted", "projectOwner", "projectEditor", "projectViewer"}:
        raise Problem(400, "invalid", f"Invalid member: {member}")


def _bucket(call: Call) -> Record:
    found = call.world.buckets.get(call.text("bucket"))
    if found is None:
        raise Problem(404, "notFound", "The specified bucket does not exist.")
    policy: Any = found["_policy"]
    return policy  # type: ignore[no-any-return]  # a record, as `create` made it
