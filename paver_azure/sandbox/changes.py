"""What changes resources: PUT, PATCH and DELETE, in the order in which ARM looks at them."""

from __future__ import annotations

import copy
import uuid

from paver_azure.sandbox import access, authorization, compute, network, platform
from paver_azure.sandbox.authority import Caller
from paver_azure.sandbox.kinds import ACCOUNTS, DEFINITIONS, EXTENSIONS, GROUPS, NETWORKS, action_name
from paver_azure.sandbox.links import check, check_own, links
from paver_azure.sandbox.message import Answer, Json, Refusal, Request
from paver_azure.sandbox.place import Place, group_of
from paver_azure.sandbox.reading import missing, stored, tell
from paver_azure.sandbox.store import DELETING, FAILED, SUCCEEDED, UPDATING, Resource
from paver_azure.sandbox.subscription import Subscription
from paver_azure.sandbox.world import World

_CHECKS = (network.check, compute.check, platform.check)


def put(world: World, subscription: Subscription, caller: Caller, asked: Place, request: Request) -> Answer:
    """Make a resource, or make it what is said."""
    store, key = world.store, stored(asked)
    before = store.get(key)
    _group_there(world, asked)
    authorization.unlocked(store, asked.key, deleting=False)
    _condition(request, before)
    _stays(before)
    body = _settable(request.json())
    id_ = before.id if before is not None else key
    resource = Resource(id_, asked.type, body, links=links(id_, asked.type, body))
    _located(subscription, resource, before)
    subnets = body.get("properties", {}).pop("subnets", None) if asked.type == NETWORKS else None
    _sound(world, subscription, caller, resource, before)
    if asked.type in EXTENSIONS:
        authorization.check(store, asked, resource, before)
    if before is None:
        subscription.admit(store, resource)
    return _begin(world, resource, before, subnets, request)


def _sound(
    world: World, subscription: Subscription, caller: Caller, resource: Resource, before: Resource | None
) -> None:
    """Hold a resource against what its type, what it refers to and who sends it allow. Raises Refusal."""
    store = world.store
    for other, on in access.linked(store, resource):
        if not access.may(access.permissions(store, subscription.owners, caller, on), other):
            raise access.refuse_linked(caller, f"{action_name(resource.type)}/write", resource.id, other, on)
    check(store, resource.links)
    check_own(resource.id, resource.body)
    for rules in _CHECKS:
        rules(store, resource, before)


def _begin(world: World, resource: Resource, before: Resource | None, subnets: object, request: Request) -> Answer:
    if isinstance(subnets, list):
        network.replace_subnets(world.store, resource, subnets)
    kind = resource.kind
    failed = world.spoil.pop(resource.key, None)
    slow = kind.slow or (resource.type == ACCOUNTS and request.verb == "PUT")
    if slow and (world.pending or failed):
        first = "Creating" if resource.type == ACCOUNTS else UPDATING
        resource.state, resource.until = first, world.clock() + world.pending
        resource.outcome = FAILED if failed else SUCCEEDED
    world.store.add(resource)
    compute.made(world.store, resource)
    platform.made(world.store, resource)
    status = kind.created if before is None else kind.updated
    headers = _follow(world, resource, request, "\n".join(failed) if failed else "") if slow else {}
    if resource.state == SUCCEEDED and status == 202:  # noqa: PLR2004  accepted: it takes a while, and this did not
        status = 200
    if resource.type == ACCOUNTS and status == 202:  # noqa: PLR2004  the same
        return Answer(202, None, headers)
    return Answer(status, tell(world, resource, request.base), headers)


def patch(world: World, subscription: Subscription, caller: Caller, asked: Place, request: Request) -> Answer:
    """Change what the body names of a resource, and nothing else of it."""
    found = world.store.get(stored(asked))
    if found is None:
        raise missing(world, asked)
    if not found.kind.patched:
        raise Refusal(405, "MethodNotAllowed", "The requested resource does not support http method 'PATCH'.")
    authorization.unlocked(world.store, asked.key, deleting=False)
    _condition(request, found)
    _stays(found)
    said = _settable(request.json(), whole=False)
    if unknown := sorted(said.keys() - set(found.kind.patched)):
        raise Refusal(400, "InvalidRequestContent", f"Could not find member '{unknown[0]}' on object of type 'Patch'.")
    if said.keys() <= {"tags"}:
        found.body |= said
        found.touch()
        return Answer(200, tell(world, found, request.base))
    # Tags are one value: what a PATCH leaves out of them goes (Microsoft Learn, "Use tags to organize resources").
    body = {**_merged(found.body, said), **({"tags": said["tags"]} if "tags" in said else {})}
    resource = Resource(found.id, found.type, body, links=links(found.id, found.type, body), secret=found.secret)
    _located(subscription, resource, found)
    _sound(world, subscription, caller, resource, found)
    return _begin(world, resource, found, None, request)


def _merged(before: Json, said: Json) -> Json:
    """JSON Merge Patch (RFC 7396): objects member by member, null takes away, all else is replaced."""
    found = copy.deepcopy(before)
    for name, value in said.items():
        if value is None:
            found.pop(name, None)
        elif isinstance(value, dict):
            old = found.get(name)
            found[name] = _merged(old if isinstance(old, dict) else {}, value)
        else:
            found[name] = value
    return found


def _stays(resource: Resource | None) -> None:
    if resource is not None and resource.state == DELETING:
        said = f"The resource {resource.id} is being deleted: CannotBeDeleted twice."
        raise Refusal(409, "ResourceBeingDeleted", said)


def delete(world: World, asked: Place, request: Request) -> Answer:
    """Take a resource away; of one that is not there, that is done."""
    store = world.store
    found = store.get(stored(asked))
    if found is None:
        if asked.type == GROUPS:
            raise missing(world, asked)
        return Answer(204)
    authorization.unlocked(store, found.key, deleting=True, own=found)
    _condition(request, found)
    if found.state == DELETING:
        return Answer(202, None, _follow(world, found, request, ""))
    _deletable(world, found)
    if not found.kind.slow and asked.type != GROUPS:
        told = tell(world, found, request.base)
        store.drop(found)
        bare = asked.type not in EXTENSIONS
        return Answer(found.kind.deleted, None if bare else told)
    for one in (found, *(store.below(found.key) if asked.type == GROUPS else ())):
        one.state, one.until = DELETING, world.clock() + world.pending
    headers = _follow(world, found, request, "")
    store.settle()
    return Answer(found.kind.deleted, None, headers)


def _deletable(world: World, resource: Resource) -> None:
    if resource.type == GROUPS:
        return
    network.deletable(world.store, resource)
    platform.deletable(world.store, resource)
    if resource.type == DEFINITIONS:
        authorization.unassigned(world.store, resource)
    if resource.kind.in_use is None:
        return
    users = [one.part for one in world.store.users(resource.key) if "/privatednszones/" not in one.part.lower()]
    if users:
        raise network.in_use(resource, users)


def _follow(world: World, resource: Resource, request: Request, failed: str) -> dict[str, str]:
    """The headers that say where to look how far it is."""
    told = resource.kind.told
    if not told:
        return {}
    number = str(uuid.uuid4())
    world.operations[number] = (resource.key, world.clock() + world.pending, failed)
    root = "/".join(resource.id.split("/")[:3])
    namespace = resource.kind.name.partition("/")[0]
    location = str(resource.body.get("location") or "global")
    headers = world.patience
    if "async" in told:
        at = f"{root}/providers/{namespace}/locations/{location}/operations/{number}"
        if "privatednszones" in resource.type:
            at = f"{group_of(resource.id)}/providers/{namespace}/privateDnsOperationStatuses/{number}"
        version = request.query["api-version"]
        headers["Azure-AsyncOperation"] = f"{request.base}{at}?api-version={version}"
    if "location" in told:
        headers["Location"] = f"{request.base}{root}/operationresults/{number}?api-version=2025-04-01"
    return headers


def _settable(body: Json, *, whole: bool = True) -> Json:
    """Without what only Azure says; a whole one has properties, if empty ones."""
    for name in ("id", "name", "type", "etag"):
        body.pop(name, None)
    properties = body.setdefault("properties", {}) if whole else body.get("properties") or {}
    for name in ("provisioningState", "resourceGuid"):
        properties.pop(name, None)
    return body


def _group_there(world: World, asked: Place) -> None:
    if not asked.group or asked.type == GROUPS:
        return
    group = world.store.get("/".join(asked.id.split("/")[:5]))
    if group is None:
        raise Refusal(404, "ResourceGroupNotFound", f"Resource group '{asked.group}' could not be found.")
    if group.state == DELETING:
        said = f"The resource group '{asked.group}' is in deprovisioning state and cannot perform this operation."
        raise Refusal(409, "ResourceGroupBeingDeleted", said)


def _condition(request: Request, before: Resource | None) -> None:
    """If-Match and If-None-Match (RFC 9110, section 13)."""
    wanted, unwanted = request.headers.get("if-match"), request.headers.get("if-none-match")
    there = f'W/"{before.etag}"' if before is not None else ""
    if (wanted and wanted not in {"*", there}) or (wanted == "*" and before is None) or (unwanted == "*" and before):
        said = "The condition that the request names does not hold for what is there."
        raise Refusal(412, "PreconditionFailed", said)


def _located(subscription: Subscription, resource: Resource, before: Resource | None) -> None:
    """It is somewhere that the subscription may use, where it stays."""
    location = resource.body.get("location")
    tracked = resource.kind.name.count("/") == 1 and resource.type not in EXTENSIONS
    if not tracked:
        return
    if not location:
        raise Refusal(400, "LocationRequired", "The location property is required for this definition.")
    location = resource.body["location"] = str(location).replace(" ", "").lower()
    if location not in {*subscription.locations, "global"}:
        there = ", ".join(subscription.locations)
        said = f"The provided location '{location}' is not available. List of available regions: {there}."
        raise Refusal(400, "LocationNotAvailableForResourceType", said)
    if before is not None and before.body.get("location") != location:
        said = f"The resource '{resource.name}' already exists in location '{before.body['location']}'."
        raise Refusal(409, "InvalidResourceLocation", said)
