from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import closing

import pytest
from upstream import Upstream

from paver.conformance.line import WireLine
from paver.conformance.wire import Route, Wire


@pytest.fixture
def server() -> Iterator[Upstream]:
    with closing(Upstream()) as upstream:
        yield upstream


@pytest.fixture
def line(server: Upstream) -> Iterator[WireLine]:
    with Wire(Route("127.0.0.1:0", server.address)) as wire:
        yield WireLine(wire)


def ask(line: WireLine, verb: str, path: str = "/a", timeout: float = 20) -> bytes:
    with closing(http.client.HTTPConnection(line.wire.address(), timeout=timeout)) as client:
        client.request(verb, path)
        answer = client.getresponse()
        body = answer.read()
        if answer.status >= 400:
            raise ConnectionError(answer.status)
        return body


def test_a_lost_answer_and_a_killed_client_are_those_of_the_kth_change(line: WireLine, server: Upstream) -> None:
    struck: list[int] = []
    line.lose(1)
    line.kill(lambda: struck.append(len(server.acted)), at=2, when="before")
    for _ in range(2):
        with pytest.raises(OSError):  # noqa: PT011  however the end of a connection shows
            ask(line, "PUT")
    assert struck == [1]
    assert line.counts() == (2, 0, 0)


def test_faults_strike_all_calls_or_reads_alone_until_reset(line: WireLine) -> None:
    line.faults(1.0, seed=1, reads_only=True)
    assert ask(line, "PUT") == b"0 bytes"
    with pytest.raises((OSError, http.client.HTTPException)):
        [ask(line, "GET") for _ in range(20)]  # among the faults are late answers, which are answers
    line.reset()
    assert ask(line, "GET") == b"0 bytes"
    assert line.counts() == (0, 1, 0)


def test_silence_lasts_until_reset_which_lets_go_who_waits(line: WireLine, server: Upstream) -> None:
    line.silence()
    with pytest.raises(TimeoutError):
        ask(line, "PUT", timeout=0.3)
    assert server.acted == []
    line.reset()
    assert ask(line, "PUT") == b"0 bytes"


def test_reads_lag_by_what_is_asked(line: WireLine, server: Upstream) -> None:
    server.answers["/list"] = (200, {}, b"before")
    line.stale(30)
    ask(line, "GET", "/list")
    server.answers["/list"] = (200, {}, b"after")
    ask(line, "PUT")
    assert ask(line, "GET", "/list") == b"before"
    line.stale(0)
    assert ask(line, "GET", "/list") == b"after"
