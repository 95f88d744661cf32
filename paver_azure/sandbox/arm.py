"""The resource manager: who calls is known and allowed, the version is one, and then it is a read or a change."""

from __future__ import annotations

import re

from paver_azure.sandbox import catalogue, changes, reading
from paver_azure.sandbox.access import may, permissions, refuse
from paver_azure.sandbox.authority import Caller
from paver_azure.sandbox.kinds import KINDS, Kind, action_name
from paver_azure.sandbox.message import Answer, Refusal, Request
from paver_azure.sandbox.place import Place, place
from paver_azure.sandbox.subscription import Subscription
from paver_azure.sandbox.world import World

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?")
_VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}


def serve(world: World, request: Request) -> Answer:
    """Answer a request. Raises Refusal."""
    caller = world.authority.caller(request)
    if caller.audience != request.base:
        raise Refusal(
            401, "InvalidAuthenticationTokenAudience", "The access token has been obtained for wrong audience."
        )
    asked = place(request.path)
    subscription = _subscription(world, asked, caller)
    kind = KINDS.get(asked.type)
    _version(request, kind)
    special = catalogue.find(asked, request.verb)
    action = special.action if special else f"{action_name(asked.type)}/{_VERBS.get(request.verb, 'action')}"
    where = asked.id if asked.whole else (asked.scope or asked.id)
    if action and not may(permissions(world.store, subscription.owners, caller, where), action):
        raise refuse(caller, action, where)
    if special is not None:
        return special.serve(catalogue.Question(world, subscription, caller, asked, request))
    if request.verb == "GET" and asked.type:
        return reading.one(world, asked, request) if asked.whole else reading.several(world, asked, request)
    if asked.whole and kind is not None:
        if request.verb == "PUT":
            return changes.put(world, subscription, caller, asked, request)
        if request.verb == "PATCH":
            return changes.patch(world, subscription, caller, asked, request)
        if request.verb == "DELETE":
            return changes.delete(world, asked, request)
    raise Refusal(501, "NotImplemented", f"The emulator does not know {request.verb} {request.path}.")


def _subscription(world: World, asked: Place, caller: Caller) -> Subscription:
    found = world.subscriptions.get(asked.subscription)
    if found is None:
        said = f"The subscription '{asked.subscription}' could not be found."
        raise Refusal(404, "SubscriptionNotFound", said)
    if found.tenant != caller.tenant:
        said = (
            f"The access token is from the wrong issuer '{caller.tenant}'. It must match the tenant '{found.tenant}' "
            "associated with this subscription."
        )
        raise Refusal(401, "InvalidAuthenticationTokenTenant", said)
    return found


def _version(request: Request, kind: Kind | None) -> None:
    version = request.query.get("api-version", "")
    if not version:
        said = "The api-version query parameter (?api-version=) is required for all requests."
        raise Refusal(400, "MissingApiVersionParameter", said)
    if not _DATE.fullmatch(version):
        raise Refusal(400, "InvalidApiVersionParameter", f"The api-version '{version}' is invalid.")
    if kind is not None and version != kind.version:
        said = f"No registered resource provider found for API version '{version}' and type '{kind.name}'."
        raise Refusal(400, "NoRegisteredProviderFound", said)
