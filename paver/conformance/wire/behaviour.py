"""How the wire misbehaves: latency, a client killed at its k-th mutating request, an answer that is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Client = int | Callable[[], object]
"""A process id, which gets SIGKILL; or what to call instead."""
When = Literal["before", "after"]
"""Before the upstream sees the request, or after it acted and before the answer goes out."""


@dataclass(frozen=True, slots=True)
class Strike:
    """What happens at one mutating request."""

    fate: Literal["killed before", "killed after", "lost"]
    client: Client | None = None

    def hit(self) -> None:
        """Kill the client, if this kills one. One that is gone already is no error."""
        if callable(self.client):
            self.client()
        elif self.client is not None:
            try:
                os.kill(self.client, signal.SIGKILL)
            except ProcessLookupError:
                return


@dataclass(slots=True)
class Behaviour:
    """What is set at the moment. Guarded by the log's lock."""

    latency: float = 0.0
    """Seconds added to every request."""
    strikes: dict[int, Strike] = field(default_factory=dict)
    """By the number of the mutating request, counted from the last reset."""

    def arm(self, at: int, strike: Strike, seen: int) -> None:
        """Set a strike. Raises ValueError where that request has come already: the test would prove nothing."""
        if at <= seen:
            raise ValueError(f"mutating request {at} cannot be struck: {seen} have been seen since the last reset")
        self.strikes[at] = strike
