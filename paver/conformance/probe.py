"""A driver watched from inside: how long each call of a kind takes, how many changes it sends, what it raises."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from paver import api
from paver.conformance.target import Line
from paver.conformance.trial import Trial
from paver.contract.driver import Driver, Kind, Secrets, Session
from paver.contract.errors import PaverError
from paver.contract.resource import Desired, Inventory, Observed
from paver.contract.spec import DriverSettings
from paver.contract.types import Owner
from paver.settings import LoadedSpec, load_spec

T = TypeVar("T")
WATCHED = ("create", "update", "delete", "advance", "confirm")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a kind."""

    what: str
    seconds: float
    changes: int
    """How many changes came over the line meanwhile; 0 where none was given."""


@dataclass
class Probe:
    """Paves in this process, one call at a time where changes are counted.

    Args:
        trial: The environment.
        line: Counts changes; None: they are not counted, and calls run side by side.
    """

    trial: Trial
    line: Line | None = None
    calls: list[Call] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    """Errors that crossed the contract and are none of its own."""
    sessions: list[Session] = field(default_factory=list)
    seen: list[Observed] = field(default_factory=list)
    wanted: list[Desired] = field(default_factory=list)
    relook: Callable[[Inventory, Callable[[], Inventory]], None] | None = None
    """Called with each listing that a plan makes, and with a way to ask for that one again."""

    def pave(self) -> None:
        """Pave, watching."""
        with self._environ():
            api.pave(self._loaded(), self._options())
        self.seen.clear()
        self.plan()

    def plan(self) -> None:
        """Plan, watching."""
        with self._environ():
            api.plan(self._loaded(), self._options())

    def destroy(self) -> None:
        """Destroy, watching."""
        with self._environ():
            api.destroy(self._loaded(), self._options())

    def pairs(self) -> Iterator[tuple[Desired, Observed, frozenset[str]]]:
        """What was wanted, what a listing then showed of it, and which fields its kind says are never shown."""
        kinds = {name: kind for session in self.sessions for name, kind in session.kinds.items()}
        for want in self.wanted:
            for have in self.seen:
                if have.key == want.key:
                    yield want, have, kinds[want.key.kind].unseen

    def _options(self) -> api.Options:
        return api.Options(state_dir=self.trial.state, parallelism=16 if self.line is None else 1)

    def _loaded(self) -> LoadedSpec:
        loaded = load_spec(self.trial.spec, iaas=self.trial.iaas)
        self.wanted = list(loaded.driver.resources(loaded.spec, loaded.settings))
        driver = type("Watched", (_WatchedDriver, type(loaded.driver)), {})()
        driver.__dict__.update(loaded.driver.__dict__)
        driver.probe = self
        return replace(loaded, driver=driver)

    @contextmanager
    def _environ(self) -> Iterator[None]:
        """The site's variables, in this process."""
        before = dict(os.environ)
        os.environ.update(self.trial.environ())
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    def watched(self, session: Session) -> Session:
        """A session whose kinds, and the sessions that those open, are watched."""
        for name, kind in session.kinds.items():
            for method in WATCHED:
                setattr(kind, method, self._timed(f"{method} of {name}", getattr(kind, method)))
            opens = kind.opens

            def opened(have: Observed, opens: Callable[[Observed], Session | None] = opens) -> Session | None:
                inner = opens(have)
                return None if inner is None else self.watched(inner)

            if type(kind).opens is not Kind.opens:
                setattr(kind, "opens", opened)  # noqa: B010  the same, and mypy reads no assignment to a method
        observe = session.observe

        def observed(owner: Owner, wanted: Sequence[Desired], kinds: frozenset[str] | None = None) -> Inventory:
            found = self._checked("observe", lambda: observe(owner, wanted, kinds))
            self.seen += found.items
            if self.relook is not None:
                self.relook(found, lambda: observe(owner, wanted, kinds))
            return found

        setattr(session, "observe", observed)  # noqa: B010  the same
        self.sessions.append(session)
        return session

    def _timed(self, what: str, method: Callable[..., T]) -> Callable[..., T]:
        def timed(*words: Any, **named: Any) -> T:  # noqa: ANN401  passed through
            with _ONE_AT_A_TIME if self.line is not None else _NOTHING:
                before = 0 if self.line is None else self.line.counts().mutating
                began = time.monotonic()
                try:
                    return self._checked(what, lambda: method(*words, **named))
                finally:
                    seconds = time.monotonic() - began
                    changes = 0 if self.line is None else self.line.counts().mutating - before
                    self.calls.append(Call(what, seconds, changes))

        return timed

    def _checked(self, what: str, act: Callable[[], T]) -> T:
        try:
            return act()
        except PaverError:
            raise
        except Exception as error:
            self.strangers.append(f"{what}: {type(error).__module__}.{type(error).__name__}: {error}")
            raise


class _Nothing:
    def __enter__(self) -> None:
        """Holds nobody."""

    def __exit__(self, *_: object) -> None:
        """Lets nobody go."""


_NOTHING = _Nothing()
_ONE_AT_A_TIME = threading.Lock()


class _WatchedDriver(Driver[DriverSettings]):
    probe: Probe

    def connect(self, settings: DriverSettings, secrets: Secrets, owner: Owner) -> Session:
        return self.probe.watched(super().connect(settings, secrets, owner))  # type: ignore[safe-super]  # the driver itself comes next
