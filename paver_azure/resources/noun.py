"""What all nouns of this IaaS have in common: a noun says its fields and its body, and little else."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, TypeVar, cast

from pydantic import JsonValue

from paver.contract.answers import actual, later, no_sooner
from paver.contract.driver import Kind
from paver.contract.errors import AlreadyExists, Busy, NotFound, Rejected, Transient
from paver.contract.resource import (
    Answer,
    Attempt,
    Desired,
    Done,
    Key,
    Observed,
    Phase,
    Proof,
)
from paver.contract.types import FrozenDict, Map, Owner
from paver_azure import ids, marks
from paver_azure.api import Api, Record, Sent
from paver_azure.blockers import blockers
from paver_azure.errors import inner, refusal
from paver_azure.listing import Look

D = TypeVar("D", bound=Desired)

PATIENT = 4
"""Looks at a thing that is to go and does not say that it does."""
DONE = "Succeeded"
SPOILT = frozenset({"failed", "canceled"})
GOING = frozenset({"deleting", "deprovisioning", "deletingbegin"})


class Made(Desired):
    """A noun that Azure provisions."""

    state: str = DONE
    """As Azure tells it; whatever failed half way is sent once more, which mends it."""


class Tagged(Made):
    """A noun that bears the spec's labels."""

    tags: Map[str, str] = FrozenDict()


class AzureKind(Kind[D]):
    """One noun.

    Args:
        api: Azure.
    """

    noun: ClassVar[str]
    """The kind's name."""
    type: ClassVar[str]
    """One of `paver_azure.arm_types.TYPES`."""
    limit: ClassVar[int] = marks.LONGEST_NAME
    """The longest name."""
    lasts: ClassVar[bool] = True
    """Whether deleting it takes a while."""
    checked: ClassVar[frozenset[str]] = frozenset()
    """Fields that an adopted one is held to."""
    settle: ClassVar[float] = 5.0
    # Resource Manager writes through to one region and reads from the nearest ("Resource Manager control plane"): a
    # listing may lag, and no figure is given.

    def __init__(self, api: Api) -> None:
        self.api = api

    @abstractmethod
    def body(self, want: D, owner: Owner) -> dict[str, Any]:
        """What a PUT sends, whole."""

    @abstractmethod
    def like(self, record: Record, base: Mapping[str, Any], look: Look | None) -> D:
        """A thing as it would have been wanted.

        Args:
            record: As ARM tells it.
            base: `key` and `name`, and for a noun that has them `state` and `tags`.
            look: What else was found; None: only this thing was made or changed.
        """

    def id_of(self, want: D, owner: Owner) -> str:
        """The id that it will have."""
        return ids.resource_id(self.api.group(owner), self.type, want.name)

    def native(self, owner: Owner, key: Key) -> str:
        """The name that a key implies."""
        return marks.implied(owner.name, key.name, self.limit)

    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """Everything of this kind that is the owner's: by tag, where the name is the one that the key implies."""
        others: list[str] = []
        for record in self.listed(look):
            key = self.claim(record, look)
            if key is None:
                others.append(ids.canonical(str(record["id"])))
            else:
                yield key, record
        look.pass_by(len(others))
        self.api.note_others(self.noun, others)

    def listed(self, look: Look) -> list[Record]:
        """All of this kind in the groups where there may be some of this owner's."""
        return [record for group in look.groups() for record in look.all_of(self.type, group)]

    def claim(self, record: Record, look: Look) -> Key | None:
        """The key of a thing that is this owner's, else None."""
        key = marks.claim(record.get("tags"), look.owner, self.noun)
        fits = key is not None and self.native(look.owner, key) == str(record["name"]).lower()
        return key if fits else None

    def adopting(self, look: Look, wanted: Sequence[Desired]) -> Iterable[tuple[Desired, Record]]:
        """What the spec adopts of this kind, by id."""
        for want, record in zip(
            wanted, look.each(lambda one: look.get(self.type, str(one.adopt)), wanted), strict=True
        ):
            if record is not None:
                yield want, record

    def create(self, want: D, attempt: Attempt) -> Answer:
        """Put it there, marked in the same call."""
        id_ = self.id_of(want, attempt.owner)
        self.api.refuse_others(self.noun, id_)
        return self.answer(self.api.put(self.type, id_, self.body(want, attempt.owner)), id_, want, attempt)

    def update(self, have: Observed, want: D, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Put it there again, as it is wanted, with what others may add to it."""
        if fixed := fields & self.replace:
            raise Rejected(f"{', '.join(sorted(fixed))} of {have.id} cannot change in place")
        body = self.body(want, attempt.owner)
        before = self.api.get(self.type, have.id)
        self.keep(body, before)
        headers = {"If_Match": str(before["etag"])} if before.get("etag") else {}
        try:
            sent = self.api.put(self.type, have.id, body, **headers)
        except AlreadyExists as error:  # it is not what it was a moment ago
            raise Transient(error.message) from error
        return self.answer(sent, have.id, want, attempt)

    def keep(self, body: dict[str, Any], before: Record) -> None:
        """Take over into a body what is there and is others': their tags."""
        if "tags" in body:
            body["tags"] = marks.merged(before.get("tags"), body["tags"])

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it, unless that has begun."""
        if isinstance(have.ticket, dict) and have.ticket.get("going"):
            return later("going", None, id=have.id, operation="", going=True)
        sent = self.remove(have)
        if not self.lasts:
            return Done(have=None)
        return no_sooner(sent.after, later("going", None, id=have.id, operation=sent.operation, going=True))

    def remove(self, have: Observed) -> Sent:
        """Send the deletion.

        Raises:
            Busy: by name what holds it, and whether that is ours.
        """
        try:
            return self.api.delete(self.type, have.id)
        except Busy as error:
            raise blockers(self.api, have.id, str(have.owner), error) from error

    def advance(self, want: D | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """One look: at the operation, where one is known, and at the thing itself."""
        found = cast("dict[str, JsonValue]", ticket)
        id_, operation, going = str(found["id"]), str(found.get("operation") or ""), bool(found.get("going"))
        seen = self.api.progress(operation) if operation else None
        if seen is not None and self._running(seen.told, id_, attempt.owner):
            said = str(seen.told.get("status")).lower()
            return no_sooner(seen.after, later(said, ticket, id=id_, operation=operation, going=going))
        record = self.api.look(self.type, id_)
        if record is None:
            if going or want is None:
                return Done(have=None)
            raise NotFound(f"{id_} is gone")
        state = state_of(record).lower()
        looks = cast("int", found.get("looks") or 0)
        # A deletion that nothing shows any more did not happen; one that ended well shows, a moment later.
        unseen = going and state not in GOING and (seen is not None or looks < PATIENT)
        if state not in {DONE.lower(), *SPOILT} or unseen:
            return later(state, ticket, id=id_, operation=operation, going=going)
        return Done(have=self._seen(record, attempt))

    def answer(self, sent: Sent, id_: str, want: D, attempt: Attempt) -> Answer:
        """What a PUT came to."""
        if sent.record and state_of(sent.record) == DONE:
            return Done(have=self._seen(sent.record, attempt))
        said = state_of(sent.record).lower() if sent.record else "accepted"
        return no_sooner(sent.after, later(said, None, id=id_, operation=sent.operation, going=False))

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """A thing of ours as the contract tells it."""
        base: dict[str, Any] = {"key": key, "name": self.native(owner, key)}
        id_, state = ids.canonical(str(record["id"])), state_of(record)
        pending = state.lower() not in {DONE.lower(), *SPOILT}
        like = self.like(record, base | self._common(record), look)
        going = state.lower() in GOING
        return Observed(
            kind=self.noun,
            id=id_,
            key=key,
            owner=owner.id,
            proof=self.proof(like),
            phase=Phase.PENDING if pending else Phase.READY,
            actual=actual(like),
            outputs={"name": str(record["name"]), **self.outputs(record)},
            needs=tuple(dict.fromkeys(need for need in self.needs(like, id_, look) if need and need != id_)),
            ticket={"id": id_, "operation": "", "going": going} if pending else None,
            holds=self.holds(record, look) if look is not None and look.whole else "",
            held_by=self.held_by(record, look) if look is not None and look.whole else (),
            serial=self.serial(owner),
        )

    def given(self, want: Desired, record: Record, look: Look) -> Observed:
        """An adopted thing: what the spec demands of it, and nothing else, is compared."""
        seen = self.observed(record, want.key, look.owner, look)
        demanded = {name: seen.actual[name] for name in self.checked}
        return seen.model_copy(
            update={
                "owner": None,
                "proof": Proof.ADOPTED,
                "phase": Phase.READY,
                "ticket": None,
                "actual": {**actual(want), **demanded},
                "needs": (),
                "held_by": (),
                "holds": "",
            }
        )

    def proof(self, like: D) -> Proof:
        """Why it is ours."""
        return Proof.MARK

    def outputs(self, record: Record) -> dict[str, JsonValue]:
        """What others may refer to, beside id and name."""
        return {}

    def needs(self, like: D, id_: str, look: Look | None) -> Iterable[str]:
        """The ids of what it stands on."""
        return (group_of(id_),)

    def holds(self, record: Record, look: Look) -> str:
        """Users' data inside it."""
        return ""

    def held_by(self, record: Record, look: Look) -> tuple[str, ...]:
        """Foreign things that stand on it."""
        return ()

    def serial(self, owner: Owner) -> str:
        """What its deletion takes turns with; empty: nothing."""
        return ""

    def _common(self, record: Record) -> dict[str, Any]:
        return {"state": _judged(state_of(record))}

    def _seen(self, record: Record, attempt: Attempt) -> Observed:
        return self.observed(record, attempt.key, attempt.owner)

    def _running(self, told: Record, id_: str, owner: Owner) -> bool:
        """Whether an operation goes on. Raises what it failed with."""
        status = str(told.get("status") or DONE).lower()
        if status in SPOILT:
            code, said = inner(told.get("error") or {}, "no reason given")
            # It was begun, so that what is there now is to be looked at before anything is sent again.
            error = refusal(code, said, HTTPStatus.BAD_REQUEST, {}, id_, sent=True)
            raise blockers(self.api, id_, str(owner.id), error) if isinstance(error, Busy) else error
        return status != DONE.lower()


class TaggedKind(AzureKind[D]):
    """A noun that bears tags."""

    def _common(self, record: Record) -> dict[str, Any]:
        return {**super()._common(record), "tags": marks.labels(record.get("tags"))}

    def tagged(self, want: Tagged, owner: Owner) -> dict[str, Any]:
        """Location and tags of a PUT."""
        return {"location": self.api.settings.location, "tags": marks.tags(owner, want.key, want.tags)}


def state_of(record: Record) -> str:
    """A thing's provisioning state; what has none is done."""
    return str((record.get("properties") or {}).get("provisioningState") or DONE)


def _judged(state: str) -> str:
    return "Failed" if state.lower() in SPOILT else DONE


def group_of(id_: str) -> str:
    """The id of the group that something is in."""
    return "/".join(id_.split("/")[:5])


def inside(record: Record, *path: str) -> Any:
    """What stands deep inside a record; None where anything on the way is missing."""
    found: Any = record
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def linked(record: Record, *path: str) -> str | None:
    """The id that a record refers to at a path, in one spelling."""
    id_ = inside(record, "properties", *path, "id")
    return ids.canonical(str(id_)) if id_ else None
