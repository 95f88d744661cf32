"""A bound on a whole answer. A timeout of a socket bounds one read: a peer that drips keeps it waiting for ever."""

from __future__ import annotations

import ssl
import time
from typing import Any


class PatientSocket(ssl.SSLSocket):
    """Reads to a given end, in however many reads that takes. For `ssl.SSLContext.sslsocket_class`."""

    _ends: float | None = None

    def be_patient(self, seconds: float | None) -> None:
        """Bound each operation by itself."""
        self._ends = None
        self.settimeout(seconds)

    def end_in(self, seconds: float | None) -> None:
        """Bound all reads from now on together."""
        self._ends = None if seconds is None else time.monotonic() + seconds

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:  # noqa: ANN401  as ssl has it
        """Read what is there. Raises TimeoutError past the end: every reader of the connection reads through here."""
        if self._ends is not None:
            left = self._ends - time.monotonic()
            if left <= 0:
                raise TimeoutError("the answer came too slowly")
            self.settimeout(left)
        return super().recv_into(buffer, nbytes, flags)
