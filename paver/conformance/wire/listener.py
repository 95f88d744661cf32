"""One listening socket: it can be closed, so that connecting is refused, and opened again on the same address."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from paver.conformance.wire.route import Route, endpoint

JOIN = 5.0
"""Seconds to wait for a thread at the end; all of them are daemons."""


class Listener:
    """Listens for one route.

    Args:
        route: Whose listening address it is. Port 0 takes any at the first `open`, and that one ever after.
        accepted: Called with each connection, from this listener's thread.
    """

    def __init__(self, route: Route, accepted: Callable[[Route, socket.socket], None]) -> None:
        self.route = route
        self.address = endpoint(route.listen)
        self._accepted = accepted
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Listen. Raises OSError where the address is taken."""
        if self._socket is not None:
            return
        self._socket = listening = socket.create_server(self.address, backlog=128)
        self.address = listening.getsockname()[:2]
        self._thread = threading.Thread(
            target=self._accept, args=(listening,), name=f"wire {self.route.label}", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Listen no longer; when this returns, no connection comes any more."""
        if self._socket is None or self._thread is None:
            return
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the accept that waits on it
        self._socket.close()
        self._thread.join(JOIN)
        self._socket = self._thread = None

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            self._accepted(self.route, connection)
