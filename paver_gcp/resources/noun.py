"""What all nouns of this IaaS have in common: a noun says its fields and its calls, and little else."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, TypeVar

from paver.contract.answers import actual, adopted
from paver.contract.driver import Kind
from paver.contract.errors import Rejected
from paver.contract.resource import (
    Answer,
    Attempt,
    Desired,
    Key,
    Observed,
    Proof,
)
from paver.contract.types import FrozenDict, Map, Owner
from paver_gcp.api import Api, Record
from paver_gcp.listing import Look

D = TypeVar("D", bound=Desired)


class Labelled(Desired):
    """A noun that bears the spec's labels."""

    labels: Map[str, str] = FrozenDict()


class GcpKind(Kind[D]):
    """One noun.

    Args:
        api: Google.
    """

    noun: ClassVar[str]
    """The kind's name."""
    limit: ClassVar[int] = 63
    """The longest name."""
    settle: ClassVar[float] = 5.0
    # Compute's lists are not said to be consistent at once, IAM's are said not to be (IAM documentation, "Access change
    # propagation"); neither gives a figure for a list.

    def __init__(self, api: Api) -> None:
        self.api = api

    @abstractmethod
    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """Everything of this kind that is the look's owner's."""

    @abstractmethod
    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """A thing as the contract tells it.

        Args:
            record: As Google tells it.
            key: Its key.
            owner: Whose it is.
            look: What else was found; None: only this thing was made or changed.
        """

    def adopting(self, look: Look, wanted: Sequence[Desired]) -> Iterable[tuple[Desired, Record]]:
        """What the spec adopts of this kind. A kind that adopts nothing finds nothing."""
        return ()

    def given(self, want: Desired, record: Record, look: Look) -> Observed:
        """An adopted thing: what the spec demands of it, and nothing else, is compared."""
        return adopted(self.observed(record, want.key, look.owner, look), want, labels="labels")

    def update(self, have: Observed, want: D, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Change what can be changed with one call; the engine comes back for the rest."""
        if fixed := fields & self.replace:
            raise Rejected(f"{', '.join(sorted(fixed))} of {have.id} cannot change in place")
        return self.change(have, want, fields, attempt)

    def change(self, have: Observed, want: D, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Change some of these fields in place, with one call."""
        raise Rejected(f"{', '.join(sorted(fields))} of {have.id} cannot change in place")

    def seen(self, like: Desired, id_: str, owner: Owner, **more: Any) -> Observed:
        """A thing of ours whose fields are those of `like`."""
        return Observed(
            kind=self.noun,
            id=id_,
            key=like.key,
            owner=owner.id,
            proof=more.pop("proof", Proof.MARK),
            actual=actual(like),
            **more,
        )
