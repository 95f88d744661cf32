"""The proxy itself: listeners, and the log and behaviour that all its routes share."""

from __future__ import annotations

import socket
import threading
import time
from types import TracebackType
from typing import Self

from paver.conformance.wire.behaviour import Behaviour, Client, Strike, When
from paver.conformance.wire.classify import Sort
from paver.conformance.wire.connection import Connection
from paver.conformance.wire.listener import JOIN, Listener
from paver.conformance.wire.log import Counts, Exchange, Log
from paver.conformance.wire.route import Route


class Wire:
    """Stands between a client and its servers. Opened as a context manager; closing it severs every connection.

    Args:
        routes: From where to where. They share one log, one count and one behaviour.
    """

    def __init__(self, *routes: Route) -> None:
        self.routes = routes
        self._log = Log()
        self._behaviour = Behaviour()
        self._listeners = [Listener(route, self._accept) for route in routes]
        self._servers: list[threading.Thread] = []
        self._connections: set[Connection] = set()
        self._began = 0.0

    def __enter__(self) -> Self:
        self._began = time.monotonic()
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
        with self._log.lock:
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
        with self._log.lock:
            self._behaviour.latency = seconds

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

    def count(self, sort: Sort) -> int:
        """How many requests of that sort have arrived since the last reset."""
        return self._log.count(sort)

    def counts(self) -> Counts:
        """How many requests of each sort have arrived since the last reset, at one moment."""
        return self._log.counts()

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Every request since the last reset, in the order of arrival."""
        return self._log.exchanges()

    def reset(self) -> None:
        """Count from nothing, misbehave no longer. Open connections stay open."""
        with self._log.lock:
            self._log.reset()
            self._behaviour = Behaviour()

    def sever(self) -> None:
        """Close every connection there is: what a killed client had in flight on others goes no further."""
        with self._log.lock:
            connections, self._connections = self._connections, set()
        for connection in connections:
            connection.sever()

    def _arm(self, at: int, strike: Strike) -> None:
        with self._log.lock:
            self._behaviour.arm(at, strike, self._log.count(Sort.MUTATION))

    def admit(
        self, connection: Connection, verb: str, path: str, operation: str, sort: Sort
    ) -> tuple[Exchange, Strike | None, float]:
        """Count a request and decide its fate. Killing before is done here, while no other request can pass.

        Raises:
            ConnectionAbortedError: The connection was severed while its request was read.
        """
        with self._log.lock:
            if connection not in self._connections:
                raise ConnectionAbortedError("severed")
            exchange = self._log.add(
                connection.route.label, time.monotonic() - self._began, verb, path, operation, sort
            )
            strike = None
            if sort is Sort.MUTATION:
                strike = self._behaviour.strikes.pop(self._log.count(sort), None)
            if strike is not None and strike.fate == "killed before":
                strike.hit()
                self.sever()
            return exchange, strike, self._behaviour.latency

    def strike(self, strike: Strike) -> None:
        """Carry out what happens after the upstream acted."""
        with self._log.lock:
            if strike.client is not None:
                strike.hit()
                self.sever()

    def settle(self, exchange: Exchange, status: int | None, fate: str) -> None:
        """Note how an exchange ended."""
        seconds = time.monotonic() - self._began - exchange.began
        self._log.settle(exchange.number, status=status, seconds=seconds, fate=fate)

    def _accept(self, route: Route, accepted: socket.socket) -> None:
        connection = Connection(self, route, accepted)
        server = threading.Thread(target=self._serve, args=(connection,), name=f"wire to {route.upstream}", daemon=True)
        with self._log.lock:
            self._connections.add(connection)
            self._servers = [*(thread for thread in self._servers if thread.is_alive()), server]
            server.start()

    def _serve(self, connection: Connection) -> None:
        try:
            connection.serve()
        finally:
            with self._log.lock:
                self._connections.discard(connection)
