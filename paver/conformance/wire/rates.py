"""How often each fault strikes, drawn so that the same seed strikes the same requests."""

from __future__ import annotations

import random
from dataclasses import dataclass, fields

from paver.conformance.wire.fault import Fault
from paver.conformance.wire.request import Only, Request, meant

_SPREAD = (Fault.THROTTLED, Fault.UNAVAILABLE, Fault.RESET, Fault.LOST, Fault.TRUNCATED, Fault.STALLED)
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Rates:
    """Which part of all requests each fault strikes, 0 to 1; together at most 1, for a request has one fate."""

    throttled: float = 0.0
    unavailable: float = 0.0
    reset: float = 0.0
    lost: float = 0.0
    truncated: float = 0.0
    stalled: float = 0.0
    silent: float = 0.0
    dripped: float = 0.0

    def __post_init__(self) -> None:
        """Raises ValueError where that is no share of all requests."""
        parts = [getattr(self, one.name) for one in fields(self)]
        if any(part < 0 for part in parts) or sum(parts) > 1 + _ROUNDING:
            raise ValueError(f"rates are parts of all requests, and together at most 1: {parts}")

    @classmethod
    def evenly(cls, total: float) -> Rates:
        """All faults after which a client may still succeed, so often together: what `total` of a bad line does."""
        return cls(**{fault.value: total / len(_SPREAD) for fault in _SPREAD})

    def pick(self, draw: float) -> Fault | None:
        """The fault that a number from 0 to 1 stands for."""
        for fault in Fault:
            draw -= getattr(self, fault.value)
            if draw < 0:
                return fault
        return None


@dataclass(slots=True)
class Lots:
    """Rates at work: the n-th request that they are about always meets the same with the same seed."""

    rates: Rates
    seed: int
    only: Only = None
    seen: int = 0
    """Of the requests that they are about."""

    def cast(self, request: Request) -> Fault | None:
        """What strikes this request. Not safe to use from two threads at one time."""
        if not meant(self.only, request):
            return None
        self.seen += 1
        # A generator for each number: what one request meets does not depend on how many numbers another used up.
        return self.rates.pick(random.Random(f"{self.seed}:{self.seen}").random())  # noqa: S311  reproducible, no secret
