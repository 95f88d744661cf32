"""One client connection and the upstream connection behind it."""

from __future__ import annotations

import select
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader
from itertools import chain

from paver.conformance.wire.behaviour import Course
from paver.conformance.wire.classify import classify, wants_body
from paver.conformance.wire.delivery import deliver, halved
from paver.conformance.wire.fault import Fault
from paver.conformance.wire.gate import Gate
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
from paver.conformance.wire.request import Request
from paver.conformance.wire.route import Route
from paver.conformance.wire.voice import Reply

FINAL = 200
"""Codes below are interim: another answer follows."""
_ABORT = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing sends RST, not FIN."""
_PIECE = 64 * 1024


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
        self._severed = threading.Event()
        self._spoken = False
        """Whether the upstream was ever asked: before that it may send what only TLS wants to say."""

    def serve(self) -> None:
        """Until the end. A broken connection on one side is a broken connection on the other: that is all it says."""
        try:
            with suppress(OSError):
                if self._gate.deaf:
                    self._swallow()
                    return
                self._upstream = upstream = self.route.dial()
                self._client = client = self.route.accept(self._client)
                if self._severed.is_set():
                    return
                if isinstance(client, ssl.SSLSocket):
                    client.do_handshake()
                with client.makefile("rb") as requests, upstream.makefile("rb") as answers:
                    while self._exchange(client, upstream, requests, answers):
                        # An upstream that hangs up while nothing is asked hangs up on the client, at once.
                        sides = [client, upstream] if self._spoken else [client]
                        ready, _, _ = select.select(sides, [], [])
                        if upstream in ready:
                            return
        finally:
            for side in (self._client, self._upstream):
                if side is not None:
                    side.close()

    def sever(self) -> None:
        """End both sides at once, from any thread. The serving thread closes them: a descriptor is never reused."""
        self._severed.set()
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
        if head.headers.get("expect", "").lower() == "100-continue":
            client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")  # the upstream is sent the body in any case
            head = head.without("Expect")
        request, pieces = self._judged(head, requests)
        exchange, course = self._gate.admit(self, request)
        exchange.asked.head, exchange.asked.target = head, request.target.encode("latin-1")
        if course.strike is not None and course.strike.fate == "killed before":
            self._gate.settle(exchange, None, course.fate)
            return False
        self._wait(course.latency)
        pieces = map(exchange.asked.feed, pieces)
        if course.fault is not None and not course.fault.upstream:
            return self._kept_from_upstream(course, exchange, request, pieces, head)
        self._spoken = True
        try:
            asked = self._gate.leave(exchange)
            whole = _send(upstream, head, pieces)
            answer = _final(answers)
        except OSError:
            self._gate.settle(exchange, None, "")
            raise
        body = answer_body(answer, request.verb, answers)
        again = whole and head.keeps_alive and answer.keeps_alive and not ends_with_stream(answer, request.verb)
        fate = course.fate
        if course.key is not None:
            answer, body, stale = self._gate.recall(course.key, asked, request.verb, answer, body)
            fate = fate or ("stale" if stale else "")
        exchange.told.head = answer
        self._gate.settle(exchange, answer.status, fate)
        if course.strike is not None:
            self._gate.strike(course.strike)
            return False
        return self._answer(client, exchange, answer, body, course) and again

    def _answer(
        self, client: socket.socket, exchange: Exchange, answer: Head, body: Iterator[bytes], course: Course
    ) -> bool:
        """Let the client have it, as far as its course allows; whether the connection is as good as before."""
        if course.fault is Fault.LOST:
            return False
        if course.fault is Fault.STALLED:
            self._wait(course.stall)
        if course.fault is Fault.TRUNCATED:
            self._truncate(client, exchange, answer, body)
            return False
        # Noted before it is sent: who has the whole answer finds it in the log.
        deliver(client, answer, map(exchange.told.feed, body), course.pace, self._wait)
        return True

    def _truncate(self, client: socket.socket, exchange: Exchange, answer: Head, body: Iterator[bytes]) -> None:
        part = (piece for piece in halved(answer, body) if piece)
        first = next(part, None)
        if first is None:  # nothing to cut but the head
            client.sendall(answer.start.partition(b" ")[0])
            return
        deliver(client, answer, map(exchange.told.feed, chain((first,), part)), None, self._wait)
        if ends_with_stream(answer, exchange.verb):
            self._abort()  # an orderly end would say that this is all there is

    def _abort(self) -> None:
        """Let closing the client's side send RST."""
        self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)

    def _kept_from_upstream(
        self, course: Course, exchange: Exchange, request: Request, pieces: Iterator[bytes], head: Head
    ) -> bool:
        """What happens to a request that the upstream never sees; whether another may follow on the connection."""
        if course.fault is Fault.RESET:
            self._gate.settle(exchange, None, course.fate)
            self._abort()
            return False
        if course.fault is Fault.SILENT:
            self._gate.settle(exchange, None, course.fate)
            self._swallow()
            return False
        for _ in pieces:  # read to its end, so that the connection can go on
            pass
        reply = self._gate.refuse(request, course)
        exchange.told.head = answer = _head_of(reply, closes=not head.keeps_alive)
        self._gate.settle(exchange, reply.status, course.fate)
        self._client.sendall(answer.encoded() + exchange.told.feed(reply.body))
        return head.keeps_alive

    def _swallow(self) -> None:
        """Take what comes and say nothing, until the client goes or the connection is severed."""
        self._client.settimeout(None)
        while self._client.recv(_PIECE):
            pass

    def _wait(self, seconds: float) -> None:
        """Raises ConnectionAbortedError where the connection is severed meanwhile."""
        if seconds > 0 and self._severed.wait(seconds):
            raise ConnectionAbortedError("severed")

    def _judged(self, head: Head, requests: BufferedReader) -> tuple[Request, Iterator[bytes]]:
        """The request, and its body as it is sent on."""
        verb, target, _ = head.request
        pieces = request_body(head, requests)
        body = b""
        if wants_body(verb, head.headers):
            body = _whole(pieces)
            pieces = iter((body,))
        payload = unframed(head, body)
        operation, sort = classify(verb, target, head.headers, payload)
        return Request(self.route.label, verb, target, head.headers, payload, operation, sort), pieces


def _head_of(reply: Reply, *, closes: bool) -> Head:
    fields = {**reply.headers, "Content-Length": str(len(reply.body)), **({"Connection": "close"} if closes else {})}
    start = f"HTTP/1.1 {reply.status} {reply.reason}\r\n".encode("latin-1")
    return Head(start, tuple(f"{name}: {value}\r\n".encode("latin-1") for name, value in fields.items()))


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
