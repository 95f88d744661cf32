from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from upstream import Upstream, certified, write_certificate

from paver.conformance.wire import VOICES, Fault, Rates, Request, Route, Sort, Wire

LONG = 20.0
"""A client's patience where a test does not try it."""


@pytest.fixture(params=["plain", "secured"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Upstream]:
    with closing(Upstream(write_certificate(tmp_path) if request.param == "secured" else None)) as upstream:
        yield upstream


@pytest.fixture
def wire(server: Upstream) -> Iterator[Wire]:
    with Wire(Route("127.0.0.1:0", server.address, *(server.certificate or (None, None)))) as opened:
        yield opened
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("wire")]


@pytest.fixture
def client(wire: Wire, server: Upstream) -> Iterator[http.client.HTTPConnection]:
    with closing(connect(wire, server)) as connection:
        yield connection


def connect(wire: Wire, server: Upstream, timeout: float = LONG) -> http.client.HTTPConnection:
    host, port = wire.address().split(":")
    if server.certificate is None:
        return http.client.HTTPConnection(host, int(port), timeout=timeout)
    return http.client.HTTPSConnection(host, int(port), timeout=timeout, context=certified(server.certificate[0]))


def ask(connection: http.client.HTTPConnection, verb: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    connection.request(verb, path, body)
    answer = connection.getresponse()
    return answer.status, answer.read()


def acted(server: Upstream) -> list[str]:
    return [path for _, path, _ in server.acted]


@pytest.mark.parametrize(("fault", "status"), [("throttled", 429), ("unavailable", 503)])
def test_a_refused_request_never_reaches_the_upstream_and_the_connection_goes_on(
    fault: str, status: int, wire: Wire, server: Upstream, client: http.client.HTTPConnection
) -> None:
    wire.faults(Rates(**{fault: 1.0}), only="PUT /a", retry_after=7)
    client.request("PUT", "/a", b"x" * 300_000)
    answer = client.getresponse()
    assert (answer.status, answer.getheader("Retry-After")) == (status, "7")
    answer.read()
    assert ask(client, "PUT", "/b", b"xy") == (200, b"2 bytes")
    assert acted(server) == ["/b"]
    assert server.connections == 1
    assert [(one.fate, one.status) for one in wire.exchanges] == [(fault, status), ("", 200)]


def test_a_refusal_is_said_in_the_voice_that_was_given(server: Upstream) -> None:
    route = Route("127.0.0.1:0", server.address, *(server.certificate or (None, None)))
    with Wire(route, voice=VOICES["ec2"]) as wire, closing(connect(wire, server)) as client:
        wire.faults(Rates(throttled=1.0))
        status, body = ask(client, "POST", "/")
        assert status == 503
        assert b"<Code>RequestLimitExceeded</Code>" in body


def test_a_reset_comes_before_the_upstream_sees_anything(
    wire: Wire, server: Upstream, client: http.client.HTTPConnection
) -> None:
    wire.faults(Rates(reset=1.0))
    with pytest.raises(ConnectionResetError) as found:
        ask(client, "PUT", "/a")
    if server.certificate is None:  # past TLS a reset may look like an orderly end
        assert not isinstance(found.value, http.client.RemoteDisconnected)
    assert acted(server) == []
    assert [(one.fate, one.status) for one in wire.exchanges] == [("reset", None)]


def test_a_lost_answer_leaves_what_the_upstream_did(
    wire: Wire, server: Upstream, client: http.client.HTTPConnection
) -> None:
    wire.faults(Rates(lost=1.0))
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        ask(client, "PUT", "/a")
    assert acted(server) == ["/a"]
    assert [(one.fate, one.status) for one in wire.exchanges] == [("lost", 200)]


@pytest.mark.parametrize("path", ["/long", "/chunked", "/short"])
def test_a_truncated_answer_ends_in_its_middle(
    path: str, wire: Wire, server: Upstream, client: http.client.HTTPConnection
) -> None:
    wire.faults(Rates(truncated=1.0))
    client.request("GET", path)
    answer = client.getresponse()
    with pytest.raises(http.client.IncompleteRead) as cut:
        answer.read()
    assert len(cut.value.partial) < len(server.whole(path))
    assert server.whole(path).startswith(cut.value.partial)
    assert [one.fate for one in wire.exchanges] == ["truncated"]
    assert 0 < wire.exchanges[0].received < len(server.whole(path)) + 40  # framing included


@pytest.mark.parametrize("path", ["/empty", "/one"])
def test_an_answer_with_no_body_to_cut_is_cut_in_its_first_line(
    path: str, wire: Wire, client: http.client.HTTPConnection
) -> None:
    wire.faults(Rates(truncated=1.0))
    with pytest.raises(http.client.BadStatusLine):
        ask(client, "GET", path)


def test_an_answer_that_only_its_end_ends_is_cut_by_a_reset(
    wire: Wire, server: Upstream, client: http.client.HTTPConnection
) -> None:
    wire.faults(Rates(truncated=1.0))
    if server.certificate is None:
        with pytest.raises(ConnectionResetError):
            ask(client, "GET", "/until-closed")
    else:  # past TLS a reset may look like an orderly end
        assert ask(client, "GET", "/until-closed") == (200, b"all th")


def test_a_stalled_answer_comes_late_and_whole(
    wire: Wire, server: Upstream, client: http.client.HTTPConnection
) -> None:
    wire.faults(Rates(stalled=1.0), stall=0.4)
    began = time.monotonic()
    assert ask(client, "PUT", "/a", b"abc") == (200, b"3 bytes")
    assert 0.4 <= time.monotonic() - began < 5
    assert ask(client, "PUT", "/b") == (200, b"0 bytes")
    assert acted(server) == ["/a", "/b"]


def test_a_silent_wire_accepts_and_never_answers(wire: Wire, server: Upstream) -> None:
    wire.silent()
    with closing(connect(wire, server, timeout=0.5)) as client, pytest.raises(TimeoutError):
        ask(client, "PUT", "/a", b"x" * 200_000)
    assert acted(server) == []
    assert wire.fates() == {"silent": 1}
    wire.reset()
    with closing(connect(wire, server)) as client:
        assert ask(client, "PUT", "/b") == (200, b"0 bytes")


def test_without_a_handshake_not_even_the_connection_is_answered(wire: Wire, server: Upstream) -> None:
    wire.silent(handshake=False)
    with closing(connect(wire, server, timeout=0.5)) as client, pytest.raises(TimeoutError):
        ask(client, "GET", "/a")
    assert (acted(server), wire.exchanges) == ([], ())


def test_an_answer_drips(wire: Wire, client: http.client.HTTPConnection) -> None:
    wire.drip(200)
    began = time.monotonic()
    assert ask(client, "GET", "/short") == (200, b"short")
    assert time.monotonic() - began > 0.3  # the head's bytes count
    assert wire.fates() == {"dripped": 1}


def test_a_byte_a_second_is_a_byte_a_second(wire: Wire, server: Upstream) -> None:
    wire.drip()
    host, port = wire.address().split(":")
    if server.certificate is not None:
        pytest.skip("what TLS adds is not counted")
    with socket.create_connection((host, int(port)), timeout=LONG) as raw:
        raw.sendall(b"GET /short HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(2.5)
        assert 1 <= len(raw.recv(100)) <= 3


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.STALLED, Fault.DRIPPED])
def test_severing_ends_what_hangs_and_no_thread_is_left(fault: Fault, server: Upstream) -> None:
    route = Route("127.0.0.1:0", server.address, *(server.certificate or (None, None)))
    with Wire(route) as wire:
        wire.faults(Rates(**{fault.value: 1.0}), stall=60)
        with closing(connect(wire, server)) as client:
            client.request("GET", "/short")
            until(lambda: wire.fates()[fault.value] == 1)
            began = time.monotonic()
            wire.sever()
            with pytest.raises((OSError, http.client.HTTPException)):
                client.getresponse().read()
    assert time.monotonic() - began < 2
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("wire")]


def test_a_client_that_leaves_ends_its_silence(wire: Wire, server: Upstream) -> None:
    wire.silent()
    with closing(connect(wire, server)) as client:
        client.request("GET", "/a")
        until(lambda: wire.fates()["silent"] == 1)
    until(lambda: not any(thread.name.startswith("wire to") for thread in threading.enumerate()))


def test_what_is_armed_comes_before_what_is_drawn(
    wire: Wire, server: Upstream, client: http.client.HTTPConnection
) -> None:
    wire.faults(Rates(unavailable=1.0))
    wire.lose(2)
    assert ask(client, "PUT", "/a")[0] == 503
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        ask(client, "PUT", "/b")
    assert acted(server) == ["/b"]


def test_rates_of_two_sorts_stand_beside_each_other_until_reset(wire: Wire, client: http.client.HTTPConnection) -> None:
    wire.faults(Rates(throttled=1.0), only=Sort.READ)
    wire.faults(Rates(unavailable=1.0), only=Sort.MUTATION)
    assert [ask(client, verb, "/a")[0] for verb in ("GET", "PUT")] == [429, 503]
    assert wire.fates() == {"throttled": 1, "unavailable": 1}
    wire.reset()
    assert [ask(client, verb, "/a")[0] for verb in ("GET", "PUT")] == [200, 200]


def test_who_only_keeps_a_lease_is_counted_apart(server: Upstream) -> None:
    def lease(request: Request) -> bool:
        return request.path.startswith("/lease")

    route = Route("127.0.0.1:0", server.address, *(server.certificate or (None, None)))
    with Wire(route, bookkeeping=lease) as wire, closing(connect(wire, server)) as client:
        wire.faults(Rates(unavailable=1.0), only=Sort.MUTATION)
        for verb, path in (("PUT", "/lease/a"), ("GET", "/lease/a"), ("PUT", "/thing"), ("GET", "/thing")):
            ask(client, verb, path)
        assert wire.counts() == (1, 1, 2)
        assert [one.status for one in wire.exchanges] == [200, 200, 503, 200]


def test_under_all_faults_at_once_the_wire_goes_on_and_a_patient_client_ends(wire: Wire, server: Upstream) -> None:
    wire.faults(Rates.evenly(0.6), seed=3, stall=0.05, retry_after=0)
    done = 0

    def work() -> None:
        nonlocal done
        for number in range(25):
            while not tried(f"/{number}"):
                pass
            done += 1

    def tried(path: str) -> bool:
        with closing(connect(wire, server)) as client:
            try:
                return ask(client, "PUT", path, b"x" * 1000)[0] == 200
            except (OSError, http.client.HTTPException):
                return False

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert done == 100
    fates = wire.fates()
    assert set(fates) == {fault.value for fault in Fault} - {"silent", "dripped"}
    seen = len(server.acted)
    assert seen == len(wire.exchanges) - fates["throttled"] - fates["unavailable"] - fates["reset"]


def until(happened: object, longest: float = 10.0) -> None:
    deadline = time.monotonic() + longest
    assert callable(happened)
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)
