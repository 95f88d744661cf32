"""What every connection asks before it sends a request on, and tells afterwards: one log, one behaviour for all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Protocol

from paver.conformance.wire.behaviour import Behaviour, Course, Strike
from paver.conformance.wire.fault import Fault
from paver.conformance.wire.log import Exchange, Log
from paver.conformance.wire.message import Head
from paver.conformance.wire.recall import captured, served
from paver.conformance.wire.request import Request
from paver.conformance.wire.route import Route
from paver.conformance.wire.sort import Sort
from paver.conformance.wire.voice import Refusal, Reply, Voice

Bookkeeping = Callable[[Request], bool]
"""Whether a request only keeps a lease or a session: it is counted apart, whatever its verb."""


class Member(Protocol):
    """An open connection, as the gate knows it."""

    route: Route

    def sever(self) -> None:
        """End it at once, from any thread."""


class Gate:
    """Counts, decides, notes. Safe to use from every connection's thread.

    Args:
        voice: Puts a refusal in the words of the protocol.
        bookkeeping: What is counted apart, beside what `classify` knows as bookkeeping.
    """

    def __init__(self, voice: Voice, bookkeeping: Bookkeeping | None) -> None:
        self.log = Log()
        self.behaviour = Behaviour()
        self.began = time.monotonic()
        self._voice = voice
        self._bookkeeping = bookkeeping
        self._members: set[Member] = set()

    @property
    def deaf(self) -> bool:
        """Whether not even a TLS handshake is answered."""
        with self.log.lock:
            return self.behaviour.silent == "handshake"

    def enter(self, member: Member) -> None:
        """A connection that is open from now on."""
        with self.log.lock:
            self._members.add(member)

    def exit(self, member: Member) -> None:
        """One that is open no more."""
        with self.log.lock:
            self._members.discard(member)

    def sever(self) -> None:
        """End every connection there is."""
        with self.log.lock:
            members, self._members = self._members, set()
        for member in members:
            member.sever()

    def reset(self) -> None:
        """Count from nothing, misbehave no longer."""
        with self.log.lock:
            self.log.reset()
            self.behaviour = Behaviour()

    def admit(self, member: Member, request: Request) -> tuple[Exchange, Course]:
        """Count a request and decide its fate. Killing before is done here, while no other request can pass.

        Raises:
            ConnectionAbortedError: The connection was severed while its request was read.
        """
        if self._bookkeeping is not None and self._bookkeeping(request):
            request = replace(request, sort=Sort.BOOKKEEPING)
        with self.log.lock:
            if member not in self._members:
                raise ConnectionAbortedError("severed")
            exchange = self.log.add(self._now(), request)
            course = self._course(request)
            if course.strike is not None and course.strike.fate == "killed before":
                course.strike.hit()
                self.sever()
            return exchange, course

    def leave(self, exchange: Exchange) -> float:
        """A request goes to the upstream now; returns when."""
        with self.log.lock:
            if exchange.mutating and self.behaviour.past is not None:
                self.behaviour.past.change(exchange.number)
            return self._now()

    def settle(self, exchange: Exchange, status: int | None, fate: str) -> None:
        """Note how an exchange ended."""
        with self.log.lock:
            now = self._now()
            if self.behaviour.past is not None:
                self.behaviour.past.changed(exchange.number, status, now)
            self.log.settle(exchange.number, status=status, seconds=now - exchange.began, fate=fate)

    def strike(self, strike: Strike) -> None:
        """Carry out what happens after the upstream acted."""
        with self.log.lock:
            if strike.client is not None:
                strike.hit()
                self.sever()

    def refuse(self, request: Request, course: Course) -> Reply:
        """What a client is told that is throttled, or finds the server unavailable."""
        return self._voice(request, Refusal(course.fault or Fault.UNAVAILABLE, course.retry_after))

    def recall(
        self, key: bytes, asked: float, verb: str, answer: Head, body: Iterator[bytes]
    ) -> tuple[Head, Iterator[bytes], bool]:
        """What a read that lags is answered with in place of the live answer, which is kept; and whether it is older.

        Args:
            key: Of the question.
            asked: When it went to the upstream.
            verb: Its verb.
            answer: The live answer's head.
            body: Its body, as framed.
        """
        with self.log.lock:
            past, told = self.behaviour.past, self._now()
            older = past.older(key, told) if past is not None else None
        if past is None:
            return answer, body, False

        def keep(payload: bytes) -> None:
            with self.log.lock:
                past.keep(key, captured(answer, payload, asked, told))

        return served(verb, answer, body, older, keep)

    def _course(self, request: Request) -> Course:
        behaviour = self.behaviour
        strike = None
        if request.sort is Sort.MUTATION:
            strike = behaviour.strikes.pop(self.log.count(request.sort), None)
        drawn = behaviour.fault(request)
        fault = None if strike is not None else drawn
        dripping = behaviour.pace if behaviour.pace is not None else behaviour.drip
        return Course(
            strike=strike,
            fault=fault,
            latency=behaviour.latency,
            stall=behaviour.stall,
            pace=dripping if fault is Fault.DRIPPED else None,
            retry_after=behaviour.retry_after,
            key=behaviour.past.key(request) if behaviour.past is not None else None,
        )

    def _now(self) -> float:
        return time.monotonic() - self.began
