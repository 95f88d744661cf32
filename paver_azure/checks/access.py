"""Whether this is the right subscription, and whether whoever calls may do there what the spec takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from paver.contract.asking import asked
from paver.contract.driver import Cause, Finding
from paver.contract.errors import NotFound
from paver.contract.findings import bad, good, warn
from paver.contract.spec import EnvironmentSpec
from paver_azure import ids
from paver_azure.api import Api
from paver_azure.arm_types import PERMISSIONS, RESOURCES, SUBSCRIPTIONS
from paver_azure.permissions import needed
from paver_azure.section import SECTION

PROVIDERS = ("Authorization", "Compute", "ManagedIdentity", "Network", "Storage")
"""Whose types an environment is made of."""
_PERMISSIONS = "/providers/Microsoft.Authorization/permissions"
SHOWN = 5


def identity(api: Api) -> Iterator[Finding]:
    """The subscription answers, is in the directory that the section names, and is in use."""
    settings = api.settings
    found = asked(partial(api.ask, settings.root, SUBSCRIPTIONS))
    tenant = str(found.get("tenantId", "")).lower()
    if tenant != str(settings.tenant):
        yield bad(
            "identity",
            f"subscription {settings.subscription} is in directory {tenant}; the spec wants {settings.tenant}",
            "correct iaas.azure.tenant, or log in elsewhere",
            (*SECTION, "tenant"),
            Cause.TRUST,
        )
    state = str(found.get("state", ""))
    if state not in {"Enabled", "Warned"}:
        yield bad("identity", f"subscription {settings.subscription} is {state or 'in no known state'}")
    else:
        yield good("reach", f"subscription {found.get('displayName') or settings.subscription} answers")


def location(api: Api) -> Iterator[Finding]:
    """The location is one of the subscription's."""
    listed = asked(partial(api.ask_all, f"{api.settings.root}/locations", SUBSCRIPTIONS))
    names = sorted(str(one["name"]) for one in listed)
    if names and api.settings.location not in names:
        near = [name for name in names if name[:4] == api.settings.location[:4]] or names
        yield bad(
            "location",
            f"this subscription has no location {api.settings.location}",
            f"there is {', '.join(near[:SHOWN])}",
            (*SECTION, "location"),
        )


def registration(api: Api, namespace: str) -> Iterator[Finding]:
    """A resource provider is registered: paver does not register what it was not asked to."""
    full = f"Microsoft.{namespace}"
    found = asked(partial(api.ask, f"{api.settings.root}/providers/{full}", RESOURCES))
    state = str(found.get("registrationState", ""))
    if state != "Registered":
        hint = f"az provider register --namespace {full} --wait"
        yield bad("registration", f"resource provider {full} is {state or 'unknown'}", hint)


def permissions(api: Api, spec: EnvironmentSpec) -> Iterator[Finding]:
    """Every action of the custom role that this spec takes is allowed, here or in all of the subscription."""
    allowed = _allowed(api, spec)
    wants = needed(spec, api.settings)
    missing = [action for action in wants.actions if not allows(allowed, "actions", "notActions", action)]
    if missing:
        yield bad(
            "permission",
            f"not allowed: {', '.join(missing[:SHOWN])}"
            + (f" and {len(missing) - SHOWN} more" if missing[SHOWN:] else ""),
            "give whoever paves the role that `paver permissions --iaas azure` prints",
            cause=Cause.DENIED,
        )
    else:
        yield good("permission", f"all {len(wants.actions)} actions are allowed")
    blind = [action for action in wants.data_actions if not allows(allowed, "dataActions", "notDataActions", action)]
    if blind:
        yield warn(
            "permission",
            f"not allowed: {', '.join(blind)}: whether containers hold anything cannot be seen",
            "destroy and verify then fail; give the role that `paver permissions --iaas azure` prints",
        )


def _allowed(api: Api, spec: EnvironmentSpec) -> list[Mapping[str, Any]]:
    group = ids.group_id(api.settings.root, api.settings.resource_group or spec.name)
    try:
        return asked(partial(api.ask_all, group + _PERMISSIONS, PERMISSIONS))
    except NotFound:  # the group comes later; until then what counts for all of the subscription does
        return asked(partial(api.ask_all, api.settings.root + _PERMISSIONS, PERMISSIONS))


def allows(allowed: Iterable[Mapping[str, Any]], given: str, taken: str, action: str) -> bool:
    """Whether any of these permissions gives an action and does not take it away again.

    Args:
        allowed: As ARM lists them.
        given: `actions` or `dataActions`.
        taken: `notActions` or `notDataActions`.
        action: `Microsoft.Network/virtualNetworks/read`.
    """
    return any(_matches(one.get(given) or (), action) and not _matches(one.get(taken) or (), action) for one in allowed)


def _matches(patterns: Iterable[str], action: str) -> bool:
    """Microsoft Learn, "Understand Azure role definitions": `*` stands for anything, and case does not count."""
    return any(
        re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), action, re.IGNORECASE) is not None for pattern in patterns
    )
