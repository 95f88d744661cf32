"""Everything that goes to stderr: heads, events, warnings, errors. Three ways to say it, chosen once a command."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from paver.cli.output.errors import error_json, error_lines, stopped_lines
from paver.cli.output.events import (
    ended,
    event_json,
    event_text,
    step_line,
    waiting_text,
)
from paver.cli.output.stream import write_lines
from paver.cli.output.tally import Tally
from paver.cli.output.terminal import Terminal, painted
from paver.contract.errors import PaverError, Stopped
from paver.engine.events import (
    Ended,
    Event,
    Planned,
    Recovered,
    StepDone,
    StepFailedEvent,
    StepStarted,
    Stopping,
    Warned,
)

if TYPE_CHECKING:
    from paver.cli.output.live import Tree

HEARTBEAT = 30.0
"""Seconds of silence after which a run that nobody watches says what it waits for."""
_ALWAYS = (StepFailedEvent, Stopping, Warned)


class Level(IntEnum):
    """How much is said."""

    QUIET = 0
    NORMAL = 1
    VERBOSE = 2


class Talk:
    """Base, and the way of a terminal that cannot redraw: lines without time.

    Args:
        terminal: Where it goes.
        level: How much is said.
    """

    def __init__(self, terminal: Terminal, level: Level) -> None:
        self.terminal = terminal
        self.level = level
        self.tally = Tally()
        self.environment = ""
        self.iaas = ""

    def about(self, environment: str, iaas: str) -> None:
        """What the command is about, for the lines that name it."""
        self.environment, self.iaas = environment, iaas

    def __call__(self, event: Event) -> None:
        """Tell an event."""
        self.tally.add(event)

    def say(self, *lines: str) -> None:
        """Lines for people; nothing where quiet."""
        if self.level > Level.QUIET:
            self._write(lines)

    def head(self, text: str) -> None:
        """What the command is about, once at its beginning."""
        self.say(text)

    def after(self, *lines: str) -> None:
        """Lines that only somebody who watches wants: where to go from here."""
        if self.terminal.watched:
            self.say(*lines)

    def error(self, error: PaverError) -> None:
        """How the command failed."""
        width = self.terminal.width
        lines = stopped_lines(error, self.tally, self.iaas, width) if isinstance(error, Stopped) else None
        self._write(lines or error_lines(error, width))

    def close(self) -> None:
        """Nothing more comes of this run."""

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Nothing moves while somebody is asked."""
        yield

    def _write(self, lines: Sequence[str]) -> None:
        paint = painted if self.terminal.colour_err else str
        write_lines(self.terminal.err, [paint(line) for line in lines])


class PlainTalk(Talk):
    """One line an event, UTC time first, and a line every 30 s while it waits. For logs."""

    def __init__(
        self,
        terminal: Terminal,
        level: Level,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(terminal, level)
        self.tally = Tally(clock)
        self._clock = clock
        self._now = now
        self._last = clock()
        self._over = threading.Event()
        self._heart: threading.Thread | None = None

    def __call__(self, event: Event) -> None:
        """One line, where the event is worth one."""
        super().__call__(event)
        text = event_text(event, self.environment, self.iaas, verbose=self.level is Level.VERBOSE)
        if text and (self.level > Level.QUIET or isinstance(event, _ALWAYS)):
            self._tell(event.time, text)
        if isinstance(event, StepStarted) and self._heart is None and self.level > Level.QUIET:
            self._heart = threading.Thread(target=self._keep_beating, name="paver-heartbeat", daemon=True)
            self._heart.start()

    def say(self, *lines: str) -> None:
        """Lines with their time; blank ones space what a person reads, and this is a log."""
        if self.level > Level.QUIET:
            for line in filter(None, lines):
                self._tell(self._now(), line)

    def beat(self) -> None:
        """Say what is waited for, where nothing was said for a while."""
        text = waiting_text(self.tally)
        if text and self._clock() - self._last >= HEARTBEAT:
            self._tell(self._now(), text)

    def close(self) -> None:
        """Let the heartbeat end."""
        self._over.set()

    def _keep_beating(self) -> None:
        while not self._over.wait(1.0):
            self.beat()

    def _tell(self, at: datetime, text: str) -> None:
        self._last = self._clock()
        self._write([f"{at:%H:%M:%SZ} {line}" for line in text.splitlines()])


class JsonTalk(Talk):
    """One JSON object a line; an error is the last."""

    def __call__(self, event: Event) -> None:
        """One object."""
        super().__call__(event)
        self._put(event_json(event))

    def say(self, *lines: str) -> None:
        """Words are for people: nothing."""

    def error(self, error: PaverError) -> None:
        """The error as an object."""
        self._put({"time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", **error_json(error)})

    def _put(self, found: dict[str, Any]) -> None:
        write_lines(self.terminal.err, [json.dumps(found, ensure_ascii=False, separators=(",", ":"), default=str)])


class WatchedTalk(Talk):
    """A live tree while steps run, sentences before and after it."""

    def __init__(self, terminal: Terminal, level: Level) -> None:
        super().__init__(terminal, level)
        self._tree: Tree | None = None

    def __call__(self, event: Event) -> None:
        """A line above the tree, or a change in it."""
        super().__call__(event)
        if isinstance(event, StepStarted) and self._tree is None and self.level > Level.QUIET:
            self._write([""])
            self._tree = _tree(self.terminal, self.tally)
        if isinstance(event, Ended):
            self.close()
        if isinstance(event, Stopping) and self._tree is None:
            self._write([""])  # the terminal has echoed ^C where the next line would begin
        text = self._words(event)
        if text and (self.level > Level.QUIET or isinstance(event, _ALWAYS)):
            self._write(text.splitlines())

    def _words(self, event: Event) -> str:
        if isinstance(event, StepDone | StepFailedEvent):
            return step_line(event, self._tree.width) if self._tree else step_line(event)
        if isinstance(event, Ended):
            return ended(event, self.environment, self.iaas, sentence=True)
        if isinstance(event, Planned):
            return ""  # consent shows the plan itself
        text = event_text(event, self.environment, self.iaas, verbose=self.level is Level.VERBOSE)
        return text if isinstance(event, Recovered | Stopping | Warned) or not text else f"  {text}"

    def error(self, error: PaverError) -> None:
        """After the tree has gone."""
        echoed = isinstance(error, Stopped) and not self.tally.stopping
        had = self._tree is not None
        self.close()
        if had or echoed:
            self._write([""])
        super().error(error)

    def close(self) -> None:
        """Take the tree away; what scrolled up stays."""
        if self._tree is not None:
            self._tree.close()
            self._tree = None

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """The tree is away while somebody is asked; the next step brings it back."""
        self.close()
        yield

    def _write(self, lines: Sequence[str]) -> None:
        if self._tree is None:
            super()._write(lines)
            return
        for line in lines:
            self._tree.print(line)


def talk_for(terminal: Terminal, level: Level, *, as_json: bool) -> Talk:
    """The way that fits the flags and the terminal."""
    if as_json:
        return JsonTalk(terminal, level)
    return WatchedTalk(terminal, level) if terminal.watched else PlainTalk(terminal, level)


def _tree(terminal: Terminal, tally: Tally) -> Tree:
    from paver.cli.output.live import Tree  # noqa: PLC0415  rich loads on a terminal that is watched, and only there

    return Tree(terminal, tally)
