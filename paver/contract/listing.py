"""One look at an account: every kind's list at once, and what several of them need is asked for once.

What a session can be made of, where an IaaS lists its things kind by kind. A driver derives a `Look` of its own, which
knows how that IaaS is asked, and a session that looks so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from paver.contract.asking import Once
from paver.contract.driver import Session
from paver.contract.errors import NotFound, OutcomeUnknown, Transient
from paver.contract.resource import Desired, Inventory, Key, Observed
from paver.contract.types import Owner

T = TypeVar("T")
About = TypeVar("About")
R = TypeVar("R")
"""A thing, as the IaaS tells it."""


class Lister(Protocol[R]):
    """What a look needs of a kind. `look` is the driver's own."""

    def records(self, look: Any) -> Iterable[tuple[Key, R]]:  # noqa: ANN401  a kind wants its driver's own look
        """Everything of this kind that is the look's owner's."""

    def adopting(self, look: Any, wanted: Sequence[Desired]) -> Iterable[tuple[Desired, R]]:  # noqa: ANN401  the same
        """What the spec adopts of this kind."""

    def observed(self, record: R, key: Key, owner: Owner, look: Any = None) -> Observed:  # noqa: ANN401  the same
        """A thing of the owner's as the contract tells it."""

    def given(self, want: Desired, record: R, look: Any) -> Observed:  # noqa: ANN401  the same
        """An adopted thing."""


A = TypeVar("A")
"""What the IaaS is asked by."""


class Look(Generic[A, R]):
    """What one `observe` finds. Each question is asked once, whichever kind needs its answer.

    Args:
        api: What the IaaS is asked by.
        kinds: All kinds of the session: one may need what another has listed.
        owner: Whose things are looked for.
        wanted: What is wanted: for adopting.
        whole: Whether everything is looked at; else the engine asks after one thing only.
    """

    threads: ClassVar[int] = 32
    """Questions at one time."""

    def __init__(
        self, api: A, kinds: Mapping[str, Lister[R]], owner: Owner, wanted: Sequence[Desired], *, whole: bool
    ) -> None:
        self.api = api
        self.owner = owner
        self.whole = whole
        self._kinds = kinds
        self._wanted = wanted
        self.once = Once()
        self._lock = threading.Lock()
        self._foreign = 0
        self._pool: ThreadPoolExecutor | None = None

    def kind(self, noun: str) -> Lister[R]:
        """One of the session's kinds."""
        return self._kinds[noun]

    def each(self, ask: Callable[[About], T], about: Iterable[About]) -> list[T]:
        """Answers about several things, asked for all at once, in their order."""
        if self._pool is None:
            return [ask(one) for one in about]
        return [answer.result() for answer in [self._pool.submit(ask, one) for one in about]]

    def claimed(self, noun: str) -> list[tuple[Key, R]]:
        """The records of one kind that are this owner's, each with its key."""
        return self.once(("claimed", noun), lambda: list(self._kinds[noun].records(self)))

    def adopted(self, noun: str) -> list[tuple[Desired, R]]:
        """The records of one kind that the spec adopts."""
        return self.once(("adopted", noun), lambda: list(self._kinds[noun].adopting(self, self.adopting(noun))))

    def adopting(self, noun: str) -> list[Desired]:
        """What is to be adopted of one kind."""
        return [want for want in self._wanted if want.key.kind == noun and want.adopt is not None]

    def pass_by(self, count: int = 1) -> None:
        """Things of others were seen."""
        with self._lock:
            self._foreign += count

    def inventory(self, names: Iterable[str]) -> Inventory:
        """Everything of these kinds. One whose list failed on the way is not in `complete`.

        Nor is one where something had gone between the list that named it and a question about it: that list was old.

        Raises:
            Denied, Rejected: it will fail the next time too.
        """
        kinds = sorted(names)
        items: list[Observed] = []
        complete: set[str] = set()
        # A kind that waits for an answer holds a thread: there is one for each, and more for the questions themselves.
        with ThreadPoolExecutor(max_workers=self.threads + len(self._kinds), thread_name_prefix="paver-list") as pool:
            self._pool = pool
            found = {kind: pool.submit(self._listed, kind) for kind in kinds}
            for kind, listed in found.items():
                try:
                    items += listed.result()
                except (Transient, OutcomeUnknown, NotFound):
                    continue
                complete.add(kind)
        return Inventory(items=tuple(items), complete=frozenset(complete), foreign=self._foreign)

    def _listed(self, noun: str) -> list[Observed]:
        kind = self._kinds[noun]
        own = [kind.observed(record, key, self.owner, self) for key, record in self.claimed(noun)]
        return [*own, *(kind.given(want, record, self) for want, record in self.adopted(noun))]


class Closing(Protocol):
    """What a session needs of what the IaaS is asked by."""

    def close(self) -> None:
        """Close idle sockets."""


C = TypeVar("C", bound=Closing)


class ListingSession(Session, Generic[C]):
    """A session whose `observe` is one look.

    Args:
        api: What the IaaS is asked by. Nothing is sent before it is used.
        kinds: By noun; each is a `Lister` for the look.
    """

    look: ClassVar[type[Look[Any, Any]]]
    """The driver's own."""

    def __init__(self, api: C, kinds: Mapping[str, Any]) -> None:
        self.api = api
        self.kinds = kinds

    def observe(self, owner: Owner, wanted: Sequence[Desired], kinds: frozenset[str] | None = None) -> Inventory:
        """One list a kind, all at once; what the IaaS opens one owned container at a time costs a call each."""
        listers: Mapping[str, Any] = self.kinds  # each is one, beside what the contract knows of it
        asked = listers.keys() if kinds is None else kinds & listers.keys()
        return self.look(self.api, listers, owner, wanted, whole=kinds is None).inventory(asked)

    def close(self) -> None:
        """Close idle sockets."""
        self.api.close()
