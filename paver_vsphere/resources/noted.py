"""What a vCenter lets bear no mark: the register notes which of it the vCenter had, and which it was given by us."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterable, Mapping
from typing import ClassVar, TypeVar

from pydantic import JsonValue

from paver.contract.driver import Kind
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof
from paver_vsphere.center import Center
from paver_vsphere.claims import NOTES_ID, REGISTER_ID

OURS, THEIRS = "+", "="
"""In the note: whether it was we who gave it to the vCenter, or it had it before."""

D = TypeVar("D", bound=Desired)


class NotedKind(Kind[D]):
    """Each is known by a digest, which is noted before the vCenter is given it. Only what is ours is taken away."""

    noun: ClassVar[str]

    def __init__(self, center: Center) -> None:
        self._center = center

    def create(self, want: D, attempt: Attempt) -> Answer:
        """The first of several calls."""
        return self._next(want, attempt.key)

    def update(self, have: Observed, want: D, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Whatever is missing or too much."""
        del have, fields
        return self._next(want, attempt.key)

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """What is ours goes."""
        del have
        return self._next(None, attempt.key)

    def advance(self, want: D | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """The next call."""
        del ticket
        return self._next(want, attempt.key)

    @abstractmethod
    def _next(self, want: D | None, key: Key) -> Answer:
        """One call towards what is wanted; None: towards its end."""

    def noted(self, key: Key) -> dict[str, str]:
        """Digest to whose it is."""
        claim = self._center.claims.held.get(key)
        return {one[1:]: one[0] for one in (claim.id.split(",") if claim is not None and claim.id else ())}

    def _whose(self, key: Key, wanted: Iterable[str], there: Collection[str]) -> dict[str, str]:
        """What the note is to say of these."""
        noted = self.noted(key)
        return {one: OURS if noted.get(one) == OURS or one not in there else THEIRS for one in wanted}

    def _noting(self, key: Key, target: Mapping[str, str]) -> Answer | None:
        """The note, which comes before any other call; None: it says so already."""
        noted = self.noted(key)
        if all(noted.get(one) == whose for one, whose in target.items()):
            return None
        self._note(key, {**noted, **target})
        return self._center.later({}, "noted")

    def _gone(self, key: Key) -> Answer:
        """Nothing is left to take away: the claim goes."""
        self._center.claims.forget(key)
        return Done(have=None)

    def _done(self, key: Key, name: str, target: Mapping[str, str], actual: Mapping[str, JsonValue]) -> Answer:
        """All is as wanted: the note says that and no more."""
        if self.noted(key) != target:
            self._note(key, target)
        return Done(have=self._observed(key, name, actual))

    def _note(self, key: Key, note: Mapping[str, str]) -> None:
        claims = self._center.claims
        claims.meet(key, ",".join(f"{whose}{one}" for one, whose in sorted(note.items())))
        claims.note([key])

    def _observed(self, key: Key, name: str, actual: Mapping[str, JsonValue]) -> Observed:
        return Observed(
            kind=self.noun,
            id=f"{self.noun}:{key.name}",
            key=key,
            owner=self._center.owner.id,
            proof=Proof.REGISTER,
            actual=dict(actual),
            outputs={"name": name},
            needs=(REGISTER_ID, NOTES_ID),
        )
