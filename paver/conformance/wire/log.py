"""What went over the wire: one log and one count for all routes, numbered in the order of arrival."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from paver.conformance.wire.request import Request
from paver.conformance.wire.sample import Sample
from paver.conformance.wire.sort import Sort


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, and what became of it."""

    number: int
    """From 1, over all routes."""
    route: str
    began: float
    """Seconds since the wire was opened."""
    verb: str
    path: str
    """Without the query: it may carry tokens."""
    operation: str
    """SOAP method or action where the protocol names one, else verb and path, its ids left out."""
    sort: Sort
    status: int | None = None
    """None while there is no answer, or where none came."""
    seconds: float | None = None
    """From the request's arrival to the head of its answer."""
    fate: str = ""
    """What the wire did to it: `killed before`, `killed after`, `stale`, a `Fault`; empty: nothing."""
    asked: Sample = field(default_factory=Sample, compare=False, repr=False)
    told: Sample = field(default_factory=Sample, compare=False, repr=False)

    @property
    def mutating(self) -> bool:
        """Whether it may have changed something that stays."""
        return self.sort is Sort.MUTATION

    @property
    def sent(self) -> int:
        """Bytes of the request's body."""
        return self.asked.size

    @property
    def received(self) -> int:
        """Bytes of the answer's body that have passed."""
        return self.told.size


class Counts(NamedTuple):
    """How many requests of each sort."""

    mutating: int
    reading: int
    bookkeeping: int


class Log:
    """Exchanges and counts, safe to use from every connection's thread."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        """Held while a request is counted and its fate decided, so that no two are the k-th."""
        self._exchanges: dict[int, Exchange] = {}
        self._counts: Counter[Sort] = Counter()
        self._numbers = 0

    def add(self, began: float, request: Request) -> Exchange:
        """Note a request that has arrived."""
        with self.lock:
            self._numbers += 1
            sort = request.sort
            exchange = Exchange(
                self._numbers, request.route, began, request.verb, request.path, request.operation, sort
            )
            self._exchanges[exchange.number] = exchange
            self._counts[sort] += 1
            return exchange

    def settle(self, number: int, *, status: int | None, seconds: float, fate: str) -> None:
        """Note how it ended. One that `reset` has dropped meanwhile stays dropped."""
        with self.lock:
            if number in self._exchanges:
                self._exchanges[number] = replace(self._exchanges[number], status=status, seconds=seconds, fate=fate)

    def count(self, sort: Sort) -> int:
        """How many of that sort have arrived since the last reset."""
        with self.lock:
            return self._counts[sort]

    def counts(self) -> Counts:
        """How many of each sort, at one moment."""
        with self.lock:
            return Counts(*(self._counts[sort] for sort in (Sort.MUTATION, Sort.READ, Sort.BOOKKEEPING)))

    def fates(self) -> Counter[str]:
        """How many requests the wire did what to."""
        with self.lock:
            return Counter(one.fate for one in self._exchanges.values() if one.fate)

    def exchanges(self) -> tuple[Exchange, ...]:
        """All since the last reset, in the order of arrival."""
        with self.lock:
            return tuple(self._exchanges.values())

    def reset(self) -> None:
        """Forget everything; numbers go on, so that an exchange is never taken for another."""
        with self.lock:
            self._exchanges.clear()
            self._counts.clear()
