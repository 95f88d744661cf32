"""What a run's events add up to: how far it is, what it waits for, since when."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from paver.engine.events import (
    Ended,
    Event,
    Planned,
    StepDone,
    StepFailedEvent,
    StepRetried,
    StepStarted,
    StepWaiting,
    Stopping,
)

PAST = {
    "create": "created",
    "update": "changed",
    "replace": "replaced",
    "delete": "deleted",
    "resume": "finished",
    "confirm": "confirmed",
    "keep": "kept",
    "adopt": "adopted",
}
_WAITS_FOR_NOTHING = frozenset({"keep", "adopt"})


@dataclass(slots=True)
class Running:
    """A step that has begun and not ended."""

    key: str
    action: str
    since: float
    said: str = ""


class Tally:
    """The sum of the events so far. It is read by a thread that draws while the run's own thread writes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.n = 0
        self.of = 0
        self.ended: Ended | None = None
        self.stopping = False
        self._clock = clock
        self._began = clock()
        self._started = False
        self._actions: set[str] = set()
        self._running: dict[str, Running] = {}
        self._lock = threading.Lock()

    def add(self, event: Event) -> None:
        """Take one event into account."""
        with self._lock:
            match event:
                case Planned():
                    self.of = sum(count for name, count in event.counts.items() if name not in _WAITS_FOR_NOTHING)
                    self._actions = {name for name, count in event.counts.items() if count} - _WAITS_FOR_NOTHING
                case StepStarted():
                    self._begin()
                    self._running[event.key] = Running(event.key, event.action, self._clock())
                case StepWaiting() if event.key in self._running:
                    self._running[event.key].said = event.said
                case StepRetried() if event.key in self._running:
                    self._running[event.key].said = f"tried again: {event.error}"
                case StepDone():
                    self._running.pop(event.key, None)
                    self.n, self.of = event.n, max(event.of, event.n)
                case StepFailedEvent():
                    self._running.pop(event.key, None)
                case Stopping():
                    self.stopping = True
                case Ended():
                    self._running.clear()
                    self.ended = event
                case _:
                    pass

    @property
    def running(self) -> list[Running]:
        """What has begun and not ended, the oldest first."""
        with self._lock:
            return list(self._running.values())

    @property
    def participle(self) -> str:
        """What is done to all of them, or `done` where that differs."""
        return PAST[next(iter(self._actions))] if len(self._actions) == 1 else "done"

    def elapsed(self) -> float:
        """Seconds since the first step began: what a question took is the person's time."""
        return self._clock() - self._began

    def _begin(self) -> None:
        if not self._started:
            self._started, self._began = True, self._clock()

    def age(self, step: Running) -> float:
        """Seconds since a step began."""
        return self._clock() - step.since
