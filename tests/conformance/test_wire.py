from __future__ import annotations

import http.client
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from upstream import Upstream, write_certificate

from paver.conformance.wire import Route, Sort, Wire

CLIENT = """
import http.client, sys
connection = http.client.HTTPConnection(sys.argv[1], timeout=20)
for number in range(5):
    connection.request("PUT", f"/{number}", b"x")
    connection.getresponse().read()
    print("answered", number, flush=True)
"""


@pytest.fixture
def server() -> Iterator[Upstream]:
    with closing(Upstream()) as upstream:
        yield upstream


@pytest.fixture
def wire(server: Upstream) -> Iterator[Wire]:
    with Wire(Route("127.0.0.1:0", server.address, name="server")) as opened:
        yield opened


@pytest.fixture
def client(wire: Wire) -> Iterator[http.client.HTTPConnection]:
    with closing(http.client.HTTPConnection(wire.address(), timeout=20)) as connection:
        yield connection


def ask(connection: http.client.HTTPConnection, verb: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    connection.request(verb, path, body)
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_requests_of_one_connection_share_one_upstream_connection(
    wire: Wire, server: Upstream, client: http.client.HTTPConnection
) -> None:
    for path in ("/a", "/chunked", "/missing", "/b"):
        ask(client, "GET", path)
    assert server.connections == 1
    assert [(one.number, one.operation, one.status) for one in wire.exchanges] == [
        (1, "GET /a", 200),
        (2, "GET /chunked", 200),
        (3, "GET /missing", 404),
        (4, "GET /b", 200),
    ]
    assert {one.route for one in wire.exchanges} == {"server"}


@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [
        ("GET", "/chunked", b"one two"),
        ("GET", "/until-closed", b"all there is"),
        ("GET", "/plain", b"0 bytes"),
        ("HEAD", "/plain", b""),
    ],
)
def test_an_answer_arrives_whole_in_every_framing(
    client: http.client.HTTPConnection, verb: str, path: str, body: bytes
) -> None:
    assert ask(client, verb, path) == (200, body)


def test_a_chunked_upload_arrives_byte_for_byte(server: Upstream, client: http.client.HTTPConnection) -> None:
    pieces = [bytes([number]) * 70_000 for number in range(5)]
    client.request("PUT", "/upload", iter(pieces), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
    assert client.getresponse().read() == b"350000 bytes"
    assert server.acted == [("PUT", "/upload", b"".join(pieces))]


def test_the_method_of_a_chunked_soap_body_is_read(wire: Wire, client: http.client.HTTPConnection) -> None:
    pieces = [b"<Envelope><Body><Crea", b"teFolder/></Body></Envelope>"]
    headers = {"Content-Type": "text/xml", "Transfer-Encoding": "chunked"}
    client.request("POST", "/sdk", iter(pieces), encode_chunked=True, headers=headers)
    assert client.getresponse().read() == b"49 bytes"
    assert [(one.operation, one.mutating) for one in wire.exchanges] == [("CreateFolder", True)]


def test_an_upload_begins_to_arrive_before_it_ends(server: Upstream, wire: Wire) -> None:
    host, port = wire.address().split(":")
    with socket.create_connection((host, int(port)), timeout=20) as raw:
        raw.sendall(b"PUT /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 100")
        raw.sendall(b"ab")
        deadline = time.monotonic() + 10
        while server.connections == 0 or wire.count(Sort.MUTATION) == 0:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        raw.sendall(b"cd")
        answer = b""
        while b"4 bytes" not in answer:
            piece = raw.recv(1000)
            assert piece, answer
            answer += piece
    assert server.acted == [("PUT", "/slow", b"abcd")]


def test_counts_tell_what_changes_from_what_reads(wire: Wire, client: http.client.HTTPConnection) -> None:
    for verb, path in [("GET", "/a"), ("PUT", "/a"), ("DELETE", "/a"), ("POST", "/api/session")]:
        ask(client, verb, path)
    assert (wire.count(Sort.READ), wire.count(Sort.MUTATION), wire.count(Sort.BOOKKEEPING)) == (1, 2, 1)
    wire.reset()
    assert (wire.count(Sort.READ), wire.count(Sort.MUTATION), wire.exchanges) == (0, 0, ())


def test_latency_is_added_to_every_request_until_reset(wire: Wire, client: http.client.HTTPConnection) -> None:
    wire.latency(0.2)
    ask(client, "GET", "/a")
    seconds = wire.exchanges[0].seconds
    assert seconds is not None
    assert seconds >= 0.2
    wire.reset()
    ask(client, "GET", "/a")
    seconds = wire.exchanges[0].seconds
    assert seconds is not None
    assert seconds < 0.2


@pytest.mark.parametrize(("when", "acted"), [("before", 2), ("after", 3)])
def test_the_client_dies_at_its_third_mutation(wire: Wire, server: Upstream, when: str, acted: int) -> None:
    victims: list[subprocess.Popen[str]] = []

    def strike() -> None:
        victims[0].kill()

    wire.kill(strike, at=3, when="before" if when == "before" else "after")
    # Held back, so that the process is known before its third request.
    wire.latency(0.1)
    with subprocess.Popen([sys.executable, "-c", CLIENT, wire.address()], stdout=subprocess.PIPE, text=True) as process:
        victims.append(process)
        out, _ = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
    assert out.splitlines() == ["answered 0", "answered 1"]
    assert [path for _, path, _ in server.acted] == ["/0", "/1", "/2"][:acted]
    assert wire.exchanges[-1].fate == f"killed {when}"


def test_a_process_id_is_killed_and_the_next_client_is_served(wire: Wire, server: Upstream) -> None:
    command = [sys.executable, "-c", "input()\n" + CLIENT, wire.address()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        wire.kill(process.pid, at=1, when="before")
        process.communicate("\n", timeout=30)
    assert process.returncode == -signal.SIGKILL
    assert server.acted == []
    again = subprocess.run(
        [sys.executable, "-c", CLIENT, wire.address()], capture_output=True, text=True, timeout=30, check=True
    )
    assert len(again.stdout.splitlines()) == len(server.acted) == 5


def test_an_answer_is_lost_after_the_upstream_acted(
    wire: Wire, server: Upstream, client: http.client.HTTPConnection
) -> None:
    wire.lose(2)
    ask(client, "PUT", "/a")
    ask(client, "GET", "/a")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        ask(client, "PUT", "/b")
    client.close()
    assert ask(client, "PUT", "/c") == (200, b"0 bytes")
    assert [path for verb, path, _ in server.acted if verb == "PUT"] == ["/a", "/b", "/c"]
    assert [one.fate for one in wire.exchanges] == ["", "", "lost", ""]


def test_a_request_that_has_come_already_cannot_be_struck(wire: Wire, client: http.client.HTTPConnection) -> None:
    ask(client, "PUT", "/a")
    with pytest.raises(ValueError, match="1 have been seen"):
        wire.lose(1)


def test_an_upstream_may_come_up_later_and_its_certificate_too(tmp_path: Path) -> None:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    crt, key = tmp_path / "server.crt", tmp_path / "server.key"
    with Wire(Route("127.0.0.1:0", f"127.0.0.1:{port}", crt, key)) as wire:
        host, front = wire.address().split(":")
        with closing(http.client.HTTPConnection(host, int(front), timeout=20)) as early, pytest.raises(OSError):  # noqa: PT011  however it ends
            ask(early, "GET", "/")
        write_certificate(tmp_path)
        with closing(Upstream((crt, key), port)) as server:
            context = ssl.create_default_context(cafile=str(crt))
            with closing(http.client.HTTPSConnection(host, int(front), timeout=20, context=context)) as late:
                assert ask(late, "PUT", "/", b"now") == (200, b"3 bytes")
            assert len(server.acted) == 1


def test_a_pinned_client_sees_the_upstreams_own_certificate(tmp_path: Path) -> None:
    crt, key = write_certificate(tmp_path)
    with closing(Upstream((crt, key))) as server, Wire(Route("127.0.0.1:0", server.address, crt, key)) as wire:
        host, port = wire.address().split(":")
        assert ssl.get_server_certificate((host, int(port))).strip() == crt.read_text().strip()
        context = ssl.create_default_context(cafile=str(crt))
        with closing(http.client.HTTPSConnection(host, int(port), timeout=20, context=context)) as client:
            for _ in range(3):
                assert ask(client, "GET", "/chunked") == (200, b"one two")
        assert wire.count(Sort.READ) == 3


def test_another_server_behind_the_route_is_refused(tmp_path: Path) -> None:
    stranger = write_certificate(tmp_path, "stranger")
    crt, key = write_certificate(tmp_path)
    with closing(Upstream(stranger)) as server, Wire(Route("127.0.0.1:0", server.address, crt, key)) as wire:
        host, port = wire.address().split(":")
        context = ssl.create_default_context(cafile=str(crt))
        stranger_seen = closing(http.client.HTTPSConnection(host, int(port), timeout=20, context=context))
        with stranger_seen as client, pytest.raises(OSError):  # noqa: PT011  however it ends
            ask(client, "GET", "/")
        assert server.acted == []


def test_two_routes_share_one_count(tmp_path: Path) -> None:
    with closing(Upstream()) as one, closing(Upstream()) as two:
        with Wire(Route("127.0.0.1:0", one.address, name="one"), Route("127.0.0.1:0", two.address, name="two")) as wire:
            wire.lose(2)
            with closing(http.client.HTTPConnection(wire.address(0), timeout=20)) as first:
                ask(first, "PUT", "/a")
            with closing(http.client.HTTPConnection(wire.address(1), timeout=20)) as second, pytest.raises(OSError):  # noqa: PT011  however it ends
                ask(second, "PUT", "/b")
            assert [(exchange.number, exchange.route) for exchange in wire.exchanges] == [(1, "one"), (2, "two")]
        assert len(two.acted) == 1


def test_closing_severs_what_is_open(server: Upstream) -> None:
    with Wire(Route("127.0.0.1:0", server.address)) as wire:
        address = wire.address()
        client = http.client.HTTPConnection(address, timeout=20)
        ask(client, "GET", "/a")
    with closing(client), pytest.raises(OSError):  # noqa: PT011  reset or end of stream
        ask(client, "GET", "/b")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(address.split(":")[1])), timeout=5)


def test_connections_are_refused_until_it_serves_again(
    wire: Wire, server: Upstream, client: http.client.HTTPConnection
) -> None:
    ask(client, "PUT", "/a")
    wire.refuse()
    with pytest.raises(OSError):  # noqa: PT011  however the end of an open connection shows
        ask(client, "PUT", "/b")
    client.close()
    with pytest.raises(ConnectionRefusedError):
        ask(client, "PUT", "/c")
    client.close()
    wire.serve()
    assert ask(client, "PUT", "/d")[0] == 200
    assert [path for _, path, _ in server.acted] == ["/a", "/d"]


def test_counts_are_told_together_and_sizes_with_each_exchange(wire: Wire, client: http.client.HTTPConnection) -> None:
    ask(client, "PUT", "/a", b"x" * 70_000)
    ask(client, "GET", "/b")
    ask(client, "DELETE", "/api/session")
    assert wire.counts() == (1, 1, 1)
    assert [(one.sent, one.received) for one in wire.exchanges] == [(70_000, 11), (0, 7), (0, 7)]


def test_what_passes_stands_in_no_log(wire: Wire, client: http.client.HTTPConnection) -> None:
    ask(client, "PUT", "/a?token=planted-secret", b"planted-secret")
    assert "planted" not in repr(wire.exchanges)
