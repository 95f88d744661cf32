"""One look at a subscription."""

from __future__ import annotations

from typing import ClassVar

from paver.contract import listing
from paver_azure import ids, marks
from paver_azure.api import Api, Record

GROUP = "Microsoft.Resources/resourceGroups"


class Look(listing.Look[Api, Record]):
    """Asks by type, in the groups where there may be something of the owner's."""

    threads: ClassVar[int] = 8

    def get(self, type_: str, id_: str) -> Record | None:
        """One thing, asked for once."""
        return self.once((type_, id_), lambda: self.api.look(type_, id_))

    def all_of(self, type_: str, *within: str, **options: str) -> list[Record]:
        """A list to its end, asked for once."""
        question = ("list", type_, *within, *sorted(options.items()))
        return self.once(question, lambda: self.api.all_of(type_, *within, **options))

    def own_group(self) -> Record | None:
        """The group that bears the environment's name, where it is this owner's."""
        found = self.get(GROUP, ids.group_id(self.api.settings.root, self.owner.name))
        return found if found is not None and marks.claim(found.get("tags"), self.owner, "group") else None

    def given_group(self) -> Record | None:
        """The group that the section names, where there is one."""
        name = self.api.settings.resource_group
        return self.get(GROUP, ids.group_id(self.api.settings.root, name)) if name else None

    def groups(self) -> list[str]:
        """The names of the groups in which there may be something of this owner's."""
        found = (self.own_group(), self.given_group())
        return list(dict.fromkeys(str(one["name"]) for one in found if one is not None))

    def ours(self, *nouns: str) -> frozenset[str]:
        """The ids of everything of these kinds that is this owner's."""
        return frozenset(ids.canonical(str(record["id"])) for noun in nouns for _, record in self.claimed(noun))
