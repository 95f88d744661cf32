"""How a caller stops a run: from a signal handler, another thread, or a callback."""

from __future__ import annotations

from collections.abc import Callable


class Cancel:
    """Set once, seen by the whole run. `exit_code` is what the command ends with (130, 143)."""

    def __init__(self) -> None:
        self._set = False
        self._listeners: list[Callable[[], object]] = []
        self.exit_code = 130

    def set(self, exit_code: int = 130) -> None:
        """Begin nothing new; finish the calls in flight. Safe in a signal handler."""
        if not self._set:
            self.exit_code = exit_code
            self._set = True
            for listener in tuple(self._listeners):
                listener()

    @property
    def is_set(self) -> bool:
        """Whether the run is to stop."""
        return self._set

    def subscribe(self, listener: Callable[[], object]) -> None:
        """Call `listener` when it is set; at once where it is already."""
        self._listeners.append(listener)
        if self._set:
            listener()

    def unsubscribe(self, listener: Callable[[], object]) -> None:
        """Forget a listener."""
        self._listeners.remove(listener)
