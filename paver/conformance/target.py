"""What a driver's author supplies to the kit: a target, which opens sites, on each of which one environment is paved.

A target is found by the entry point group `paver.conformance`, under the driver's name. Only `spec`, `census` and
`expected` are a must; each further method that a site has lets the kit show more rules.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol
from uuid import UUID

from pydantic import JsonValue

from paver.conformance.wire.behaviour import Client, When
from paver.conformance.wire.log import Counts


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing in the account, whoever's it is."""

    noun: str
    name: str
    state: JsonValue
    """All of it that does not change by itself: settings, marks, what it stands on. It is searched for secrets."""

    def __str__(self) -> str:
        return f"{self.noun} {self.name}"


Census = Mapping[str, Thing]
"""By native id: everything in the account, read past paver, ours and others' alike."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing that somebody does by hand to a paved environment."""

    what: str
    keys: frozenset[str]
    """The logical keys that `verify` must list for it, and no others."""
    apply: Callable[[], None]


def texts(value: JsonValue) -> Iterator[str]:
    """Every text in a document, however deep: among them are the ids that a site's `ids` looks for."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


class Line(Protocol):
    """The way from paver to the IaaS, in the kit's hands. `reset` undoes everything else and counts from nothing.

    `paver.conformance.line.WireLine` is one before any HTTP server.
    """

    def reset(self) -> None:
        """Behave, and count from nothing."""

    def counts(self) -> Counts:
        """Requests since the last reset."""

    def kill(self, client: Client, *, at: int, when: When) -> None:
        """SIGKILL the next process at its `at`-th change, before or after the IaaS acted on it."""

    def lose(self, at: int) -> None:
        """Let the IaaS act on the `at`-th change and lose the answer."""

    def faults(self, rate: float, *, seed: int, reads_only: bool = False) -> None:
        """Fail that part of all calls, in all the ways in which this IaaS fails."""

    def latency(self, seconds: float) -> None:
        """Add so much to every call."""

    def silence(self) -> None:
        """Accept calls and answer none."""


class Site(ABC):
    """An account of which this test is the only user. Methods that are not overridden leave their rules unshown."""

    line: Line | None = None
    """The wire endpoint."""
    lease_things: ClassVar[int] = 0
    """Things of the census that the place of the shared lease consists of. Nobody holds it before they are there."""
    settle: ClassVar[float | None] = None
    """What runs are told of how far listings lag while `stale` has not said more, so that they wait no longer than
    that; None: what the driver takes for it. A call that is under way when its client dies is done a while later: an
    emulator that takes one call at a time wants as long as the IaaS."""

    @abstractmethod
    def spec(self, owner: UUID) -> str:
        """The spec (YAML) of an environment here: always the same but for the owner. Secrets by `env:` or `file:`."""

    @abstractmethod
    def census(self) -> Census:
        """Everything there is. It must not go through paver's own code."""

    @abstractmethod
    def expected(self) -> Counter[str]:
        """What paving `spec` makes, literally: `str(Thing)` and how often."""

    def section(self, networks: Sequence[str]) -> Mapping[str, JsonValue]:
        """What the driver's section must say more where the spec gains these networks: a VLAN, a subnet."""
        del networks
        return {}

    def environ(self) -> Mapping[str, str]:
        """Variables for every run: credentials, endpoints."""
        return {}

    def plant(self, owner: UUID) -> None:
        """Before a pave of that owner: about 20 things of others, with the names that its things will have.

        Some bear no marks, some the same keys and the same environment name under another owner; some have the same
        addresses. What has a name that can be there only once is left out.
        """
        raise NotImplementedError

    def clone(self) -> None:
        """After a pave: copies of what was made, under other names, marks included, as restored backups are."""
        raise NotImplementedError

    def edits(self) -> Sequence[Edit]:
        """Edits by hand, of each sort that this IaaS knows; each must be possible after the others."""
        raise NotImplementedError

    def fill(self) -> None:
        """Put users' data into something precious that was paved."""
        raise NotImplementedError

    def squat(self) -> Counter[str]:
        """Put a foreign thing on something paved, and return what of ours must then be left by destroy."""
        raise NotImplementedError

    def evict(self) -> None:
        """Take away what `squat` put there."""
        raise NotImplementedError

    def denied(self) -> Mapping[str, str]:
        """Variables that make a run's credentials refused by the IaaS."""
        raise NotImplementedError

    def elsewhere(self) -> Mapping[str, str]:
        """Variables that lead a run to another account."""
        raise NotImplementedError

    def stale(self, seconds: float) -> None:
        """Let listings lag by so much from now on; 0: no more."""
        raise NotImplementedError

    def given(self) -> Sequence[str]:
        """The values of all secrets that the spec's references lead to."""
        return ()

    def ids(self, document: Mapping[str, JsonValue]) -> Sequence[str]:
        """The native ids that a document names, to be found in the census."""
        raise NotImplementedError

    def documented(self) -> Counter[str]:
        """Nouns whose ids the document must name, and how many of each."""
        return Counter()


class Target(ABC):
    """Opens sites for one driver."""

    iaas: ClassVar[str]
    live: ClassVar[bool] = False
    """Whether it costs money: then the kit runs each rule once, and stops at the budget of calls."""
    share: ClassVar[int] = 3
    """A run of the kit takes every so-many-th kill point, others each day, unless it takes all."""
    preload: ClassVar[Sequence[str]] = ()
    """The SDK's modules: the kit loads them, and the driver's own, once for many runs."""

    @abstractmethod
    def open(self, directory: Path) -> AbstractContextManager[Site]:
        """An empty site. Files that it needs go below `directory`; on leaving, nothing of it runs any more."""

    def sweep(self, owners: Sequence[UUID]) -> None:
        """Take away everything that these owners left, past paver: after a run that could not clean up."""
        del owners
