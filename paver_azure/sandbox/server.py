"""The emulator behind TLS, on loopback only."""

from __future__ import annotations

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from paver.contract.serving import Handler
from paver_azure.sandbox.certificates import issue
from paver_azure.sandbox.message import Answer, Request
from paver_azure.sandbox.world import World

HOST = "127.0.0.1"
_LOOK = 0.05
"""Seconds until a server that is to stop has seen it."""
CA, CERTIFICATE, KEY = "ca.pem", "server.pem", "server.key"


class Server:
    """One world, reached by HTTPS.

    Args:
        world: What answers.
        directory: Where the certificate, its key and its authority's certificate go.
        port: Where to listen on 127.0.0.1; 0: wherever there is room.
    """

    def __init__(self, world: World, directory: Path, port: int = 0) -> None:
        issued = issue(HOST)
        for name, pem in zip((CA, CERTIFICATE, KEY), issued, strict=True):
            path = directory / name
            path.touch(mode=0o600)
            path.write_bytes(pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(directory / CERTIFICATE, directory / KEY)
        self._server = _Listening((HOST, port), _handler(world), context)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_LOOK,), name="azure", daemon=True)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"https://{HOST}:{self._server.server_port}"

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more, and free the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Listening(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext
    ) -> None:
        self._context = context
        super().__init__(address, handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Greet in the connection's own thread: whoever never does keeps nobody else waiting."""
        with self._context.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: clients that are killed hang up, which is what they are for here."""


def _handler(world: World) -> type[BaseHTTPRequestHandler]:
    class Answering(Handler):
        def answer(self) -> None:
            body = self.whole()
            if body is not None:
                base = f"https://{self.headers.get('Host', '')}"
                self._send(world.serve(Request.read(self.command, base, self.path, dict(self.headers), body)))

        def _send(self, answer: Answer) -> None:
            payload = answer.payload
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json; charset=utf-8", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(payload)

        do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = do_HEAD = answer  # noqa: N815  as the base looks them up

    return Answering
