"""Calls that a driver sends again by itself, or only once for all who ask; the engine does the rest."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Generic, TypeVar, cast

from paver.contract.errors import AlreadyExists, NotFound, OutcomeUnknown, Throttled, Transient

T = TypeVar("T")

TRIES = 10
FIRST, LONGEST = 0.05, 1.0
"""Seconds between two tries: anything up to that, the bound doubling from the first to the longest."""

WATCHED = 10.0
"""Seconds after which a thing that nobody has looked at is no longer asked about."""

LAST_TRIES, PAUSE = 8, 0.2
"""How often a last call is sent, and the seconds between."""


def asked(question: Callable[[], T], tries: int = TRIES) -> T:
    """The answer to a question that changes nothing.

    Raises:
        Throttled: It is not to be asked again for longer than a pause here lasts.
        Transient: Nobody answered it, however often it was asked.
    """
    for number in range(tries - 1):
        try:
            return question()
        except Transient as error:
            wanted = (error.retry_after or 0.0) if isinstance(error, Throttled) else 0.0
            if wanted > LONGEST:
                raise
            jitter = random.random() * min(LONGEST, FIRST * 2.0**number)  # noqa: S311  it needs no secrecy
            time.sleep(max(wanted, jitter))
    return question()


class Once:
    """Answers to questions, each asked by whoever comes first; the others wait for it, and get its error as well."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[Hashable, Future[Any]] = {}

    def __call__(self, question: Hashable, ask: Callable[[], T]) -> T:
        """The answer to it."""
        with self._lock:
            answer = self._answers.get(question)
            first = answer is None
            if answer is None:
                answer = self._answers[question] = Future()
        if first:
            try:
                answer.set_result(ask())
            except BaseException as error:  # noqa: BLE001  it is handed to all who wait, this thread among them
                answer.set_exception(error)
        return cast("T", answer.result())


class Shared(Generic[T]):
    """One question for all things that are waited for: who looks soon after another takes the same answer.

    Args:
        ask: What is told of the things with these ids. One that is not there is left out; or NotFound is raised, which
            tells nothing of the others: then each is asked for by itself.
    """

    def __init__(self, ask: Callable[[Sequence[str]], Mapping[str, T]]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._looked: dict[str, float] = {}
        self._answer: Mapping[str, T] = {}
        self._about: frozenset[str] = frozenset()
        self._at = 0.0

    def look(self, id_: str, fresh: float = 0.0) -> T | None:
        """What is told of one; None: it is not there.

        Args:
            id_: Whose.
            fresh: How many seconds old the answer may be.
        """
        with self._lock:
            now = time.monotonic()
            if id_ not in self._about or now - self._at > fresh:
                self._looked = {one: at for one, at in self._looked.items() if now - at < WATCHED} | {id_: now}
                self._answer = self._told(sorted(self._looked))
                self._about, self._at = frozenset(self._looked), now
            self._looked[id_] = now
            return self._answer.get(id_)

    def _told(self, ids: Sequence[str]) -> Mapping[str, T]:
        try:
            return self._ask(ids)
        except NotFound:
            if len(ids) == 1:
                return {}
            return {id_: found for one in ids for id_, found in self._told([one]).items()}


def removed(remove: Callable[[], object]) -> bool:
    """Whether something went. What an earlier try may have removed counts as that.

    Only for what an environment's lease leaves when all else is gone: nobody comes back for that.
    """
    again = False
    for _ in range(LAST_TRIES):
        try:
            remove()
        except (AlreadyExists, NotFound):
            return again
        except (Transient, OutcomeUnknown):
            again = True
            time.sleep(PAUSE)
        else:
            return True
    return False
