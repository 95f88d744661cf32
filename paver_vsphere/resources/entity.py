"""What the nouns of a vCenter's inventory share: one call and its task, then the marks, then what is left to do.

A datacenter, folder, cluster, host, pool or datastore takes no mark in its create call. Its name is claimed in the
register first; the custom attributes that say whose it is are set right after it was made, one call each.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping
from typing import Any, ClassVar, TypeVar

from pydantic import JsonValue

from paver.contract import names
from paver.contract.driver import Kind
from paver.contract.errors import Busy, PreflightFailed
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Phase, Proof
from paver.contract.types import Owner
from paver_vsphere.center import Center, Ticket
from paver_vsphere.claims import REGISTER_ID
from paver_vsphere.inventory import Listing
from paver_vsphere.marks import LABELS, Bearer, bearers
from paver_vsphere.session import Reference, Row, moid

CLAIMED = "claimed:"
"""Id of a claim that nothing bears."""

D = TypeVar("D", bound=Desired)
E = TypeVar("E", bound="Entity")


class Entity(Desired):
    """Wanted: a thing that bears custom attributes."""

    labels: str = ""
    """All labels in one text: `team=platform,cost-centre=4711`."""


class EntityKind(Kind[D]):
    """A noun whose changes are one call each, most of them a task.

    A vCenter's listing shows a change at once, so there is no settle window.
    """

    kind: ClassVar[str]

    def __init__(self, center: Center) -> None:
        self.center = center

    @abstractmethod
    def send(self, want: D) -> Reference:
        """Send the create call: a task, or the object itself."""

    @abstractmethod
    def observe(self, listing: Listing, register: Mapping[Key, str], wanted: list[D]) -> Iterator[Observed]:
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
            return self.center.waiting(answer, "being made")
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


class MarkedKind(EntityKind[E]):
    """A noun that takes its marks after it was made."""

    type: ClassVar[str]

    @abstractmethod
    def stands(self, listing: Listing, row: Row, key: Key) -> bool:
        """Whether an unmarked object stands where its key implies."""

    def takes(self, listing: Listing, row: Row, key: Key) -> bool:
        """Whether an object of the name that a key would have is in the way of it."""
        return self.stands(listing, row, key)

    def ours(self, listing: Listing, register: Mapping[Key, str]) -> Iterator[Bearer]:
        """Our objects, marked or not yet."""
        center = self.center
        return bearers(
            listing,
            center.fields,
            center.owner,
            register,
            self.kind,
            self.type,
            lambda r, k: self.stands(listing, r, k),
        )

    def update(self, have: Observed, want: E, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Other labels."""
        del fields, attempt
        self.center.mark(have.id, LABELS, want.labels)
        return Done(have=have.model_copy(update={"actual": {**have.actual, "labels": want.labels}}))

    def advance(self, want: E | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """One look at the task; the next mark; or the end of the claim."""
        at: dict[str, JsonValue] = dict(ticket) if isinstance(ticket, dict) else {}
        if "gone" in at:
            self.center.claims.forget(attempt.key)
            return Done(have=None)
        if want is not None and "mark" in at:
            return self._marked(want, at)
        return super().advance(want, at, attempt)

    def born(self, want: E, ref: Reference) -> Answer:
        """It is there; its marks are next."""
        return self.center.later(self._unmarked(moid(ref), tuple(names.marks(self.center.owner, want.key))), "made")

    def whole(self, want: E, id_: str) -> Answer:
        """It bears its marks: what else there is to do."""
        return Done(have=self.found(want, id_, outputs=self.outputs(want, self.center.ref(id_))))

    def gone(self) -> Answer:
        """After the last call of a deletion: let go of the name."""
        return self.center.later({"gone": True}, "gone")

    def shown(self, want: E, bearer: Bearer, **more: Any) -> Observed:  # noqa: ANN401  fields of Observed
        """What a listing shows of a bearer."""
        id_ = moid(bearer.row.ref)
        have = self.found(want, id_, **more)
        if not bearer.left:
            return have
        pending = {"phase": Phase.PENDING, "proof": Proof.REGISTER, "ticket": self._unmarked(id_, bearer.left)}
        return have.model_copy(update=pending)

    def found(self, want: E, id_: str, **more: Any) -> Observed:  # noqa: ANN401  fields of Observed
        """What a listing shows."""
        needs = (*self.needs(want), REGISTER_ID, *self.center.fields.shared())
        return self.center.made(want, id_, Proof.MARK, needs=needs, **more)

    def _unmarked(self, id_: str, left: tuple[str, ...]) -> dict[str, JsonValue]:
        return {"mark": id_, "left": list(left)}

    def _marked(self, want: E, at: Ticket) -> Answer:
        """The next mark, labels last."""
        id_, left = str(at["mark"]), at["left"]
        if not isinstance(left, list) or not left:
            return self.whole(want, id_)
        mark, *rest = (str(name) for name in left)
        values = {**names.marks(self.center.owner, want.key), LABELS: want.labels}
        self.center.mark(id_, mark, values[mark])
        if not rest and want.labels and mark != LABELS:
            rest = [LABELS]
        return self.center.later(self._unmarked(id_, tuple(rest)), f"marked {mark}")


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
    kind: str, register: Mapping[Key, str], wanted: Collection[Key], found: Collection[Key | None], owner: Owner
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
