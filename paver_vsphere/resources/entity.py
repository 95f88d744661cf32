"""What the nouns of a vCenter's inventory share: one call and its task, and a register for what bears no mark."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping
from typing import Any, ClassVar, TypeVar

from pydantic import JsonValue

from paver.contract.driver import Kind
from paver.contract.errors import Rejected
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof
from paver.contract.types import Owner
from paver_vsphere.center import Center
from paver_vsphere.claims import REGISTER_ID
from paver_vsphere.inventory import Listing
from paver_vsphere.session import Reference, Row, moid

CLAIMED = "claimed:"
"""Id of a claim that nothing bears."""

D = TypeVar("D", bound=Desired)


class EntityKind(Kind[D]):
    """A noun whose changes are one call each, most of them a task.

    A vCenter's listing shows a change at once, so there is no settle window.
    """

    kind: ClassVar[str]
    proof: ClassVar[Proof] = Proof.REGISTER

    def __init__(self, center: Center) -> None:
        self.center = center

    @abstractmethod
    def send(self, want: D) -> Reference:
        """Send the create call: a task, or the object itself."""

    @abstractmethod
    def observe(self, listing: Listing, register: dict[Key, str], wanted: list[D]) -> Iterator[Observed]:
        """What is ours in a listing, or adopted."""

    def needs(self, want: D) -> tuple[str, ...]:
        """Native ids of the things that this one stands on, the register apart."""
        del want
        return ()

    def outputs(self, want: D, row: Reference) -> dict[str, JsonValue]:
        """What others may refer to of a thing just made."""
        del row
        return {"name": want.name}

    def create(self, want: D, attempt: Attempt) -> Answer:
        """One call."""
        del attempt
        if want.adopt is not None:
            raise Rejected(self.center.where(f"{want.key}: {want.adopt}") + ": it is not there, and the spec adopts it")
        return self._taken(want, self.send(want))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """One call: what is in it was deleted before, and the server refuses a container that is not empty."""
        if have.id.startswith(CLAIMED):
            return self.advance(None, {"gone": True}, attempt)
        return self.destroy(have)

    def destroy(self, have: Observed) -> Answer:
        """Send the first call of a deletion."""
        task = self.center.connection.call(self.center.ref(have.id).Destroy_Task, what=f"delete {have.key}")
        return self.center.waiting(task, "being deleted")

    def advance(self, want: D | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """One look at the task."""
        at = dict(ticket) if isinstance(ticket, dict) else {}
        if "gone" in at:
            self.center.claims.forget(attempt.key)
            return Done(have=None)
        over, result = self.center.result(at, str(attempt.key))
        if not over:
            return self.center.waiting(self.center.ref(at["task"]), "in progress")
        if want is None:
            return self.gone()
        return Done(have=self._made(want, result if result is not None else self.center.ref(at["object"])))

    def gone(self) -> Answer:
        """After a deletion: let go of the name, where it was claimed."""
        if self.proof is not Proof.REGISTER:
            return Done(have=None)
        return self.center.later({"gone": True}, "gone")

    def found(self, want: D, id_: str, **more: Any) -> Observed:  # noqa: ANN401  fields of Observed
        """What a listing shows."""
        return self.center.made(want, id_, self.proof, **{**more, "needs": self._stands_on(want)})

    def _stands_on(self, want: D) -> tuple[str, ...]:
        register = (REGISTER_ID,) if self.proof is Proof.REGISTER else ()
        return (*self.needs(want), *register)

    def _taken(self, want: D, answer: Reference) -> Answer:
        if moid(answer).startswith("Task:"):
            return self.center.waiting(answer, "being made")
        return Done(have=self._made(want, answer))

    def _made(self, want: D, ref: Reference) -> Observed:
        return self.center.made(
            want, moid(ref), self.proof, needs=self._stands_on(want), outputs=self.outputs(want, ref)
        )


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


def registered(kind: str, register: dict[Key, str]) -> Iterator[tuple[Key, str]]:
    """The register's entries of one noun."""
    return ((key, name) for key, name in register.items() if key.kind == kind)
