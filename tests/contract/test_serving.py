"""What an emulator does with a request that came in part: a client that is killed leaves such."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import HTTPServer

import pytest

from paver.contract.serving import Handler

LONGEST = 10.0
HEAD = b"PUT /thing HTTP/1.1\r\nHost: sandbox\r\nContent-Length: 4\r\n\r\n"


class Listening(HTTPServer):
    done: list[bytes]


class Answering(Handler):
    def do_PUT(self) -> None:  # noqa: N802  the base looks it up by this name
        body = self.whole()
        if body is not None:
            assert isinstance(self.server, Listening)
            self.server.done.append(body)
            self.send_response(204)
            self.end_headers()


@pytest.fixture
def server() -> Iterator[Listening]:
    with Listening(("127.0.0.1", 0), Answering) as listening:
        listening.done = []
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield listening
        listening.shutdown()
        thread.join(LONGEST)


def sent(server: Listening, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.server_port), LONGEST) as client:
        client.sendall(request)
        client.shutdown(socket.SHUT_WR)
        return client.recv(1000)


@pytest.mark.parametrize("body", [b"", b"bod"])
def test_a_request_that_came_in_part_is_neither_done_nor_answered(server: Listening, body: bytes) -> None:
    assert sent(server, HEAD + body) == b""
    assert server.done == []


def test_a_whole_one_is(server: Listening) -> None:
    assert sent(server, HEAD + b"body").startswith(b"HTTP/1.1 204 ")
    assert server.done == [b"body"]
