"""The proxy itself: listeners, and the controls of what they do to all that passes."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from types import TracebackType
from typing import Self

from paver.conformance.wire.behaviour import Client, Strike, When
from paver.conformance.wire.connection import Connection
from paver.conformance.wire.gate import Bookkeeping, Gate
from paver.conformance.wire.listener import JOIN, Listener
from paver.conformance.wire.log import Counts, Exchange
from paver.conformance.wire.rates import Lots, Rates
from paver.conformance.wire.request import Only
from paver.conformance.wire.route import Route
from paver.conformance.wire.sameness import Same, same
from paver.conformance.wire.sort import Sort
from paver.conformance.wire.stale import Past
from paver.conformance.wire.voice import Voice, plain


class Wire:
    """Stands between a client and its servers. Opened as a context manager; closing it severs every connection.

    Args:
        routes: From where to where. They share one log, one count and one behaviour.
        voice: How a request is refused: in plain HTTP, or in the words of a protocol (`voice.fitting`: its own).
        bookkeeping: Which requests only keep a lease: they are counted apart, and no mutation.
    """

    def __init__(self, *routes: Route, voice: Voice = plain, bookkeeping: Bookkeeping | None = None) -> None:
        self.routes = routes
        self._gate = Gate(voice, bookkeeping)
        self._listeners = [Listener(route, self._accept) for route in routes]
        self._servers: list[threading.Thread] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._gate.began = time.monotonic()
        try:
            self.serve()
        except OSError:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening, sever what is open, and wait for the threads."""
        self.refuse()
        with self._lock:
            servers = list(self._servers)
        for thread in servers:
            thread.join(JOIN)

    def refuse(self) -> None:
        """Refuse connections on every route, as a server that is down, and sever those that are open."""
        for listener in self._listeners:
            listener.close()
        self.sever()  # after the listeners: nothing new comes

    def serve(self) -> None:
        """Listen: from the start, and again after `refuse`. Raises OSError where an address is taken."""
        for listener in self._listeners:
            listener.open()

    def address(self, number: int = 0) -> str:
        """Where that route listens, `address:port`: of use where its port was 0."""
        host, port = self._listeners[number].address
        return f"{host}:{port}"

    def latency(self, seconds: float) -> None:
        """Add so much to every request from now on."""
        with self._gate.log.lock:
            self._gate.behaviour.latency = seconds

    def kill(self, client: Client, *, at: int, when: When) -> None:
        """SIGKILL the client at its `at`-th mutating request since the last reset, on whichever route it comes.

        Args:
            client: A process id, or what to call instead (where the id is not known yet).
            at: From 1.
            when: `before` the upstream sees the request, or `after` it acted and before the answer goes out.

        Raises:
            ValueError: That request has come already.
        """
        self._arm(at, Strike("killed before" if when == "before" else "killed after", client))

    def lose(self, at: int) -> None:
        """Close the connection of the `at`-th mutating request after the upstream acted, without an answer.

        Raises:
            ValueError: That request has come already.
        """
        self._arm(at, Strike("lost"))

    def faults(
        self, rates: Rates, *, seed: int = 0, only: Only = None, stall: float = 2.0, retry_after: int = 1
    ) -> None:
        """Strike requests at random from now on, beside what was set before. One that is armed is struck as armed.

        Args:
            rates: Which part of the requests each fault strikes.
            seed: With the same one, the n-th request that this is about meets the same.
            only: Which requests it is about: a sort, an operation's pattern, a predicate; None: all.
            stall: Seconds that a stalled answer is late.
            retry_after: Seconds of patience that a throttled client is asked for.
        """
        with self._gate.log.lock:
            behaviour = self._gate.behaviour
            behaviour.lots.append(Lots(rates, seed, only))
            behaviour.stall, behaviour.retry_after = stall, retry_after

    def stale(self, seconds: float, *, only: Only = Sort.READ, same: Same = same) -> None:
        """Let reads lag by so much from now on: `stale.py` says what that models. 0: no more.

        Args:
            seconds: How long a change stays hidden from a read that was asked before it.
            only: Which requests lag.
            same: When two of them ask the same.
        """
        with self._gate.log.lock:
            self._gate.behaviour.past = Past(seconds, only, same) if seconds > 0 else None

    def silent(self, *, handshake: bool = True) -> None:
        """Accept and never answer from now on. Without a handshake not even TLS is answered on new connections."""
        with self._gate.log.lock:
            self._gate.behaviour.silent = "request" if handshake else "handshake"

    def drip(self, bytes_per_second: float = 1.0) -> None:
        """Let every answer come at that pace from now on."""
        with self._gate.log.lock:
            self._gate.behaviour.pace = bytes_per_second

    def count(self, sort: Sort) -> int:
        """How many requests of that sort have arrived since the last reset."""
        return self._gate.log.count(sort)

    def counts(self) -> Counts:
        """How many requests of each sort have arrived since the last reset, at one moment."""
        return self._gate.log.counts()

    def fates(self) -> Counter[str]:
        """How many requests since the last reset met what: by `Exchange.fate`."""
        return self._gate.log.fates()

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Every request since the last reset, in the order of arrival."""
        return self._gate.log.exchanges()

    def reset(self) -> None:
        """Count from nothing, misbehave no longer. Open connections stay open."""
        self._gate.reset()

    def sever(self) -> None:
        """Close every connection there is: what a killed client had in flight on others goes no further."""
        self._gate.sever()

    def _arm(self, at: int, strike: Strike) -> None:
        with self._gate.log.lock:
            self._gate.behaviour.arm(at, strike, self._gate.log.count(Sort.MUTATION))

    def _accept(self, route: Route, accepted: socket.socket) -> None:
        connection = Connection(self._gate, route, accepted)
        server = threading.Thread(target=self._serve, args=(connection,), name=f"wire to {route.upstream}", daemon=True)
        self._gate.enter(connection)
        with self._lock:
            self._servers = [*(thread for thread in self._servers if thread.is_alive()), server]
            server.start()

    def _serve(self, connection: Connection) -> None:
        try:
            connection.serve()
        finally:
            self._gate.exit(connection)
