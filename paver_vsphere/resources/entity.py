"""What the nouns of a vCenter's inventory share: one call and its task, and a register for what bears no mark."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, TypeVar

from pydantic import JsonValue

from paver.contract.driver import Kind
from paver.contract.errors import Rejected
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof
from paver_vsphere.center import Center
from paver_vsphere.inventory import Listing
from paver_vsphere.session import Reference, Row, moid

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
        """Native ids that a thing just made stands on."""
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
        del attempt
        task = self.center.connection.call(self.center.ref(have.id).Destroy_Task, what=f"delete {have.key}")
        return self.center.waiting(task, "being deleted")

    def advance(self, want: D | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """One look at the task."""
        at = dict(ticket) if isinstance(ticket, dict) else {}
        over, result = self.center.result(at, str(attempt.key))
        if not over:
            return self.center.waiting(self.center.ref(at["task"]), "in progress")
        if want is None:
            return Done(have=None)
        return Done(have=self._made(want, result if result is not None else self.center.ref(at["object"])))

    def _taken(self, want: D, answer: Reference) -> Answer:
        if moid(answer).startswith("Task:"):
            return self.center.waiting(answer, "being made")
        return Done(have=self._made(want, answer))

    def _made(self, want: D, ref: Reference) -> Observed:
        return self.center.made(want, moid(ref), self.proof, needs=self.needs(want), outputs=self.outputs(want, ref))


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


def registered(kind: str, register: dict[Key, str]) -> Iterator[tuple[Key, str]]:
    """The register's entries of one noun."""
    return ((key, name) for key, name in register.items() if key.kind == kind)
