"""What a subscription is asked beside its resources: where, how much, who may what, how far, is this name free."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from paver_azure.sandbox import console, platform
from paver_azure.sandbox.access import permissions
from paver_azure.sandbox.authority import Caller
from paver_azure.sandbox.kinds import ACCOUNTS, GROUPS, KINDS
from paver_azure.sandbox.message import Answer, Json, Refusal, Request
from paver_azure.sandbox.paging import paged
from paver_azure.sandbox.place import Place
from paver_azure.sandbox.reading import tell
from paver_azure.sandbox.store import SUCCEEDED, UPDATING
from paver_azure.sandbox.subscription import PROVIDERS, Subscription
from paver_azure.sandbox.world import World

_TAG = re.compile(r"tagName eq '([^']*)' and tagValue eq '([^']*)'")
_HERE = re.compile(r"location eq '([^']*)'")


class Question(NamedTuple):
    """Everything that a question may be about."""

    world: World
    subscription: Subscription
    caller: Caller
    asked: Place
    request: Request


class Special(NamedTuple):
    """One sort of question."""

    verb: str
    path: re.Pattern[str]
    """Of all of it, in lower case."""
    action: str
    """What asking it takes; empty: nothing."""
    serve: Callable[[Question], Answer]


def find(asked: Place, verb: str) -> Special | None:
    """The one that a path is, if it is one."""
    return next((one for one in SPECIALS if one.verb == verb and one.path.fullmatch(asked.key)), None)


def _listed(question: Question, values: list[Json]) -> Answer:
    return paged(question.world, question.request, values)


def _subscription(question: Question) -> Answer:
    return Answer(200, question.subscription.told())


def _locations(question: Question) -> Answer:
    """The one list that Azure has no pages of."""
    return Answer(200, {"value": [{"name": name, "displayName": name} for name in question.subscription.locations]})


def _provider(question: Question) -> Answer:
    namespace = question.asked.id.rpartition("/")[2]
    known = next((one for one in PROVIDERS if f"microsoft.{one}".lower() == namespace.lower()), None)
    if known is None:
        raise Refusal(404, "InvalidResourceNamespace", f"The resource namespace '{namespace}' is invalid.")
    state = "NotRegistered" if known in question.subscription.unregistered else "Registered"
    return Answer(200, {"namespace": f"Microsoft.{known}", "registrationState": state})


def _resources(question: Question) -> Answer:
    """Whatever is tracked: children and what stands on others are not."""
    below = question.asked.key.removesuffix("/resources")
    wanted = _TAG.search(question.request.query.get("$filter", ""))
    found: list[Json] = []
    for one in question.world.store:
        tracked = one.key.startswith(f"{below}/") and one.kind.name.count("/") == 1 and "location" in one.body
        if not tracked or one.type == GROUPS:
            continue
        tags = {name.lower(): value for name, value in (one.body.get("tags") or {}).items()}
        if wanted is None or tags.get(wanted[1].lower()) == wanted[2]:
            told = tell(question.world, one, question.request.base)
            found.append({name: told[name] for name in ("id", "name", "type", "location", "tags") if name in told})
    return _listed(question, found)


def _usages(question: Question) -> Answer:
    namespace, location = _names(question.asked.id)
    return _listed(question, question.subscription.usages(question.world.store, namespace, location))


def _names(path: str) -> tuple[str, str]:
    words = path.split("/")
    spelled = {kind.name.partition("/")[0].lower(): kind.name.partition("/")[0] for kind in KINDS.values()}
    return spelled.get(words[4].lower(), words[4]), words[6].lower()


def _skus(question: Question) -> Answer:
    here = _HERE.search(question.request.query.get("$filter", ""))
    places = [here[1]] if here else question.subscription.locations
    return _listed(question, [sku for location in places for sku in question.subscription.skus(location)])


def _permissions(question: Question) -> Answer:
    scope = question.asked.scope
    if question.asked.group and question.world.store.get("/".join(question.asked.id.split("/")[:5])) is None:
        raise Refusal(404, "ResourceGroupNotFound", f"Resource group '{question.asked.group}' could not be found.")
    found = permissions(question.world.store, question.subscription.owners, question.caller, scope)
    return _listed(question, [dict(one) for one in found])


def _operation(question: Question) -> Answer:
    found = question.world.operations.get(question.asked.id.rpartition("/")[2])
    if found is None:
        raise Refusal(404, "OperationNotFound", "The operation is not there any more.")
    _, until, failed = found
    if until > question.world.clock():
        return Answer(200, {"status": "InProgress"}, question.world.patience)
    if failed:
        code, _, message = failed.partition("\n")
        return Answer(200, {"status": "Failed", "error": {"code": code, "message": message}})
    return Answer(200, {"status": SUCCEEDED})


def _result(question: Question) -> Answer:
    """The other way of asking: by status."""
    found = question.world.operations.get(question.asked.id.rpartition("/")[2])
    if found is not None and found[1] > question.world.clock():
        here = question.request.base + question.request.path
        return Answer(202, None, {"Location": here, **question.world.patience})
    resource = question.world.store.get(found[0]) if found else None
    return Answer(200, tell(question.world, resource, question.request.base)) if resource else Answer(204)


def _free(question: Question) -> Answer:
    name = str(question.request.json().get("name", ""))
    if not platform.ACCOUNT_NAME.fullmatch(name):
        return Answer(200, {"nameAvailable": False, "reason": "AccountNameInvalid", "message": f"{name} is not valid."})
    if platform.taken(question.world.store, name):
        said = f"The storage account named {name} is already taken."
        return Answer(200, {"nameAvailable": False, "reason": "AlreadyExists", "message": said})
    return Answer(200, {"nameAvailable": True})


def _keys(question: Question) -> Answer:
    found = question.world.store.get(question.asked.id.rpartition("/")[0])
    if found is None or found.type != ACCOUNTS or found.state == UPDATING:
        raise Refusal(404, "ResourceNotFound", f"The Resource {question.asked.id} was not found.")
    return Answer(200, {"keys": [{"keyName": "key1", "value": found.secret, "permissions": "FULL"}]})


def _console(question: Question) -> Answer:
    found = question.world.store.get(question.asked.id.rpartition("/")[0])
    if found is None:
        raise Refusal(404, "ResourceNotFound", f"The Resource {question.asked.id} was not found.")
    return Answer(200, {"serialConsoleLogBlobUri": console.url(found, question.request.base)})


def _special(verb: str, path: str, action: str, serve: Callable[[Question], Answer]) -> Special:
    return Special(verb, re.compile(path), action, serve)


_COUNTING = ("Compute", "Network", "Storage")
_SUB = r"/subscriptions/[^/]+"
_RES = "Microsoft.Resources/subscriptions"
_AT = rf"{_SUB}/providers/microsoft\.%s/locations/[^/]+"
SPECIALS = (
    _special("GET", _SUB, f"{_RES}/read", _subscription),
    _special("GET", f"{_SUB}/locations", f"{_RES}/locations/read", _locations),
    _special("GET", f"{_SUB}/providers/[^/]+", f"{_RES}/providers/read", _provider),
    _special("GET", f"{_SUB}/resources", f"{_RES}/resources/read", _resources),
    _special("GET", f"{_SUB}/resourcegroups/[^/]+/resources", f"{_RES}/resourcegroups/resources/read", _resources),
    *(
        _special("GET", f"{_AT % name.lower()}/usages", f"Microsoft.{name}/locations/usages/read", _usages)
        for name in _COUNTING
    ),
    _special("GET", rf"{_SUB}/providers/microsoft\.compute/skus", "Microsoft.Compute/skus/read", _skus),
    # Whoever may do nothing may ask what that is.
    _special("GET", r".*/providers/microsoft\.authorization/permissions", "", _permissions),
    *(
        _special(
            "GET", f"{_AT % name.lower()}/operations/[^/]+", f"Microsoft.{name}/locations/operations/read", _operation
        )
        for name in _COUNTING
    ),
    _special("GET", f"{_SUB}/operationresults/[^/]+", "", _result),
    _special(
        "GET",
        rf"{_SUB}/resourcegroups/[^/]+/providers/microsoft\.network/privatednsoperationstatuses/[^/]+",
        "Microsoft.Network/privateDnsOperationStatuses/read",
        _operation,
    ),
    _special(
        "POST",
        rf"{_SUB}/providers/microsoft\.storage/checknameavailability",
        "Microsoft.Storage/checknameavailability/read",
        _free,
    ),
    _special(
        "POST",
        rf"{_SUB}/resourcegroups/[^/]+/providers/microsoft\.storage/storageaccounts/[^/]+/listkeys",
        "Microsoft.Storage/storageAccounts/listKeys/action",
        _keys,
    ),
    _special(
        "POST",
        rf"{_SUB}/resourcegroups/[^/]+/providers/microsoft\.compute/virtualmachines/[^/]+/retrievebootdiagnosticsdata",
        "Microsoft.Compute/virtualMachines/retrieveBootDiagnosticsData/action",
        _console,
    ),
)
