"""What is kept of a message that passes: its size, and enough of its body to find ids in."""

from __future__ import annotations

from dataclasses import dataclass, field

from paver.conformance.wire.message import Head

KEPT = 1024 * 1024
"""Bytes of a body. What an upload or a download has beyond them names nothing."""


@dataclass(slots=True)
class Sample:
    """One message, filled while it passes. Its text stays in memory: bodies hold passwords, and no log shows them."""

    head: Head | None = field(default=None, repr=False)
    target: bytes = field(default=b"", repr=False)
    body: bytearray = field(default_factory=bytearray, repr=False)
    size: int = 0
    """Bytes of the body as it was framed."""

    def feed(self, piece: bytes) -> bytes:
        """Take note of a piece, and hand it on."""
        self.size += len(piece)
        self.body += piece[: max(0, KEPT - len(self.body))]
        return piece
