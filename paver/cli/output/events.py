"""One event in words, or as one JSON object."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from paver.cli.output.plan import as_it_is, counts_text
from paver.cli.output.tally import PAST, Tally
from paver.cli.output.text import EDGE, counted, duration, edge
from paver.engine.events import (
    Connected,
    Ended,
    Event,
    Planned,
    Recovered,
    StepDone,
    StepFailedEvent,
    StepRetried,
    StepStarted,
    StepWaiting,
    Stopping,
    Warned,
)

SHOWN = 3
"""How many of the things that are waited for a line names."""
_NAMES: Mapping[type[Event], str] = {StepFailedEvent: "failed"}
_KEPT = frozenset({"keep", "adopt"})


def event_json(event: Event) -> dict[str, Any]:
    """`{"time", "event", "key", "s", "n", "of"}` and what else the event says."""
    name = _NAMES.get(type(event)) or type(event).__name__.removeprefix("Step").lower()
    if isinstance(event, StepDone):
        name = PAST.get(event.action, event.action)
    found: dict[str, Any] = {"time": f"{event.time:%Y-%m-%dT%H:%M:%SZ}", "event": name}
    for field in dataclasses.fields(event):
        value = getattr(event, field.name)
        if field.name == "seconds":
            found["s"] = round(value, 1)
        elif field.name == "stopped_at":
            found["stopped_at"] = f"{value:%Y-%m-%dT%H:%M:%SZ}"
        elif field.name not in {"time", "id", "action"}:
            found[field.name] = value
    # What the event's name says already is left out; the native id comes last, as the one thing of the IaaS's own.
    if isinstance(event, StepStarted | StepFailedEvent):
        found["action"] = event.action
    return {**found, "id": event.id} if isinstance(event, StepDone) else found


NOTICEABLE = 2.0
"""Seconds of a pause from which on nobody should have to wonder why nothing happens."""


def event_text(event: Event, environment: str, iaas: str, *, verbose: bool = False) -> str:
    """The event in the past tense; empty where it is told only at length."""
    match event:
        case Connected(scope=scope) if scope:
            text = f"opened {scope}"
        case Recovered():
            text = recovered(event)
        case Planned():
            text = f"planned: {counts_text(event.counts)}" + (f"; {event.later} known later" if event.later else "")
        case StepDone():
            text = f"{_did(event)} in {duration(event.seconds)} ({event.n} of {event.of})"
        case StepFailedEvent():
            text = f"failed to {event.action} {event.key} in {duration(event.seconds)}: {event.error}"
        case Stopping():
            text = stopping(event.calls)
        case Ended():
            text = ended(event, environment, iaas)
        case Warned():
            text = f"warning: {warned(event)}"
        case StepRetried() if event.delay >= NOTICEABLE:
            text = f"put off {event.key} by {duration(event.delay)}: {event.error}"
        case _:
            text = _at_length(event, iaas) if verbose else ""
    return text


def _at_length(event: Event, iaas: str) -> str:
    match event:
        case Connected():
            return f"connected to {event.identity.get('id', iaas)}"
        case StepStarted():
            return f"began to {event.action} {event.key}"
        case StepWaiting():
            return f"waited for {event.key}: {event.said}, {duration(event.seconds)}"
        case StepRetried():
            return f"put off {event.key} by {duration(event.delay)}: {event.error}"
        case _:
            return ""


def step_line(event: StepDone | StepFailedEvent, width: int = EDGE) -> str:
    """A finished step on a terminal, above what still runs."""
    if isinstance(event, StepFailedEvent):
        verb, text = "Failed", f"{event.error}, not tried again"
    else:
        verb, text = PAST.get(event.action, event.action).capitalize(), "" if event.action == "delete" else event.id
    return edge(f"  {verb:<7} {event.key:<30} {text}".rstrip(), duration(event.seconds), width)


def waiting_text(tally: Tally) -> str:
    """What a run waits for, for the line that comes every 30 s; empty where it waits for nothing."""
    running = tally.running
    if not running:
        return ""
    named = " ".join(step.key for step in running[:SHOWN])
    more = f" and {len(running) - SHOWN} more" if len(running) > SHOWN else ""
    said = f" ({running[0].said})" if len(running) == 1 and running[0].said else ""
    oldest = max(map(tally.age, running))
    return f"waiting for {len(running)}: {named}{more}{said}, {duration(oldest)} ({tally.n} of {tally.of})"


def ended(event: Ended, environment: str, iaas: str, *, sentence: bool = False) -> str:
    """What was done, with counts, time and calls: as a log's line, or as a sentence."""
    if sentence:
        text = ended(event, environment, iaas)
        return (text if _done_nothing(event) else text[0].upper() + text[1:]) + "."
    cost = f" in {duration(event.seconds)}" + (f", {counted(event.calls, 'call')}" if event.calls else "")
    done = done_text(event.counts)
    if event.verb == "destroy":
        return f"destroyed {environment} on {iaas}: {done or 'nothing was there'}{cost}"
    if _done_nothing(event):
        return f"{as_it_is(environment, iaas, event.counts)}, 0 changed{cost}"
    kept = sum(event.counts.get(name, 0) for name in _KEPT)
    return f"paved {environment} on {iaas}: {done}{f', {kept} kept' if kept else ''}{cost}"


def _done_nothing(event: Ended) -> bool:
    return event.verb != "destroy" and not done_text(event.counts)


def done_text(counts: Mapping[str, int]) -> str:
    """`35 created, 2 changed`."""
    return ", ".join(f"{counts[name]} {PAST[name]}" for name in PAST if counts.get(name) and name not in _KEPT)


def recovered(event: Recovered) -> str:
    """What an earlier run left, and what a look at the world made of it."""
    at = f"{event.stopped_at:%H:%M:%SZ}"
    if not event.unanswered:
        return f"An earlier run stopped at {at}. Looked: {event.pending} still being made, 0 twice, 0 lost."
    number = len(event.unanswered)
    calls = f"{counted(number, 'call')} unanswered: {', '.join(event.unanswered)}"
    if number == 1:
        looked = "It is there, once." if event.there else "It is not there."
    else:
        looked = f"{event.there} of them are there, once each."
    return f"An earlier run broke off at {at} with {calls}. {looked}"


def stopping(calls: int) -> str:
    """What a first signal does."""
    finished = f"{counted(calls, 'call')} {'is' if calls == 1 else 'are'} being finished"
    return f"Stopping: nothing new is begun; {finished} (8 s at most). ^C again leaves at once."


def warned(event: Warned) -> str:
    """A warning and its facts on one line."""
    return "; ".join([event.what, *(f"{name} {value}" for name, value in event.facts.items())])


def _did(event: StepDone) -> str:
    return f"{PAST.get(event.action, event.action)} {event.key} {event.id}".rstrip()
