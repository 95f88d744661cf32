"""What may become of a request, by name, as the log tells it."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """One way in which a request goes wrong. `upstream` says whether the server has acted on it then."""

    THROTTLED = "throttled"
    """Refused with a request for patience: 429 and Retry-After, or what the protocol has for it."""
    UNAVAILABLE = "unavailable"
    """Refused for the moment: 503, or what the protocol has for it."""
    RESET = "reset"
    """The connection is reset before the upstream sees the request."""
    LOST = "lost"
    """The upstream acted; the connection closes without an answer."""
    TRUNCATED = "truncated"
    """The upstream acted; the answer ends in the middle of its body, where it has none in its first line."""
    STALLED = "stalled"
    """The upstream acted; the answer comes late."""
    SILENT = "silent"
    """Accepted and never answered; the upstream does not see it."""
    DRIPPED = "dripped"
    """The upstream acted; the answer comes a few bytes a second."""

    @property
    def upstream(self) -> bool:
        """Whether the upstream sees the request."""
        return self not in {Fault.THROTTLED, Fault.UNAVAILABLE, Fault.RESET, Fault.SILENT}
