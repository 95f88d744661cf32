"""Compute's verbs, the same for all collections: insert, get, list, patch, update, setLabels, delete."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from paver_gcp.sandbox import rules
from paver_gcp.sandbox.call import HANDLERS, Call, page
from paver_gcp.sandbox.collections import BY_RESOURCE, COLLECTIONS, Collection, collection_of, referred, rewritten
from paver_gcp.sandbox.filters import matches
from paver_gcp.sandbox.hosts import check_reference
from paver_gcp.sandbox.operations import operate, repeated
from paver_gcp.sandbox.problem import Problem, absent, invalid, stale, taken, unready, used
from paver_gcp.sandbox.world import Record, World, bare, fingerprint, link, moment, told

WRITTEN = frozenset({"id", "selfLink", "kind", "creationTimestamp", "fingerprint", "labelFingerprint"})
"""What the API writes, whatever a body says of it."""


def insert(collection: Collection, call: Call) -> Record:
    """Make one: it is listed at once and usable once its operation is done."""
    if (again := repeated(call)) is not None:
        return again
    name = str(call.body.get("name") or "")
    if not name:
        raise Problem(400, "required", "Required field 'resource.name' not specified")
    path = collection.path(call.parameters, name)
    if path in call.world.resources:
        raise taken(path)
    # Compute Engine API Reference: "These can only be added or modified by the setLabels method".
    if call.body.get("labels") and collection.resource in {"addresses", "forwardingRules"}:
        raise invalid("Invalid value for field 'resource.labels': they can only be added by the setLabels method")
    record = _new(collection, call, path, call.body)
    rules.check(collection, call, path, record)
    record["_new"] = True
    call.world.resources[path] = record

    def finish() -> None:
        try:
            _within_quota(collection, call)
            rules.finish(collection, call, record)
        except Problem:
            call.world.resources.pop(path, None)
            raise
        record.pop("_new", None)

    return operate(call, path, "insert", finish)


def get(collection: Collection, call: Call) -> Record:
    """One."""
    path = _named(collection, call)
    return shown(call.world, path, _there(call.world, path))


def listed(collection: Collection, call: Call) -> Record:
    """All of one place, in pages."""
    items = _every(call, collection.parent(call.parameters) + f"/{collection.noun}/")
    some, token = page(call, items, "maxResults")
    kind = f"compute#{collection.noun[:-1]}List"
    found: Record = {"kind": kind, "id": call.world.id(), "items": some, "nextPageToken": token}
    return {name: value for name, value in found.items() if value}


def aggregated(collection: Collection, call: Call) -> Record:
    """All of a project, by place; a place without any has a warning instead."""
    items = _every(call, f"projects/{call.text('project')}/", f"/{collection.noun}/")
    some, token = page(call, items, "maxResults")
    found: dict[str, Record] = {}
    for item in some:
        place = bare(item["selfLink"]).partition("/")[2].partition("/")[2].partition(f"/{collection.noun}/")[0]
        found.setdefault(place, {}).setdefault(collection.noun, []).append(item)
    answer: Record = {"kind": f"compute#{collection.noun[:-1]}AggregatedList", "id": call.world.id(), "items": found}
    return {**answer, "nextPageToken": token} if token else answer


def patch(collection: Collection, call: Call) -> Record:
    """Change the fields that the body has; a list takes the place of the one that was there."""
    if (again := repeated(call)) is not None:
        return again
    path = _named(collection, call)
    record = _idle(call.world, path)
    seen = call.body.get("fingerprint")
    if collection.fingerprinted and seen is not None and seen != print_of(record):
        raise stale("Invalid fingerprint.")
    if call.method.id.endswith(".update"):
        if collection.fingerprinted and seen is None:
            raise stale("Invalid fingerprint.")
        kept: Record = {
            name: record[name] for name in ("id", "selfLink", "kind", "creationTimestamp") if name in record
        }
        before: Record = {**kept, **{name: value for name, value in record.items() if name.startswith("_")}}
    else:
        before = dict(record)
    change = {name: value for name, value in call.body.items() if name not in WRITTEN}
    wanted = _linked(collection, call, {**before, **change})
    wanted = collection.complete(wanted)
    rules.check(collection, call, path, wanted, before=record)

    def finish() -> None:
        record.clear()
        record.update(wanted)

    return operate(call, path, "patch", finish)


def delete(collection: Collection, call: Call) -> Record:
    """Delete one. What stands on it keeps it: some say so at once, some when the operation ends."""
    if (again := repeated(call)) is not None:
        return again
    path = _named(collection, call)
    _idle(call.world, path)
    if collection.at_once and (user := holder(call.world, path)) is not None:
        raise used(path, user)
    rules.may_go(collection, call, path)

    def finish() -> None:
        if (user := holder(call.world, path)) is not None:
            raise used(path, user)
        record = call.world.resources.pop(path)
        rules.gone(call.world, record)

    return operate(call, path, "delete", finish)


def set_labels(collection: Collection, call: Call) -> Record:
    """All labels at once, where nobody has changed them since."""
    if (again := repeated(call)) is not None:
        return again
    path = _named(collection, call)
    record = _idle(call.world, path)
    if call.body.get("labelFingerprint") != labels_print(record):
        raise stale()
    labels = dict(call.body.get("labels", {}))
    rules.check_labels(labels)
    return operate(call, path, "setLabels", partial(record.__setitem__, "labels", labels))


def holder(world: World, path: str) -> str | None:
    """What stands on a resource, by path; None: nothing does."""
    address = world.resources[path].get("address") if "/addresses/" in path else None
    for other, record in world.resources.items():
        collection = collection_of(other)
        if other == path or collection is None:
            continue
        if path in referred(collection, record) or (address and address in rules.addresses_of(collection, record)):
            return other
    return None


def print_of(record: Record) -> str:
    """The fingerprint of a resource as it is."""
    return fingerprint({name: value for name, value in record.items() if name not in {"labels", "_new"}})


def labels_print(record: Record) -> str:
    """The fingerprint of a resource's labels."""
    return fingerprint(record.get("labels", {}))


def shown(world: World, path: str, record: Record) -> Record:
    """A resource as the API tells it: with fingerprints, and what others have to do with it."""
    collection = collection_of(path)
    found = told(record)
    if collection is None:
        return found
    if collection.fingerprinted or collection.noun == "instanceGroups":
        found["fingerprint"] = print_of(record)
    if collection.labelled:
        found["labelFingerprint"] = labels_print(record)
    return {**found, **rules.told_of(world, collection, path, record)}


def _every(call: Call, prefix: str, within: str = "") -> list[Record]:
    expression = call.text("filter")
    found = [
        shown(call.world, path, record)
        for path, record in sorted(call.world.resources.items())
        if path.startswith(prefix) and within in path
    ]
    return [record for record in found if not expression or matches(expression, record)]


def _new(collection: Collection, call: Call, path: str, body: Mapping[str, Any]) -> Record:
    said = {name: value for name, value in body.items() if name not in WRITTEN}
    record = collection.complete(_linked(collection, call, said))
    place = path.rsplit("/", 2)[0]
    more = {collection.place[:-1]: link(place)} if collection.place != "global" else {}
    return {
        "kind": f"compute#{collection.noun[:-1]}",
        "id": call.world.id(),
        "creationTimestamp": moment(),
        "selfLink": link(path),
        **record,
        **more,
    }


def _linked(collection: Collection, call: Call, record: Record) -> Record:
    """With every link whole, and leading to something that is there and ready."""

    def whole(value: str) -> str:
        path = bare(str(value))
        if not path.startswith("projects/"):
            path = f"projects/{call.text('project')}/{path}"
        found = call.world.resources.get(path)
        if found is None:
            raise absent(path)
        if found.get("_new"):
            raise unready(path)
        check_reference(call, collection, path)
        return link(path)

    return rewritten(collection, record, whole)


def _named(collection: Collection, call: Call) -> str:
    own = set(call.method.parameters) - {"project", "region", "zone"}
    name = next(str(call.parameters[one]) for one in own if call.method.parameters[one].get("location") == "path")
    return collection.path(call.parameters, name)


def _there(world: World, path: str) -> Record:
    if path not in world.resources:
        raise absent(path)
    return world.resources[path]


def _idle(world: World, path: str) -> Record:
    record = _there(world, path)
    if world.busy(path):
        raise unready(path)
    return record


def _within_quota(collection: Collection, call: Call) -> None:
    limit = call.project.quotas.get(collection.noun)
    have = sum(1 for path in call.world.resources if f"/{collection.noun}/" in path)
    if limit is not None and have > limit:
        name = rules.QUOTAS.get(collection.noun, collection.noun.upper())
        message = f"Quota '{name}' exceeded.  Limit: {float(limit)} globally."
        raise Problem(403, "quotaExceeded", message)


def register() -> None:
    """Answer for every collection."""
    verbs: Mapping[str, Callable[[Collection, Call], Any]] = {
        "insert": insert,
        "get": get,
        "list": listed,
        "aggregatedList": aggregated,
        "patch": patch,
        "update": patch,
        "delete": delete,
        "setLabels": set_labels,
    }
    for collection in COLLECTIONS:
        for verb, handler in verbs.items():
            HANDLERS.setdefault(f"compute.{collection.resource}.{verb}", partial(handler, collection))
    # The list over all places has the regional ones among the global, of which the emulator has none.
    services = partial(aggregated, BY_RESOURCE["regionBackendServices"])
    HANDLERS.setdefault("compute.backendServices.aggregatedList", services)
