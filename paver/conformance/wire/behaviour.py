"""How the wire misbehaves at the moment, and what that makes of one request."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from paver.conformance.wire.fault import Fault
from paver.conformance.wire.rates import Lots
from paver.conformance.wire.request import Request
from paver.conformance.wire.stale import Past

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
    lots: list[Lots] = field(default_factory=list)
    stall: float = 2.0
    """Seconds that a stalled answer is late."""
    retry_after: int = 1
    """Seconds of patience that a throttled client is asked for."""
    silent: Literal["", "request", "handshake"] = ""
    """Whether nothing is answered: not even a TLS handshake, or no request."""
    pace: float | None = None
    """Bytes a second of every answer; None: as they come."""
    drip: float = 1.0
    """Bytes a second of an answer that `Rates.dripped` strikes."""
    past: Past | None = None

    def arm(self, at: int, strike: Strike, seen: int) -> None:
        """Set a strike. Raises ValueError where that request has come already: the test would prove nothing."""
        if at <= seen:
            raise ValueError(f"mutating request {at} cannot be struck: {seen} have been seen since the last reset")
        self.strikes[at] = strike

    def fault(self, request: Request) -> Fault | None:
        """What strikes a request that nothing was armed for. Every rate sees every request that it is about."""
        drawn = [fault for fault in (lots.cast(request) for lots in self.lots) if fault]
        if self.silent:
            return Fault.SILENT
        if self.pace is not None:
            return drawn[0] if drawn else Fault.DRIPPED
        return drawn[0] if drawn else None


@dataclass(frozen=True, slots=True)
class Course:
    """What is to become of one request, decided while no other passes."""

    strike: Strike | None = None
    fault: Fault | None = None
    latency: float = 0.0
    stall: float = 0.0
    pace: float | None = None
    """Bytes a second, where the answer drips."""
    retry_after: int = 0
    key: bytes | None = None
    """By which its answer is kept, where reads lag."""

    @property
    def fate(self) -> str:
        """Its name in the log."""
        return self.strike.fate if self.strike else self.fault.value if self.fault else ""
