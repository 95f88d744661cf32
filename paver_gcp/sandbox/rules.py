"""What each of Compute's collections demands beyond its schema, and what it tells of a resource beyond its fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from paver_gcp.sandbox import balancers, machines, networks
from paver_gcp.sandbox.call import Call
from paver_gcp.sandbox.collections import Collection, collection_of, referred
from paver_gcp.sandbox.problem import invalid
from paver_gcp.sandbox.world import Record, World, fingerprint, link

Check = Callable[[Call, str, Record, Record | None], None]
CHECKS: Mapping[str, Check] = {
    "networks": networks.network,
    "subnetworks": networks.subnetwork,
    "firewalls": networks.firewall,
    "routers": networks.router,
    "addresses": networks.address,
    "healthChecks": balancers.health_check,
    "backendServices": balancers.backend_service,
    "forwardingRules": balancers.forwarding_rule,
    "images": machines.image,
    "instances": machines.instance,
}
QUOTAS: Mapping[str, str] = {"addresses": "STATIC_ADDRESSES", "subnetworks": "SUBNETWORKS", "networks": "NETWORKS"}
_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_VALUE = re.compile(r"[a-z0-9_-]{0,63}")
MOST_LABELS = 64


def check(collection: Collection, call: Call, path: str, record: Record, before: Record | None = None) -> None:
    """Refuse what the collection refuses, and add what follows from the rest. Raises Problem."""
    if record.get("labels"):
        check_labels(record["labels"])
    for name in ("network", "name"):
        if before is not None and before.get(name) != record.get(name):
            raise invalid(f"Invalid value for field 'resource.{name}': it cannot be changed")
    found = CHECKS.get(collection.noun)
    if found is not None:
        found(call, path, record, before)


def check_labels(labels: Mapping[str, str]) -> None:
    """Raises Problem (Resource Manager documentation, "Requirements for labels")."""
    if len(labels) > MOST_LABELS:
        raise invalid(f"Invalid value for field 'labels': there are more than {MOST_LABELS}")
    for key, value in labels.items():
        if not _KEY.fullmatch(key) or not _VALUE.fullmatch(value):
            raise invalid(f"Invalid value for field 'labels': '{key}={value}'")


def finish(collection: Collection, call: Call, record: Record) -> None:
    """What happens when an insert is done. Raises Problem: then it was not."""
    if collection.noun == "instances":
        machines.boot(call.world, record)


def may_go(collection: Collection, call: Call, path: str) -> None:
    """Refuse a delete at once. Raises Problem."""
    if collection.noun == "instances":
        machines.may_go(call.world.resources[path])


def gone(world: World, record: Record) -> None:
    """What goes along with a resource."""
    if record["kind"] == "compute#instance":
        machines.gone(world, record)


def addresses_of(collection: Collection, record: Record) -> Iterator[str]:
    """The reserved addresses that a resource uses, as numbers."""
    if collection.noun == "forwardingRules" and "IPAddress" in record:
        yield str(record["IPAddress"])
    if collection.noun == "instances":
        for interface in record.get("networkInterfaces", ()):
            yield from (str(one["natIP"]) for one in interface.get("accessConfigs", ()) if "natIP" in one)


def told_of(world: World, collection: Collection, path: str, record: Record) -> Record:
    """What is told of a resource that is none of its own fields."""
    match collection.noun:
        case "networks":
            inside = [p for p, r in world.resources.items() if "/subnetworks/" in p and r["network"] == link(path)]
            return {"subnetworks": [link(one) for one in sorted(inside)]} if inside else {}
        case "addresses":
            users = [link(other) for other in _users(world, path, str(record["address"]))]
            return {"users": users, "status": "IN_USE"} if users else {"status": "RESERVED"}
        case "instances":
            metadata, tags = record.get("metadata", {}), record.get("tags", {})
            return {
                "metadata": {**metadata, "fingerprint": fingerprint(metadata), "kind": "compute#metadata"},
                "tags": {**tags, "fingerprint": fingerprint(tags)},
            }
        case "disks":
            users = [link(o) for o, r in sorted(world.resources.items()) if path in _links(o, r)]
            return {"users": users} if users else {}
    return {}


def _users(world: World, path: str, address: str) -> Iterator[str]:
    for other, record in sorted(world.resources.items()):
        collection = collection_of(other)
        if other == path or collection is None:
            continue
        if address in addresses_of(collection, record) or path in referred(collection, record):
            yield other


def _links(path: str, record: Record) -> list[str]:
    collection = collection_of(path)
    return list(referred(collection, record)) if collection is not None else []
