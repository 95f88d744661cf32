"""Stale reads: an answer shows the world as it was some seconds ago.

The proxy knows the world only by what was asked. So every read goes to the upstream, whose answer is kept with its
time; what the client is given may be an earlier one. With a lag of S seconds, a read at the time t is answered so:

1. Where no change ended since t - S, and none is on its way, there is nothing to hide: the live answer.
2. Else by an earlier answer to the same question that shows every change which ended before t - S: the newest of those
   given before t - S, or, where there is none, the oldest of those given since.
3. Where no such answer is known, by the live one.

So a change is hidden from a read that was asked before it, for S seconds at the most and never for longer. What this
does not model: a question that was never asked before a change is answered live, and shows it; a change that did not
pass the wire (by hand, or a thing that becomes ready by itself) is hidden only while another is; an object is never
both there and not there, as it may be at a server with several replicas; answers in several pages, and bodies larger
than `KEPT`, are always live.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from paver.conformance.wire.request import Only, Request, meant
from paver.conformance.wire.sameness import Same, same

KEPT = 32 * 1024 * 1024
"""Bytes of an answer that is kept."""
_ABSENT = 404
_REFUSED = 400


@dataclass(frozen=True, slots=True)
class Recording:
    """An answer as it was given."""

    asked: float
    """When the question went to the upstream: every change that had ended by then is in it."""
    told: float
    """When the answer was there."""
    start: bytes = field(repr=False)
    """Its status line."""
    lines: tuple[bytes, ...] = field(repr=False)
    """Those of its headers that are about its body."""
    body: bytes = field(repr=False)
    """Without framing."""


@dataclass(slots=True)
class Past:
    """What is known of the world before now. Not safe to use from two threads at one time.

    Args:
        seconds: How far reads lag.
        only: Which reads lag.
        same: Their key.
    """

    seconds: float
    only: Only = None
    same: Same = same
    _answers: dict[bytes, list[Recording]] = field(default_factory=dict)
    _changes: dict[int, float] = field(default_factory=dict)
    """By the exchange's number, when a change ended that may have to be hidden; not yet: infinity."""
    _shown: float = -math.inf
    """When the newest change ended that every answer must show."""

    def key(self, request: Request) -> bytes | None:
        """Its key, where the request is one that lags."""
        return self.same(request) if meant(self.only, request) else None

    def change(self, number: int) -> None:
        """A change goes to the upstream."""
        self._changes[number] = math.inf

    def changed(self, number: int, status: int | None, now: float) -> None:
        """It has ended. One that was refused changed nothing; one whose answer is missing may have."""
        if number not in self._changes:
            return
        refused = status is not None and _REFUSED <= status < 500  # noqa: PLR2004  a client's error, HTTP's own number
        if refused:
            del self._changes[number]
        else:
            self._changes[number] = now

    def keep(self, key: bytes, recording: Recording) -> None:
        """Note an answer."""
        status = int(recording.start.split(None, 2)[1])
        if status >= _REFUSED and status != _ABSENT:
            return
        known = self._answers.setdefault(key, [])
        if known and known[-1].body == recording.body:  # polls of what does not change share one body
            recording = Recording(recording.asked, recording.told, recording.start, recording.lines, known[-1].body)
        known.append(recording)
        known.sort(key=lambda one: one.told)

    def older(self, key: bytes, now: float) -> Recording | None:
        """The answer that a read is given in place of the live one; None: the live one."""
        then = now - self.seconds
        known = self._answers.get(key, [])
        # Nothing older than the newest answer from before `then` is ever wanted again: time only goes on.
        past = [one for one in known if one.told <= then]
        if past:
            known[:] = [past[-1], *(one for one in known if one.told > then)]
        hidden = {number: ended for number, ended in self._changes.items() if ended > then}
        self._shown = max([self._shown, *(ended for ended in self._changes.values() if ended <= then)])
        self._changes = hidden
        if not hidden:
            return None
        fitting = [one for one in known if one.asked >= self._shown]
        before = [one for one in fitting if one.told <= then]
        return before[-1] if before else fitting[0] if fitting else None
