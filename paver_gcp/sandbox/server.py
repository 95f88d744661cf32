"""The emulator behind one door: HTTP on loopback only, and gone when nobody asks for long enough."""

from __future__ import annotations

import threading
import time
from http.server import ThreadingHTTPServer

from paver.contract.serving import Handler
from paver_gcp.sandbox.call import Answer
from paver_gcp.sandbox.dispatch import Emulator

HOST = "127.0.0.1"
_LOOK = 0.05
"""Seconds until a server that is to stop has seen it."""


class Server:
    """One emulator in this process.

    Args:
        emulator: What answers.
        port: Where to listen on 127.0.0.1; 0: wherever there is room.
    """

    def __init__(self, emulator: Emulator, port: int = 0) -> None:
        self.emulator = emulator
        self.last = time.monotonic()
        """When the last request came."""
        server = self

        class Answering(Handler):
            server_version = "paver-sandbox"

            def answer(self) -> None:
                server.last = time.monotonic()
                data = self.whole()
                if data is not None:
                    headers = {name.lower(): value for name, value in self.headers.items()}
                    self.reply(server.emulator.answer(self.command, self.path, headers, data))

            def reply(self, answer: Answer) -> None:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.status != 204:  # noqa: PLR2004  HTTP's own number for an answer without a body
                    self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                if answer.status != 204:  # noqa: PLR2004  the same
                    self.wfile.write(answer.body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815  the base class's own names

        self._server = ThreadingHTTPServer((HOST, port), Answering)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_LOOK,), name="gcp-sandbox", daemon=True
        )
        emulator.url = self.url

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self._server.server_port}"

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more, and free the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
