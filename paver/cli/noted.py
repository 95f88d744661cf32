"""What a run that changes nothing warned of, kept for its result."""

from __future__ import annotations

from paver.engine.events import Event, Warned


class Noted:
    """A listener that keeps warnings and lets all else go by."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def __call__(self, event: Event) -> None:
        """Note it, if it is one."""
        if isinstance(event, Warned):
            self.warnings.append(event.what)
