"""A driver that breaks one rule: the memory driver, with a mistake that an author might make."""

# ruff: noqa: ANN401  what is spoiled has any type
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from paver.conformance.target import Site
from paver.contract.driver import Kind, Secrets, Session
from paver.contract.resource import Desired, Inventory, Observed
from paver.contract.types import Owner
from paver.memory.conformance import MemoryTarget
from paver.memory.driver import MemoryDriver
from paver.memory.settings import MemorySettings


class Mutant(MemoryDriver):
    """A memory driver whose sessions are spoiled."""

    rule: ClassVar[int]

    def connect(self, settings: MemorySettings, secrets: Secrets, owner: Owner) -> Session:
        session = super().connect(settings, secrets, owner)
        self.spoil(session, secrets)
        return session

    def spoil(self, session: Any, secrets: Secrets) -> None:
        """Break one thing."""


def instead(kind: Kind[Any], method: str, other: Callable[..., Any]) -> None:
    """Let a kind do something else: `other` gets what the method would have done, and its arguments."""
    right = getattr(kind, method)
    setattr(kind, method, lambda *words, **named: other(right, *words, **named))


def each(session: Any, method: str, other: Callable[..., Any]) -> None:
    for kind in session.kinds.values():
        instead(kind, method, other)


def seen(session: Any, change: Callable[[Observed], Observed | None]) -> None:
    """Change what listings show."""
    right = session.observe

    def observe(owner: Owner, wanted: Sequence[Desired], kinds: frozenset[str] | None = None) -> Inventory:
        found = right(owner, wanted, kinds)
        items = tuple(item for before in found.items if (item := change(before)) is not None)
        return found.model_copy(update={"items": items})

    session.observe = observe


class MutantTarget(MemoryTarget):
    """The memory target, for whichever mutant is judged."""

    @contextmanager
    def open(self, directory: Path) -> Iterator[Site]:
        import os  # noqa: PLC0415  the test says which one

        self.__dict__["iaas"] = os.environ["MUTANT"]
        with super().open(directory) as site:
            yield site
