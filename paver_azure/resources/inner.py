"""What nouns inside a thing that may bear a lock of ours have in common: it is lifted for as long as a deletion takes.

A lock against deletion keeps every deletion below it out (Microsoft Learn, "Lock your resources"), so that without this
a network could never leave a spec that asks for locks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from pydantic import JsonValue

from paver.contract import names
from paver.contract.answers import later
from paver.contract.errors import Busy, NotFound
from paver.contract.resource import Answer, Attempt, Desired, Done, Observed, Waiting
from paver.contract.types import Owner
from paver_azure import ids
from paver_azure.blockers import LOCKS, covers, locked
from paver_azure.resources.noun import AzureKind, inside

D = TypeVar("D", bound=Desired)
UNLOCK, REMOVE, GO, LOCK = "unlock", "remove", "go", "lock"


class InnerKind(AzureKind[D]):
    """A noun inside a thing that may be locked."""

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it; where a lock of ours keeps it, that goes first and comes back last."""
        try:
            return super().delete(have, attempt)
        except Busy as error:
            lock = self._lock(have.id, attempt.owner) if locked(error) and not error.foreign else None
            if lock is None:
                raise
            return _then(UNLOCK, have.id, lock)

    def advance(self, want: D | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """Lift the lock, delete, see it gone, lock again: one a call. If that breaks off, the next pave locks."""
        found = cast("dict[str, Any]", ticket)
        if found.get("lock") is None:
            return super().advance(want, ticket, attempt)
        id_, lock = str(found["id"]), found["lock"]
        match found["step"]:
            case "unlock":
                with contextlib.suppress(NotFound):
                    self.api.delete(LOCKS, lock["id"])
                return _then(REMOVE, id_, lock)
            case "remove":
                with contextlib.suppress(NotFound):
                    self.api.delete(self.type, id_)
                return _then(GO, id_, lock)
            case "go":
                if self.api.look(self.type, id_) is not None:
                    return later("going", ticket, id=id_, lock=lock, step=GO)
                return _then(LOCK, id_, lock)
        self.api.put(LOCKS, lock["id"], {"properties": lock["properties"]})
        return Done(have=None)

    def _lock(self, id_: str, owner: Owner) -> dict[str, Any] | None:
        """The lock of this owner's that keeps a thing."""
        for lock in self.api.all_of(LOCKS, ids.parts(id_).group):
            marked = names.read_marker(inside(lock, "properties", "notes"))
            if marked is not None and marked[0] == owner and covers(ids.canonical(str(lock["id"])), id_):
                kept = {name: lock["properties"][name] for name in ("level", "notes")}
                return {"id": str(lock["id"]), "properties": kept}
        return None


def _then(step: str, id_: str, lock: Mapping[str, Any]) -> Waiting:
    return Waiting(ticket={"id": id_, "step": step, "lock": dict(lock)}, again=0.0, said=f"its lock: {step}")
