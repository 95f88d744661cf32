"""The kit's line before any HTTP server: a wire."""

from __future__ import annotations

from paver.conformance.target import Line
from paver.conformance.wire import Counts, Rates, Sort, Wire
from paver.conformance.wire.behaviour import Client, When


class WireLine(Line):
    """An open wire, in the kit's hands.

    Args:
        wire: Before every server of the site. Its voice is that of the site's protocol.
    """

    def __init__(self, wire: Wire) -> None:
        self.wire = wire

    def reset(self) -> None:
        """Behave, let go who is kept waiting, count from nothing."""
        self.wire.reset()
        self.wire.sever()

    def counts(self) -> Counts:
        """Requests since the last reset."""
        return self.wire.counts()

    def kill(self, client: Client, *, at: int, when: When) -> None:
        """SIGKILL the client at its `at`-th mutation."""
        self.wire.kill(client, at=at, when=when)

    def lose(self, at: int) -> None:
        """The answer to one mutation."""
        self.wire.lose(at)

    def faults(self, rate: float, *, seed: int, reads_only: bool = False) -> None:
        """Throttled, unavailable, reset, lost, truncated, stalled, so often together."""
        self.wire.faults(Rates.evenly(rate), seed=seed, only=Sort.READ if reads_only else None)

    def latency(self, seconds: float) -> None:
        """Before every request."""
        self.wire.latency(seconds)

    def silence(self) -> None:
        """Every request waits until its client leaves."""
        self.wire.silent()

    def stale(self, seconds: float) -> None:
        """Let reads lag; 0: no more. What `Site.stale` of a site with such a line does."""
        self.wire.stale(seconds)
