"""What the nouns of a vCenter's inventory share: one call and its task, then what is left to do.

A datacenter, folder, cluster, host, pool or datastore takes no mark in its create call. Its name is claimed in the
register first, and its id is noted there once everything is made.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping
from typing import Any, ClassVar, TypeVar

from pydantic import JsonValue

from paver.contract.driver import Kind
from paver.contract.errors import Busy, NotOurs, PreflightFailed
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof
from paver.contract.types import Owner
from paver_vsphere.center import FIRST_LOOK, Center
from paver_vsphere.claims import NOTES_ID, REGISTER_ID, Claim
from paver_vsphere.inventory import Listing
from paver_vsphere.marks import Bearer, Intruder, bearers, intruders
from paver_vsphere.session import Reference, Row, moid

CLAIMED = "claimed:"
"""Id of a claim that nothing bears."""

D = TypeVar("D", bound=Desired)
E = TypeVar("E", bound="Entity")


class Entity(Desired):
    """Wanted: a thing that may bear labels."""

    labels: str = ""
    """All labels in one text: `team=platform,cost-centre=4711`."""


class EntityKind(Kind[D]):
    """A noun whose changes are one call each, most of them a task.

    A vCenter's listing shows a change at once, so there is no settle window.
    """

    kind: ClassVar[str]
    takes_time: ClassVar[float] = FIRST_LOOK
    """Seconds that its creation takes at least."""

    def __init__(self, center: Center) -> None:
        self.center = center

    @abstractmethod
    def send(self, want: D) -> Reference:
        """Send the create call: a task, or the object itself."""

    @abstractmethod
    def observe(self, listing: Listing, register: Mapping[Key, Claim], wanted: list[D]) -> Iterator[Observed]:
        """What is ours in a listing, or adopted."""

    def needs(self, want: D) -> tuple[str, ...]:
        """Native ids of the things that this one stands on, register and attributes apart."""
        del want
        return ()

    def outputs(self, want: D, ref: Reference) -> dict[str, JsonValue]:
        """What others may refer to."""
        del ref
        return {"name": want.name}

    def create(self, want: D, attempt: Attempt) -> Answer:
        """One call."""
        del attempt
        if want.adopt is not None:
            raise PreflightFailed(
                self.center.where(want.adopt) + ": the spec adopts it, and it is not there", exit_code=7
            )
        answer = self.send(want)
        if moid(answer).startswith("Task:"):
            return self.center.waiting(answer, "being made", self.takes_time)
        return self.born(want, answer)

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """The first call, after one more look: a server deletes many a container with all that is in it."""
        if have.id.startswith(CLAIMED):
            return self.advance(None, {"gone": True}, attempt)
        names_, foreign = self.center.left(have.id)
        if names_:
            raise Busy(f"{have.key} is not empty: {', '.join(names_)}", blockers=names_, foreign=foreign)
        return self.destroy(have)

    def destroy(self, have: Observed) -> Answer:
        """Send the first call of a deletion."""
        task = self.center.connection.call(self.center.ref(have.id).Destroy_Task, what=f"delete {have.key}")
        return self.center.waiting(task, "being deleted")

    def advance(self, want: D | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """One look at the task; then the next call."""
        at: dict[str, JsonValue] = dict(ticket) if isinstance(ticket, dict) else {}
        over, result = self.center.result(at, str(attempt.key))
        if not over:
            return self.center.still(at)
        if want is None:
            return self.gone()
        return self.born(want, result if result is not None else self.center.ref(at["object"]))

    def born(self, want: D, ref: Reference) -> Answer:
        """After the create call."""
        return Done(have=self.found(want, moid(ref), outputs=self.outputs(want, ref)))

    def gone(self) -> Answer:
        """After the last call of a deletion."""
        return Done(have=None)

    def found(self, want: D, id_: str, **more: Any) -> Observed:  # noqa: ANN401  fields of Observed
        """What a listing shows."""
        return self.center.made(want, id_, Proof.MARK, needs=self.needs(want), **more)


class ClaimedKind(EntityKind[E]):
    """A noun that is claimed before it is made, and noted afterwards."""

    type: ClassVar[str]

    @abstractmethod
    def stands(self, listing: Listing, row: Row, key: Key) -> bool:
        """Whether an object stands where its key implies."""

    def takes(self, listing: Listing, row: Row, key: Key) -> bool:
        """Whether an object of the name that a key would have is in the way of it."""
        return self.stands(listing, row, key)

    def returns(self, listing: Listing, row: Row, key: Key) -> bool:
        """Whether an object in place of the noted one may be the same under another id."""
        del listing, row, key
        return False

    def ours(self, listing: Listing, register: Mapping[Key, Claim]) -> Iterator[Bearer]:
        """Our objects."""
        return bearers(
            listing,
            self.center.fields,
            self._claims(register),
            self.type,
            lambda row, key: self.stands(listing, row, key),
            lambda row, key: self.returns(listing, row, key),
        )

    def intruders(self, listing: Listing, register: Mapping[Key, Claim]) -> Iterator[Intruder]:
        """What bears a claimed name, and is not what was noted under it."""
        claims, found = self._claims(register), list(self.ours(listing, register))
        return intruders(listing, claims, found, self.type, lambda row, key: self.stands(listing, row, key))

    def taken(self, listing: Listing, key: Key, name: str) -> bool:
        """Whether anything is in the way of what a key would name."""
        return any(row.props.get("name") == name and self.takes(listing, row, key) for row in listing.all(self.type))

    def create(self, want: E, attempt: Attempt) -> Answer:
        """One call; before it another, where the claim is gone or names what is gone."""
        claim = self.center.claims.held.get(want.key)
        if want.adopt is None and (claim is None or claim.name != want.name or claim.id):
            return self._claim_again(want)
        return super().create(want, attempt)

    def update(self, have: Observed, want: E, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Other labels."""
        del fields, attempt
        self.center.label(have.id, want.labels)
        return Done(have=have.model_copy(update={"actual": {**have.actual, "labels": want.labels}}))

    def advance(self, want: E | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """One look at the task; the next call; or the end of the claim."""
        at: dict[str, JsonValue] = dict(ticket) if isinstance(ticket, dict) else {}
        if "gone" in at:
            self.center.claims.forget(attempt.key)
            return Done(have=None)
        if want is not None and "claimed" in at:
            return super().create(want, attempt)
        if want is not None and "label" in at:
            self.center.label(str(at["label"]), want.labels)
            return self.whole(want, str(at["label"]))
        if want is not None and "note" in at:
            self.center.claims.note([want.key])
            return Done(have=self.found(want, str(at["note"]), outputs=self._told(want, str(at["note"]))))
        return super().advance(want, at, attempt)

    def born(self, want: E, ref: Reference) -> Answer:
        """It is there; its labels are next, where it has any."""
        if want.labels:
            return self.center.later({"label": moid(ref)}, "made")
        return self.whole(want, moid(ref))

    def whole(self, want: E, id_: str) -> Answer:
        """It is as it should be. What is made anew takes its note along; all others are noted together, at the end."""
        claims = self.center.claims
        claims.meet(want.key, id_)
        if claims.outdated(want.key):
            return self.center.later({"note": id_}, "made anew")
        return Done(have=self.found(want, id_, outputs=self._told(want, id_)))

    def gone(self) -> Answer:
        """After the last call of a deletion: let go of the name."""
        return self.center.later({"gone": True}, "gone")

    def shown(self, want: E, bearer: Bearer, **more: Any) -> Observed:  # noqa: ANN401  fields of Observed
        """What a listing shows of a bearer."""
        id_ = moid(bearer.row.ref)
        self.center.claims.meet(bearer.key, id_)
        return self.found(want, id_, **more)

    def found(self, want: E, id_: str, **more: Any) -> Observed:  # noqa: ANN401  fields of Observed
        """What a listing shows."""
        needs = (*self.needs(want), REGISTER_ID, NOTES_ID, *self.center.fields.shared())
        return self.center.made(want, id_, Proof.REGISTER, needs=needs, **more)

    def _told(self, want: E, id_: str) -> dict[str, JsonValue]:
        return self.outputs(want, self.center.ref(id_))

    def _claims(self, register: Mapping[Key, Claim]) -> dict[Key, Claim]:
        return {key: claim for key, claim in register.items() if key.kind == self.kind}

    def _claim_again(self, want: E) -> Answer:
        """What was noted is gone: a new one has another id, so the note goes before it is made.

        Raises:
            NotOurs: Something else bears the name by now.
        """
        if self.taken(Listing.of(self.center.connection), want.key, want.name):
            raise NotOurs(
                self.center.where(f"{want.name} ({want.key})") + " is taken",
                hint="it is not this environment's: rename it or take it away",
            )
        self.center.claims.again(want.key, want.name)
        return self.center.later({"claimed": True}, "claimed again")


def adopted(want: Desired, row: Row | None, actual: dict[str, Any], **outputs: JsonValue) -> Iterator[Observed]:
    """What the spec adopts, if it is there."""
    if row is not None:
        yield Observed(
            kind=want.key.kind,
            id=moid(row.ref),
            key=want.key,
            owner=None,
            proof=Proof.ADOPTED,
            actual=actual,
            outputs={"name": str(row.props.get("name")), **outputs},
        )


def unclaimed(
    kind: str, register: Mapping[Key, Claim], wanted: Collection[Key], found: Collection[Key | None], owner: Owner
) -> Iterator[Observed]:
    """Claims of what is gone and wanted no longer: a run was killed before it let go of the name."""
    for key in register:
        if key.kind == kind and key not in wanted and key not in found:
            yield Observed(
                kind=kind,
                id=f"{CLAIMED}{key}",
                key=key,
                owner=owner.id,
                proof=Proof.REGISTER,
                actual={},
                needs=(REGISTER_ID,),
            )
