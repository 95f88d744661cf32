"""What an API is like: slow, lagging, stingy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from paver.memory.settings import WEEK


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the API is like, as `MemorySettings` has it."""

    latency: float = 0.0
    stale: float = 0.0
    pending: float = 0.0
    fading: float = WEEK
    page: int = 100
    quota: Mapping[str, int] = field(default_factory=dict)
    denied: frozenset[str] = frozenset()
    stall_seconds: float = 2.0
    retry_after: float | None = None
