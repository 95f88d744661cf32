"""Everything in a project, whoever's it is, read by a raw client: the driver's own code does not prove the driver."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from paver_gcp.sandbox.client import Client
from paver_gcp.sandbox.example import PROJECT

Record = Mapping[str, Any]
COMPUTE = {
    "network": ("global/networks", ""),
    "firewall": ("global/firewalls", ""),
    "image": ("global/images", ""),
    "subnet": ("aggregated/subnetworks", "subnetworks"),
    "router": ("aggregated/routers", "routers"),
    "address": ("aggregated/addresses", "addresses"),
    "backend-service": ("regions/europe-west1/backendServices", ""),
    "health-check": ("regions/europe-west1/healthChecks", ""),
    "forwarding-rule": ("aggregated/forwardingRules", "forwardingRules"),
    "instance-group": ("aggregated/instanceGroups", "instanceGroups"),
    "instance": ("aggregated/instances", "instances"),
    "disk": ("aggregated/disks", "disks"),
}
PASSING = frozenset(
    {
        "fingerprint",
        "labelFingerprint",
        "etag",
        "users",
        "status",
        "subnetworks",
        "metageneration",
        "lastStartTimestamp",
    }
)
"""What changes by itself, or with what others do."""
FADING = "role, fading"
ADMINISTRATOR = "administrator"


class Thing(NamedTuple):
    """One thing."""

    id: str
    noun: str
    name: str
    state: Any
    """JSON: all that Google tells of it and that does not change by itself."""


def census(client: Client, project: str = PROJECT) -> Iterator[Thing]:
    """All of it, but for whoever works on the emulator."""
    for part in (_compute, _principals, _stores, _names, _secrets):
        yield from part(client, project)


def _compute(client: Client, project: str) -> Iterator[Thing]:
    for noun, (path, within) in COMPUTE.items():
        answer = client("GET", f"compute/v1/projects/{project}/{path}").get("items", {})
        found = answer if not within else [one for held in answer.values() for one in held.get(within, ())]
        for record in found or ():
            id_ = record["selfLink"].partition("/compute/v1/")[2]
            if noun == "router":
                yield from _router(id_, record)
            else:
                yield Thing(id_, noun, record["name"], _lasting(noun, record))


def _router(id_: str, record: Record) -> Iterator[Thing]:
    """A router, and each line of its NAT by itself: another line changes none of the others."""
    yield Thing(id_, "router", record["name"], _lasting("router", {**record, "nats": None}))
    for nat in record.get("nats", ()):
        for line in nat.get("subnetworks", ()):
            name = line["name"].rpartition("/")[2]
            yield Thing(f"{id_} {name}", "nat", f"of {name}", {**nat, "subnetworks": [line]})


def _principals(client: Client, project: str) -> Iterator[Thing]:
    for account in client.all(f"v1/projects/{project}/serviceAccounts", "accounts"):
        name = account["email"].partition("@")[0]
        if name == ADMINISTRATOR:
            continue
        yield Thing(account["uniqueId"], "service-account", name, _lasting("", account))
        for key in client("GET", f"v1/{account['name']}/keys", keyTypes="USER_MANAGED").get("keys", ()):
            yield Thing(key["name"], "service-account-key", f"of {name}", key)
    for role in client.all(f"v1/projects/{project}/roles", "roles", view="FULL", showDeleted="true"):
        short = role["name"].rpartition("/")[2].rpartition("_")[0]
        yield Thing(role["name"], FADING if role.get("deleted") else "role", short, _lasting("", role))
    policy = client("POST", f"v3/projects/{project}:getIamPolicy", {"options": {"requestedPolicyVersion": 3}})
    yield from _bindings("the project", policy)


def _bindings(where: str, policy: Record) -> Iterator[Thing]:
    for binding in policy.get("bindings", ()):
        for member in binding["members"]:
            name = member.partition(":")[2].partition("@")[0]
            if name != ADMINISTRATOR and not member.startswith(("project", "deleted:")):
                yield Thing(f"{binding['role']} {member} {where}", "policy", f"of {name} on {where}", binding["role"])


def _stores(client: Client, project: str) -> Iterator[Thing]:
    for bucket in client.all("storage/v1/b", "items", project=project):
        name = bucket["name"]
        listed = client.all(f"storage/v1/b/{name}/o", "items", versions="true")
        objects = sorted(one["name"] for one in listed if not name.startswith("paver-lease-"))
        yield Thing(f"b/{name}", "bucket", name, {**_lasting("", bucket), "objects": objects})
        yield from _bindings(name, client("GET", f"storage/v1/b/{name}/iam"))


def _names(client: Client, project: str) -> Iterator[Thing]:
    for zone in client.all(f"dns/v1/projects/{project}/managedZones", "managedZones"):
        yield Thing(f"zone {zone['id']}", "hosted-zone", zone["name"], _lasting("", zone))
        for record in client.all(f"dns/v1/projects/{project}/managedZones/{zone['name']}/rrsets", "rrsets"):
            if record["type"] not in {"NS", "SOA"}:
                name = f"{record['type']} {record['name']}"
                yield Thing(f"{zone['id']} {name}", "record", name, record)


def _secrets(client: Client, project: str) -> Iterator[Thing]:
    """Each secret, and each of its versions with its state: never what is in it."""
    for secret in client.all(f"v1/projects/{project}/secrets", "secrets"):
        yield Thing(secret["name"], "secret", secret["name"].rpartition("/")[2], _lasting("", secret))
        for version in client.all(f"v1/{secret['name']}/versions", "versions"):
            *_, name, _, number = version["name"].split("/")
            yield Thing(version["name"], "secret-version", f"{number} of {name}", version)


def _lasting(noun: str, record: Record) -> dict[str, Any]:
    kept = {name: value for name, value in record.items() if name not in PASSING}
    if noun == "instance":
        kept["running"] = record["status"] == "RUNNING"
    return kept
