"""What all nouns of this IaaS have in common: a noun says its fields and its calls, and little else."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from paver.contract.answers import actual, adopted, changed
from paver.contract.driver import Kind
from paver.contract.errors import Busy, Rejected
from paver.contract.resource import (
    Answer,
    Attempt,
    Desired,
    Key,
    Observed,
    Proof,
)
from paver.contract.types import FrozenDict, Map, Owner
from paver_aws import marks
from paver_aws.api import Api, Record
from paver_aws.blockers import blockers
from paver_aws.listing import Look

D = TypeVar("D", bound=Desired)


class Tagged(Desired):
    """A noun that bears the spec's labels."""

    tags: Map[str, str] = FrozenDict()


class AwsKind(Kind[D]):
    """One noun.

    Args:
        api: AWS.
    """

    noun: ClassVar[str]
    """The kind's name."""
    limit: ClassVar[int] = 255
    """The longest name."""
    settle: ClassVar[float] = 10.0
    # EC2 Developer Guide, "Eventual consistency": a listing may lag a write by seconds, and no figure is given.

    def __init__(self, api: Api) -> None:
        self.api = api

    @abstractmethod
    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """Everything of this kind that is the look's owner's."""

    @abstractmethod
    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """A thing as the contract tells it.

        Args:
            record: As AWS tells it.
            key: Its key.
            owner: Whose it is.
            look: What else was found; None: only this thing was made or changed.
        """

    def adopting(self, look: Look, wanted: Sequence[Desired]) -> Iterable[tuple[Desired, Record]]:
        """What the spec adopts of this kind. A kind that adopts nothing finds nothing."""
        return ()

    def given(self, want: Desired, record: Record, look: Look) -> Observed:
        """An adopted thing: what the spec demands of it, and nothing else, is compared."""
        return adopted(self.observed(record, want.key, look.owner, look), want, labels="tags")

    def update(self, have: Observed, want: D, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Change one of the fields; the engine comes back for the next."""
        if fixed := fields & self.replace:
            raise Rejected(f"{', '.join(sorted(fixed))} of {have.id} cannot change in place")
        field = min(fields)
        if field == "tags" and isinstance(want, Tagged):
            return self._retag(have, want, attempt)
        return self.change(have, want, field, attempt)

    def change(self, have: Observed, want: D, field: str, attempt: Attempt) -> Answer:
        """Change one field in place, with one call."""
        raise Rejected(f"{field} of {have.id} cannot change in place")

    def tag(self, have: Observed, tags: Mapping[str, str]) -> None:
        """Set tags, with one call."""
        raise Rejected(f"{have.id} bears no tags")

    def untag(self, have: Observed, names: Sequence[str]) -> None:
        """Remove tags, with one call."""
        raise Rejected(f"{have.id} bears no tags")

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

    def remove(self, service: str, method: str, have: Observed, **arguments: Any) -> None:
        """Delete, and where something is in the way, say what.

        Raises:
            Busy: by name what holds it, and whether that is ours.
        """
        try:
            self.api.remove(service, method, about=have.id, **arguments)
        except Busy as error:
            raise blockers(self.api, have, error) from error

    def _retag(self, have: Observed, want: Tagged, attempt: Attempt) -> Answer:
        before = have.actual.get("tags")
        stale = sorted(set(before if isinstance(before, dict) else ()) - set(want.tags))
        if stale:
            self.untag(have, stale)
            left = {name: text for name, text in dict(before or {}).items() if name not in stale}  # type: ignore[arg-type]  # a mapping: it was one above
            return changed(have, tags=left)
        self.tag(have, marks.tags(attempt.owner, want.key, want.name, want.tags))
        return changed(have, tags=dict(want.tags))


class Ec2Kind(AwsKind[D]):
    """A noun of EC2 that bears tags from its create call on, and is listed by them."""

    resource: ClassVar[str]
    """As `TagSpecifications` spell it."""
    described: ClassVar[tuple[str, str]]
    """The operation that lists them, and the member of its answer."""
    identifier: ClassVar[str]
    """The member that has a thing's id; with an s, the parameter that takes several."""

    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """By the owner's tag, where the name is the one that the key implies."""
        method, within = self.described
        filters = [{"Name": "tag:paver-owner", "Values": [str(look.owner.id)]}]
        for record in look.pages("ec2", method, within, Filters=filters):
            key = marks.claim(self.tags_of(record), look.owner, self.noun, self.limit)
            if key is None:
                look.pass_by()
            elif self.exists(record):
                yield key, record

    def adopting(self, look: Look, wanted: Sequence[Desired]) -> Iterable[tuple[Desired, Record]]:
        """By id, all in one call."""
        if not wanted:
            return
        method, within = self.described
        ids = [{"Name": self.filter_name(), "Values": sorted({str(want.adopt) for want in wanted})}]
        found = {record[self.identifier]: record for record in look.pages("ec2", method, within, Filters=ids)}
        for want in wanted:
            if want.adopt in found:
                yield want, found[want.adopt]

    def filter_name(self) -> str:
        """The filter that takes ids: unlike the parameter, it finds what is there and is silent about the rest."""
        return f"{self.resource}-id"

    def exists(self, record: Record) -> bool:
        """Whether it is still there: some things stay listed for an hour after their end."""
        return True

    def tags_of(self, record: Record) -> dict[str, str]:
        """Its tags."""
        return marks.plain(record.get("Tags"))

    def specifications(self, want: Tagged, attempt: Attempt, *others: str) -> Sequence[Mapping[str, object]]:
        """The tags of its create call, for itself and what comes with it."""
        found = marks.tags(attempt.owner, want.key, want.name, want.tags)
        return marks.specifications(self.resource, *others, of=found)

    def tag(self, have: Observed, tags: Mapping[str, str]) -> None:
        """Set tags."""
        self.api.change("ec2", "create_tags", about=have.id, Resources=[have.id], Tags=marks.pairs(tags))

    def untag(self, have: Observed, names: Sequence[str]) -> None:
        """Remove tags."""
        self.api.change("ec2", "delete_tags", about=have.id, Resources=[have.id], Tags=[{"Key": n} for n in names])
