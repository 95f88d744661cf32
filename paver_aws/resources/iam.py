"""What roles, users and instance profiles have in common: a path that holds the owner's id."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, TypeVar

from paver.contract.errors import NotFound
from paver.contract.resource import Desired, Key, Observed
from paver.contract.types import Owner
from paver_aws import marks
from paver_aws.api import Record
from paver_aws.listing import Look
from paver_aws.resources.noun import AwsKind

D = TypeVar("D", bound=Desired)


def path(owner: Owner) -> str:
    """Where an owner's principals are. A path cannot be changed on a role or profile, unlike a tag."""
    return f"/paver/{owner.id}/"


class IamKind(AwsKind[D]):
    """A noun of IAM: global, eventually consistent, its name unique in the account.

    Its native id is IAM's unique one, not its ARN: what is made anew under the same name is another thing (IAM User
    Guide, "IAM identifiers").
    """

    limit: ClassVar[int] = 64
    single: ClassVar[str]
    """As IAM calls one: `Role`."""

    @property
    def parameter(self) -> str:
        """What takes its name."""
        return f"{self.single}Name"

    @property
    def words(self) -> str:
        """As boto3 spells it inside the name of an operation."""
        return "".join(f"_{c.lower()}" if c.isupper() else c for c in self.single).lstrip("_")

    @abstractmethod
    def listed(self, look: Look) -> list[Record]:
        """All below the owner's path."""

    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """By path and name; each is opened for its tags, which no list tells."""
        near = [record for record in self.listed(look) if record.get("Path") == path(look.owner)]
        for record in look.each(self._open, near):
            key = self._key(record, look.owner) if record is not None else None
            if record is not None and key is not None:
                yield key, record

    def tag(self, have: Observed, tags: Mapping[str, str]) -> None:
        """Set tags."""
        name = {self.parameter: have.output("name")}
        self.api.change("iam", f"tag_{self.words}", about=have.id, Tags=marks.pairs(tags), **name)

    def untag(self, have: Observed, names: Sequence[str]) -> None:
        """Remove tags."""
        name = {self.parameter: have.output("name")}
        self.api.change("iam", f"untag_{self.words}", about=have.id, TagKeys=list(names), **name)

    def _open(self, record: Record) -> Record | None:
        name = {self.parameter: record[self.parameter]}
        try:
            opened: Record = self.api.read("iam", f"get_{self.words}", about=record["Arn"], **name)[self.single]
        except NotFound:
            return None
        return opened

    def _key(self, record: Record, owner: Owner) -> Key | None:
        """From the name: the path says whose it is."""
        environment, _, rest = str(record[self.parameter]).partition(f"{owner.name}-")
        return Key(kind=self.noun, name=rest) if not environment and rest else None
