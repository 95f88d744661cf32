"""What all nouns of Compute have in common: an operation for every change, a description that says whose a thing is."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar, cast

from pydantic import JsonValue

from paver.contract.answers import later, waiting
from paver.contract.errors import Busy, NotFound, OutcomeUnknown, Transient
from paver.contract.names import marker
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed
from paver_gcp import marks
from paver_gcp.api import Record
from paver_gcp.blockers import blockers
from paver_gcp.errors import UnderWay, ended
from paver_gcp.listing import Look
from paver_gcp.resources.noun import GcpKind, Labelled

D = TypeVar("D", bound=Desired)
DONE = "DONE"
LINK = "https://www.googleapis.com/compute/v1/"
"""How Compute's own links begin, wherever it is asked."""
HELD = 2.0
"""Seconds until a delete is sent anew that something of ours was in the way of."""
TIMES = 60
"""How often."""


class ComputeKind(GcpKind[D]):
    """A noun of Compute. Its id is its path from `projects/` on, which every other noun refers to it by."""

    collection: ClassVar[str]
    """As paths spell it: `firewalls`."""
    place: ClassVar[str] = "global"
    """`global`, `regions` or `zones`."""
    patched: ClassVar[Mapping[str, str]] = {}
    """Fields that `patch` changes, and their names in Google's body."""
    fingerprinted: ClassVar[bool] = False
    """Whether `patch` takes a fingerprint."""
    alone: ClassVar[bool] = True
    """Whether it is a resource of its own, and no part of another."""

    @abstractmethod
    def body(self, want: D) -> Record:
        """What its create call says beside name and description."""

    def parent(self, want: Desired) -> str:
        """Where it is made."""
        if self.place == "global":
            return f"projects/{self.api.project}/global"
        if self.place == "regions":
            return f"projects/{self.api.project}/regions/{self.api.region}"
        return f"projects/{self.api.project}/zones/{getattr(want, 'zone', '')}"

    def path(self, want: Desired) -> str:
        """Its id."""
        return f"{self.parent(want)}/{self.collection}/{want.name}"

    def create(self, want: D, attempt: Attempt) -> Answer:
        """Begin to make it."""
        body = {"name": want.name, "description": marker(attempt.owner, want.key), **self.body(want)}
        path = f"{self.parent(want)}/{self.collection}"
        return self.begin("POST", path, body, attempt, id=self.path(want))

    def change(self, have: Observed, want: D, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Begin to change what one `patch` takes, else its labels."""
        if isinstance(want, Labelled) and not fields & self.patched.keys() and "labels" in fields:
            return self._label(have, want, attempt)
        asked = fields & self.patched.keys()
        if not asked:
            return super().change(have, want, fields, attempt)
        whole = self.body(want)
        # A field that the wanted body lacks is one that is to be empty.
        body: dict[str, Any] = {self.patched[field]: whole.get(self.patched[field], []) for field in asked}
        if self.fingerprinted:
            body["fingerprint"] = self.api.read("compute", have.id)["fingerprint"]
        return self.begin("PATCH", have.id, {**body, **self.beside(want)}, attempt, id=have.id)

    def beside(self, want: D) -> Record:
        """What a `patch` has to say whatever it changes."""
        return {}

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Begin to delete it."""
        return self._removed(have.id, attempt, 0)

    def advance(self, want: D | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """One look at its operation, and at what came of it; or a delete anew, once what held it may be gone."""
        found = cast("dict[str, JsonValue]", ticket)
        id_ = str(found["id"])
        if "operation" not in found and want is None:
            return self._anew(id_, attempt, found)
        if "operation" in found:
            operation = self._operation(str(found["operation"]))
            if operation.get("status") != DONE:
                return later("under way", ticket, **{name: found[name] for name in found if name != "looks"})
            if "error" in operation:
                return self._failed(operation, id_, attempt, found, deleting=want is None)
        return Done(have=None) if want is None else self.made(want, id_, found, attempt)

    def made(self, want: D, id_: str, ticket: Mapping[str, JsonValue], attempt: Attempt) -> Answer:
        """What is there once an operation is done."""
        try:
            record = self.api.read("compute", id_)
        except NotFound as error:
            raise OutcomeUnknown(f"{id_} was made and is not there") from error
        return Done(have=self.observed(record, want.key, attempt.owner))

    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """By name, where the description says that it is this owner's."""
        for record in self.listed(look):
            key = marks.claim(record.get("description"), record["name"], look.owner, self.noun, self.limit)
            if key is None:
                look.pass_by()
            else:
                yield key, record

    def listed(self, look: Look) -> Sequence[Record]:
        """Everything whose name begins as the environment's do."""
        wanted = f"name eq {look.owner.name}.*"
        if self.place == "zones":
            path = f"projects/{self.api.project}/aggregated/{self.collection}"
            every = look.once(("aggregated", path), lambda: self.api.aggregated(path, self.collection, filter=wanted))
            # The very same name may be in every zone of the world.
            return [one for one in every if base(one.get("zone", "")).rpartition("-")[0] == self.api.region]
        where = "global" if self.place == "global" else f"regions/{self.api.region}"
        path = f"projects/{self.api.project}/{where}/{self.collection}"
        return look.pages("compute", path, "items", filter=wanted)

    def begin(self, verb: str, path: str, body: Record | None, attempt: Attempt, **ticket: JsonValue) -> Answer:
        """Send a change; what it answers is an operation, which is looked at later."""
        query = {"requestId": str(attempt.token)}
        return self._begun(self.api.change(verb, "compute", path, body, **query), **ticket)

    def _begun(self, operation: Record, **ticket: JsonValue) -> Answer:
        return later("under way", None, operation=bare(str(operation["selfLink"])), **ticket)

    def _operation(self, path: str) -> Record:
        try:
            return self.api.read("compute", path)
        except NotFound:  # operations are forgotten after some days
            return {"status": DONE}

    def _failed(
        self, operation: Record, id_: str, attempt: Attempt, ticket: Mapping[str, JsonValue], *, deleting: bool
    ) -> Answer:
        """An operation that ended in an error ends so for ever: what is to be tried again is begun anew."""
        error = ended(operation, id_)
        if isinstance(error, Busy) and deleting and self.alone:
            named = blockers(self.api, attempt.owner, error)
            times = _count(ticket)
            if named.foreign or times >= TIMES:
                raise named
            return waiting(named.message, HELD, id=id_, times=times + 1)
        if isinstance(error, Transient | Busy):
            raise OutcomeUnknown(error.message)
        raise error

    def _anew(self, id_: str, attempt: Attempt, ticket: Mapping[str, JsonValue]) -> Answer:
        try:
            return self._removed(id_, attempt, _count(ticket))
        except NotFound:
            return Done(have=None)

    def _removed(self, id_: str, attempt: Attempt, times: int) -> Answer:
        """Send a delete. A machine that starts or stops takes a minute in which Google takes no other change of it."""
        try:
            operation = self.api.remove("compute", id_, requestId=str(attempt.token))
        except Busy as error:
            raise blockers(self.api, attempt.owner, error) from error
        except UnderWay as error:
            if times >= TIMES:
                raise
            return waiting(error.message, HELD, id=id_, times=times + 1)
        return self._begun(operation, id=id_, times=times)

    def _label(self, have: Observed, want: Labelled, attempt: Attempt) -> Answer:
        record = self.api.read("compute", have.id)
        body = {
            "labels": marks.labels(attempt.owner, want.key, want.labels, record.get("labels", {})),
            "labelFingerprint": record["labelFingerprint"],
        }
        return self.begin("POST", f"{have.id}/setLabels", body, attempt, id=have.id)


def _count(ticket: Mapping[str, JsonValue]) -> int:
    times = ticket.get("times")
    return times if isinstance(times, int) else 0


def bare(url: str) -> str:
    """The path that a link of Google's leads to, from `projects/` on."""
    start = url.find("projects/")
    return url[start:] if start >= 0 else url


def url(path: object) -> str:
    """The whole link to a resource, by its id: a partial one is not taken everywhere (API Reference, `backends`)."""
    return f"{LINK}{path}"


def base(url: str) -> str:
    """The last part of a link: a name."""
    return url.rpartition("/")[2]
