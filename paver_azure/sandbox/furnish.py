"""What an emulated Azure begins with: a directory, a subscription without anything in it, and who may do all in it."""

from __future__ import annotations

from dataclasses import dataclass

from paver_azure.sandbox.authority import Application
from paver_azure.sandbox.subscription import Subscription
from paver_azure.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Estate:
    """Who and where."""

    tenant: str
    subscription: Subscription
    other: Subscription
    """Another one in the same directory, of the same owner."""
    owner: Application
    nobody: Application
    """Somebody who may do nothing."""


def furnish(world: World) -> Estate:
    """Put it there."""
    tenant = world.authority.tenant()
    owner, nobody = world.authority.application(tenant), world.authority.application(tenant)
    first, second = (world.subscribe(tenant, name) for name in ("sandbox", "elsewhere"))
    for one in (first, second):
        one.owners.add(owner.principal)
    return Estate(tenant, first, second, owner, nobody)
