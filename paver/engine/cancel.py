"""How a caller stops a run: from a signal handler, another thread, or a callback."""

from __future__ import annotations

import threading


class Cancel:
    """Set once, seen by every thread of the run. `exit_code` is what the command ends with (130, 143)."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self.exit_code = 130

    def set(self, exit_code: int = 130) -> None:
        """Begin nothing new; finish the calls in flight."""
        self.exit_code = exit_code
        self._event.set()

    @property
    def is_set(self) -> bool:
        """Whether the run is to stop."""
        return self._event.is_set()
