"""The resource group: everything of an environment is in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from paver.contract import names
from paver.contract.errors import AlreadyExists, Busy
from paver.contract.resource import Answer, Attempt, Key, Observed
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_azure import ids, marks, places
from paver_azure.api import Record, Sent
from paver_azure.arm_types import RESOURCES
from paver_azure.listing import Look
from paver_azure.resources.noun import Tagged, TaggedKind
from paver_azure.settings import AzureSettings

NOUN = "group"


class Group(Tagged):
    """A resource group."""

    location: str


class GroupKind(TaggedKind[Group]):
    """`group/ENVIRONMENT`. Its name is unique in the subscription."""

    noun = NOUN
    type = "Microsoft.Resources/resourceGroups"
    limit: ClassVar[int] = 90
    replace: ClassVar[frozenset[str]] = frozenset({"location"})

    def id_of(self, want: Group, owner: Owner) -> str:
        """Directly below the subscription."""
        return ids.group_id(self.api.settings.root, want.name)

    def create(self, want: Group, attempt: Attempt) -> Answer:
        """Make it, unless there is one of that name: a PUT would take it over."""
        id_ = self.id_of(want, attempt.owner)
        if self.api.look(self.type, id_) is not None:
            raise AlreadyExists(f"there is a resource group {want.name}")
        return super().create(want, attempt)

    def remove(self, have: Observed) -> Sent:
        """Delete it, once a list has shown that nothing is in it: Azure would delete all of that too."""
        left = self.api.ask_all(f"{have.id}/resources", RESOURCES)
        if left:
            named = [ids.canonical(str(one["id"])) for one in left]
            foreign = [
                id_
                for id_, one in zip(named, left, strict=True)
                if marks.plain(one.get("tags")).get(names.OWNER) != str(have.owner) and not _passing(one)
            ]
            said = ", ".join((foreign or named)[:5])
            raise Busy(f"{have.id} is not empty: {said}", blockers=named, foreign=bool(foreign))
        return super().remove(have)

    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """The one of the environment's name, where its mark is ours."""
        found = look.own_group()
        if found is not None:
            key = marks.claim(found.get("tags"), look.owner, NOUN)
            if key is not None and key.name == look.owner.name:
                yield key, found

    def body(self, want: Group, owner: Owner) -> dict[str, Any]:
        """Where it is, and whose."""
        return {"location": want.location, "tags": marks.tags(owner, want.key, want.tags)}

    def like(self, record: Record, base: Mapping[str, Any], look: Look | None) -> Group:
        """As it is."""
        return Group(**base, location=record["location"])

    def needs(self, like: Group, id_: str, look: Look | None) -> Iterable[str]:
        """Nothing."""
        return ()


def _passing(record: Record) -> bool:
    """Whether something goes by itself: the disk that came with a machine of ours goes after it."""
    return str(record.get("type", "")).lower() == "microsoft.compute/disks" and str(record["name"]).endswith("-os")


def group_key(spec: EnvironmentSpec) -> Key:
    """The group's key."""
    return places.key(NOUN, spec.name)


def wanted(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[Group]:
    """One, or the one that is there."""
    given = settings.resource_group
    yield Group(
        key=group_key(spec),
        name=given or places.native(spec),
        adopt=ids.group_id(settings.root, given) if given else None,
        location=settings.location,
        note=settings.location,
    )
