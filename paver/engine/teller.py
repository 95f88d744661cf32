"""Where the engine's events go: stamped with the time, handed to the caller's listener."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from paver.engine.events import Event, Listener


class Teller:
    """Makes events and hands them on, one at a time, in the run's own thread."""

    def __init__(self, listener: Listener, now: Callable[[], datetime]) -> None:
        self._listener = listener
        self._now = now

    def __call__(self, event: type[Event], **facts: Any) -> None:  # noqa: ANN401  each event has its own fields
        """Tell that something happened."""
        self._listener(event(time=self._now(), **facts))
