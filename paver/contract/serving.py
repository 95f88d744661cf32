"""What emulators behind Python's own HTTP server have in common."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler


class Handler(BaseHTTPRequestHandler):
    """Serves HTTP/1.1 and keeps no log."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def whole(self) -> bytes | None:
        """The request's body; None where the client went before it was all sent: then nothing is done or answered."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) == length:
            return body
        self.close_connection = True
        return None

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's own name
        """Nothing: a sandbox's log is for what went wrong."""
