"""SIGINT and SIGTERM: the first one asks the run to stop, the second leaves at once."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from types import FrameType

from paver.contract.errors import Stopped
from paver.engine.cancel import Cancel

SHOW_CURSOR = b"\x1b[?25h"
_WATCHED = (signal.SIGINT, signal.SIGTERM)


class Signals:
    """What a signal does, and the cancel that a run looks at.

    While nothing listens to the cancel (a prompt, a file being read) the first signal ends the command by itself.
    """

    def __init__(self) -> None:
        self.cancel = Cancel()
        self._heard = False
        self._seen = False

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Handle signals, and put back what handled them before."""
        before = {number: signal.signal(number, self._handle) for number in _WATCHED}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextlib.contextmanager
    def heard(self) -> Iterator[Cancel]:
        """A run looks at the cancel: a signal sets it, and the run ends in its own time."""
        self._heard = True
        try:
            yield self.cancel
        finally:
            self._heard = False

    @contextlib.contextmanager
    def unheard(self) -> Iterator[None]:
        """The run waits for a person: a signal ends it here."""
        before, self._heard = self._heard, False
        try:
            yield
        finally:
            self._heard = before

    def _handle(self, number: int, frame: FrameType | None) -> None:
        del frame
        code = 128 + number
        if self._seen:
            # Even a cursor that a live tree had hidden is given back; nothing else can wait.
            with contextlib.suppress(OSError):
                if os.isatty(2):
                    os.write(2, SHOW_CURSOR)
            os._exit(code)
        self._seen = True
        if not self._heard:
            raise Stopped("stopped", exit_code=code)
        self.cancel.set(code)
