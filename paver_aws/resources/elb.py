"""What balancers and target groups have in common: listed all at once, their tags twenty at a time."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, TypeVar

from paver.contract.resource import Desired, Key, Observed
from paver_aws import marks
from paver_aws.api import Record
from paver_aws.listing import Look
from paver_aws.resources.noun import AwsKind

D = TypeVar("D", bound=Desired)
TAGS_AT_ONCE = 20
"""DescribeTags takes so many (Elastic Load Balancing API Reference)."""


class ElbKind(AwsKind[D]):
    """A noun of Elastic Load Balancing: no filter by tag, a name that is unique in account and region."""

    limit: ClassVar[int] = 32
    arn: ClassVar[str]
    named: ClassVar[str]

    @abstractmethod
    def listed(self, look: Look) -> list[Record]:
        """All of the account's."""

    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """Those that begin like ours, and bear our marks."""
        listed = self.listed(look)
        near = [record for record in listed if str(record[self.named]).startswith(look.owner.name)]
        look.pass_by(len(listed) - len(near))
        tagged = self._tags(look, [str(record[self.arn]) for record in near])
        for record in near:
            tags = tagged.get(str(record[self.arn]), {})
            key = marks.claim(tags, look.owner, self.noun, self.limit)
            if key is not None and record[self.named] == marks.implied(look.owner.name, key, self.limit):
                yield key, {**record, "Tags": marks.pairs(tags)}
            else:
                look.pass_by()

    def tag(self, have: Observed, tags: Mapping[str, str]) -> None:
        """Set tags."""
        self.api.change("elbv2", "add_tags", about=have.id, ResourceArns=[have.id], Tags=marks.pairs(tags))

    def untag(self, have: Observed, names: Sequence[str]) -> None:
        """Remove tags."""
        self.api.change("elbv2", "remove_tags", about=have.id, ResourceArns=[have.id], TagKeys=list(names))

    def _tags(self, look: Look, arns: Sequence[str]) -> Mapping[str, dict[str, str]]:
        parts = [list(arns[first : first + TAGS_AT_ONCE]) for first in range(0, len(arns), TAGS_AT_ONCE)]
        answers = look.each(
            lambda part: self.api.read("elbv2", "describe_tags", ResourceArns=part)["TagDescriptions"], parts
        )
        return {found["ResourceArn"]: marks.plain(found["Tags"]) for answer in answers for found in answer}
