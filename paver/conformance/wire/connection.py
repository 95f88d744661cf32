"""One client connection and the upstream connection behind it."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader
from typing import Protocol

from paver.conformance.wire.behaviour import Strike
from paver.conformance.wire.classify import Sort, classify, wants_body
from paver.conformance.wire.log import Exchange
from paver.conformance.wire.message import (
    BODY_LIMIT,
    Head,
    Malformed,
    answer_body,
    ends_with_stream,
    read_head,
    request_body,
    unframed,
)
from paver.conformance.wire.route import Route

FINAL = 200
"""Codes below are interim: another answer follows."""


class Gate(Protocol):
    """What a connection asks before it sends a request on, and tells afterwards."""

    def admit(
        self, connection: Connection, verb: str, path: str, operation: str, sort: Sort
    ) -> tuple[Exchange, Strike | None, float]:
        """Count a request: its entry, what shall strike it, the latency. Raises ConnectionAbortedError."""

    def strike(self, strike: Strike) -> None:
        """Carry out what happens after the upstream acted."""

    def settle(self, exchange: Exchange, status: int | None, fate: str) -> None:
        """Note how it ended."""


class Connection:
    """Serves requests one after the other, as HTTP/1.1 has them, until either side closes.

    Args:
        gate: Counts and decides.
        route: Where it leads.
        accepted: The client's socket, as accepted.
    """

    def __init__(self, gate: Gate, route: Route, accepted: socket.socket) -> None:
        self.route = route
        self._gate = gate
        self._client = accepted
        self._upstream: socket.socket | None = None

    def serve(self) -> None:
        """Until the end. A broken connection on one side is a broken connection on the other: that is all it says."""
        try:
            with suppress(OSError):
                self._upstream = upstream = self.route.dial()
                self._client = client = self.route.accept(self._client)
                with client.makefile("rb") as requests, upstream.makefile("rb") as answers:
                    while self._exchange(client, upstream, requests, answers):
                        # An upstream that hangs up while nothing is asked hangs up on the client, at once.
                        ready, _, _ = select.select([client, upstream], [], [])
                        if upstream in ready:
                            return
        finally:
            for side in (self._client, self._upstream):
                if side is not None:
                    side.close()

    def sever(self) -> None:
        """End both sides at once, from any thread. The serving thread closes them: a descriptor is never reused."""
        for side in (self._client, self._upstream):
            if side is not None:
                with suppress(OSError):
                    socket.socket.shutdown(side, socket.SHUT_RDWR)  # past TLS, which must not be touched from here

    def _exchange(
        self, client: socket.socket, upstream: socket.socket, requests: BufferedReader, answers: BufferedReader
    ) -> bool:
        """One request and its answer; whether another may follow."""
        head = read_head(requests)
        if head is None:
            return False
        verb, target, _ = head.request
        if head.headers.get("expect", "").lower() == "100-continue":
            client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")  # the upstream is sent the body in any case
            head = head.without("Expect")
        pieces = request_body(head, requests)
        body = b""
        if wants_body(head.headers):
            body = _whole(pieces)
            pieces = iter((body,))
        operation, sort = classify(verb, target, head.headers, unframed(head, body))
        exchange, strike, latency = self._gate.admit(self, verb, target.partition("?")[0], operation, sort)
        if strike is not None and strike.fate == "killed before":
            self._gate.settle(exchange, None, strike.fate)
            return False
        time.sleep(latency)
        try:
            exchange.asked.head, exchange.asked.target = head, target.encode("latin-1")
            whole = _send(upstream, head, map(exchange.asked.feed, pieces))
            answer = _final(answers)
        except OSError:
            self._gate.settle(exchange, None, "")
            raise
        exchange.told.head = answer
        self._gate.settle(exchange, answer.status, strike.fate if strike else "")
        if strike is not None:
            self._gate.strike(strike)
            return False
        client.sendall(answer.encoded())
        # Noted before it is sent: who has the whole answer finds it in the log.
        for piece in map(exchange.told.feed, answer_body(answer, verb, answers)):
            client.sendall(piece)
        return whole and head.keeps_alive and answer.keeps_alive and not ends_with_stream(answer, verb)


def _send(upstream: socket.socket, head: Head, pieces: Iterator[bytes]) -> bool:
    """Send a request on. False where the upstream stopped reading: its answer may be there all the same."""
    upstream.sendall(head.encoded())
    for piece in pieces:
        try:
            upstream.sendall(piece)
        except OSError:
            return False
    return True


def _whole(pieces: Iterator[bytes]) -> bytes:
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > BODY_LIMIT:
            raise Malformed("a body whose operation cannot be read: it is too long")
    return bytes(body)


def _final(answers: BufferedReader) -> Head:
    """The answer's head, interim ones passed over."""
    while True:
        answer = read_head(answers)
        if answer is None:
            raise Malformed("the upstream hung up without an answer")
        if answer.status >= FINAL:
            return answer
