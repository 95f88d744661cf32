"""What a run tells while it goes: facts in the past tense, and a heartbeat while it waits. Nothing is printed here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened. `time` is UTC."""

    time: datetime


@dataclass(frozen=True, slots=True)
class Connected(Event):
    """A session is open. `scope` is the logical key of the resource that opened it; empty for the first one."""

    scope: str
    identity: dict[str, str]


@dataclass(frozen=True, slots=True)
class Recovered(Event):
    """An earlier run did not end by itself. `unanswered` are the keys whose call's outcome nobody noted."""

    stopped_at: datetime
    unanswered: tuple[str, ...]
    there: int
    pending: int


@dataclass(frozen=True, slots=True)
class Planned(Event):
    """The plan stands: how many of each action; `later`: how many are known only after something is ready."""

    counts: dict[str, int]
    later: int


@dataclass(frozen=True, slots=True)
class StepStarted(Event):
    """A step's first call is about to be sent."""

    key: str
    action: str


@dataclass(frozen=True, slots=True)
class StepWaiting(Event):
    """The IaaS works on it; `said` is how far it is."""

    key: str
    said: str
    seconds: float


@dataclass(frozen=True, slots=True)
class StepRetried(Event):
    """A call failed in a way that passes; it is tried again after `delay` seconds."""

    key: str
    error: str
    delay: float


@dataclass(frozen=True, slots=True)
class StepDone(Event):
    """A step ended well. `action` is create, update, replace, delete, keep, adopt; `id` the native id."""

    key: str
    action: str
    id: str
    seconds: float
    n: int
    of: int


@dataclass(frozen=True, slots=True)
class StepFailedEvent(Event):
    """A step failed and is not tried again in this run; `blocked` need it and wait in vain."""

    key: str
    action: str
    error: str
    seconds: float
    blocked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stopping(Event):
    """A cancel was seen: nothing new is begun, `calls` are being finished."""

    calls: int


@dataclass(frozen=True, slots=True)
class Ended(Event):
    """The run is over. `calls` counts the driver's calls; `left` what fades by itself (key, until when)."""

    verb: str
    counts: dict[str, int]
    seconds: float
    calls: int
    left: tuple[tuple[str, str], ...] = ()
    foreign: int = 0


@dataclass(frozen=True, slots=True)
class Warned(Event):
    """Something a person should know and that stops nothing."""

    what: str
    facts: dict[str, str] = field(default_factory=dict)


Listener = Callable[[Event], None]


def silent(event: Event) -> None:
    """The listener of a caller who wants none."""
    del event
