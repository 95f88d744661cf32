"""The shared lease: one slip of text where all who work on an environment can see it, replaced by comparison only.

What the slip says, when it is renewed and who may take it over is the engine's. Whoever serves one (a driver's session,
a secret store) does three small things, each in one call, and no retries.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Slip(NamedTuple):
    """What a place has."""

    text: str
    version: str
    """Opaque, and another one after every write: an ETag, a generation, a counter."""


class LeasePlace(Protocol):
    """Where one environment's slip lies. Its methods may be called from any thread.

    They raise the contract's errors as a Kind does: `OutcomeUnknown` where a write may or may not have happened.
    """

    @property
    def place(self) -> str:
        """Where it is, for people. Never a secret."""

    def read(self) -> Slip | None:
        """What is there now, never an older one; None: nothing is."""

    def write(self, text: str, over: str | None) -> str | None:
        """Put a slip down and return its version, if what is there is still what the caller saw.

        Args:
            text: The new slip.
            over: The version that it replaces; None: there must be none.

        Returns:
            None where somebody else was faster: nothing was written.
        """

    def clear(self, over: str) -> bool:
        """Take the slip away, if its version is still that one. Returns whether it was."""
