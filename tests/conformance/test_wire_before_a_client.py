"""What the vSphere driver's clients make of a server that is silent, or drips a byte a second: an end, in time."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from ssl import PEM_cert_to_DER_cert

import pytest
from pydantic import SecretStr
from upstream import Upstream, write_certificate

from paver.conformance.wire import Rates, Route, Wire
from paver.contract.errors import OutcomeUnknown, Transient
from paver_vsphere.exchange import Peer, exchange
from paver_vsphere.session import Connection
from paver_vsphere.sso import SingleSignOn
from paver_vsphere.trust import CheckedConnection, Trust

PATIENCE = 1.0
LATEST = PATIENCE + 2


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Upstream]:
    with closing(Upstream(write_certificate(tmp_path))) as upstream:
        yield upstream


@pytest.fixture
def wire(server: Upstream) -> Iterator[Wire]:
    assert server.certificate is not None
    with Wire(Route("127.0.0.1:0", server.address, *server.certificate)) as opened:
        yield opened


@pytest.fixture
def peer(wire: Wire, server: Upstream) -> Peer:
    assert server.certificate is not None
    pin = sha256(PEM_cert_to_DER_cert(server.certificate[0].read_text())).hexdigest()
    host, port = wire.address().split(":")
    return Peer(host, int(port), Trust(pins=(pin,)), PATIENCE)


def mistreat(wire: Wire, how: str) -> None:
    if how == "drips":
        wire.drip()
    else:
        wire.silent(handshake=how == "is silent")


@pytest.mark.parametrize("how", ["is silent", "does not shake hands", "drips"])
@pytest.mark.parametrize(("method", "raises"), [("GET", Transient), ("PUT", OutcomeUnknown)])
def test_an_exchange_ends_in_time(how: str, method: str, raises: type[Exception], wire: Wire, peer: Peer) -> None:
    mistreat(wire, how)
    began = time.monotonic()
    # Where no connection came up nothing was sent: nothing can have happened.
    with pytest.raises(Transient if how == "does not shake hands" else raises):
        exchange(peer, method, "/short", "ask", {}, b"x" if method == "PUT" else None)
    assert PATIENCE - 0.1 <= time.monotonic() - began < LATEST


@pytest.mark.parametrize("how", ["is silent", "does not shake hands", "drips"])
def test_a_log_in_ends_in_time(how: str, wire: Wire, peer: Peer) -> None:
    mistreat(wire, how)
    began = time.monotonic()
    with pytest.raises(Transient):
        Connection.connect(peer.host, peer.port, "root", SecretStr("x"), peer.trust, PATIENCE)
    assert time.monotonic() - began < LATEST


@pytest.mark.parametrize("how", ["is silent", "does not shake hands", "drips"])
def test_single_sign_on_ends_in_time(how: str, wire: Wire, peer: Peer) -> None:
    mistreat(wire, how)
    began = time.monotonic()
    with pytest.raises(Transient):
        SingleSignOn(peer, "administrator@vsphere.local", SecretStr("x")).users("a")
    assert time.monotonic() - began < LATEST


def test_each_request_of_a_connection_has_all_of_the_time(wire: Wire, peer: Peer) -> None:
    wire.latency(PATIENCE * 0.6)
    connection = CheckedConnection(
        peer.host, peer.port, timeout=PATIENCE, trust=peer.trust, context=peer.trust.context()
    )
    with closing(connection):
        for _ in range(3):
            connection.request("GET", "/short")
            assert connection.getresponse().read() == b"short"
            time.sleep(PATIENCE * 0.6)  # a pause between two requests counts for neither


def test_an_upload_may_take_longer_while_it_moves(wire: Wire, server: Upstream, peer: Peer) -> None:
    def slowly() -> Iterator[bytes]:
        for _ in range(6):
            time.sleep(PATIENCE / 4)
            yield b"x" * 1000

    assert exchange(peer, "PUT", "/upload", "send", {"Content-Length": "6000"}, slowly()) == b"6000 bytes"
    assert [len(body) for _, _, body in server.acted] == [6000]


@pytest.mark.parametrize("path", ["/short", "/long", "/chunked"])
@pytest.mark.parametrize(("method", "raises"), [("GET", Transient), ("PUT", OutcomeUnknown)])
def test_a_part_of_an_answer_is_none(path: str, method: str, raises: type[Exception], wire: Wire, peer: Peer) -> None:
    wire.faults(Rates(truncated=1.0))
    with pytest.raises(raises):
        exchange(peer, method, path, "ask", {}, b"x" if method == "PUT" else None)


def test_what_a_plain_client_does_not_bound_the_checked_one_does(wire: Wire, server: Upstream, peer: Peer) -> None:
    wire.drip(50)
    plain = http.client.HTTPSConnection(
        peer.host, peer.port, timeout=PATIENCE, context=Trust(peer.trust.pins).context()
    )
    with closing(plain):
        plain.request("GET", "/short")
        began = time.monotonic()
        plain.getresponse().read()  # no read of it waited for long
        assert time.monotonic() - began > PATIENCE * 1.5
