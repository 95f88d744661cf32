"""How long what takes minutes on AWS takes here: moto has a NAT gateway or a balancer at once."""

from __future__ import annotations

import time
from typing import Any, NamedTuple


class Pending(NamedTuple):
    """Seconds from a create call until a thing is ready."""

    nat_gateway: float = 0.0
    balancer: float = 0.0


def slow(pending: Pending) -> None:
    """Let new ones be pending for so long. For a process whose moto serves nobody yet."""
    from moto.ec2.models import nat_gateways  # noqa: PLC0415  it reads its settings when it is imported
    from moto.elbv2 import models  # noqa: PLC0415  the same

    gateway: Any = nat_gateways.NatGateway
    balancer: Any = models.FakeLoadBalancer
    made, activate = balancer.__init__, balancer.activate

    def written(self: Any, state: str) -> None:
        self.__dict__["_ready"] = self.__dict__.get("_ready", time.monotonic() + pending.nat_gateway)
        self.__dict__["_state"] = state

    def state(self: Any) -> str:
        early = self.__dict__["_state"] == "available" and time.monotonic() < self.__dict__["_ready"]
        return "pending" if early else str(self.__dict__["_state"])

    def noted(self: Any, *args: Any, **kwargs: Any) -> None:
        made(self, *args, **kwargs)
        self.ready = time.monotonic() + pending.balancer

    def activated(self: Any) -> None:
        if time.monotonic() >= self.ready:
            activate(self)

    gateway.state = property(state, written)
    balancer.__init__, balancer.activate = noted, activated
