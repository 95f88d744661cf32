"""What there is: every resource by its id, what refers to what, and what is still on its way."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from paver_azure.sandbox.kinds import KINDS, Kind
from paver_azure.sandbox.message import Json

SUCCEEDED, UPDATING, DELETING, FAILED = "Succeeded", "Updating", "Deleting", "Failed"


class Link(NamedTuple):
    """One thing refers to another."""

    part: str
    """The id of the part that does: an interface's IP configuration."""
    to: str
    """In lower case."""


@dataclass(slots=True)
class Resource:
    """One resource."""

    id: str
    """As it was first spelled."""
    type: str
    body: Json
    state: str = SUCCEEDED
    until: float = 0.0
    """When that state ends."""
    outcome: str = SUCCEEDED
    links: tuple[Link, ...] = ()
    etag: str = field(default_factory=lambda: str(uuid.uuid4()))
    secret: str = ""
    """An account's key."""

    @property
    def kind(self) -> Kind:
        """Its row in the table."""
        return KINDS[self.type]

    @property
    def key(self) -> str:
        """The id as it is compared."""
        return self.id.lower()

    @property
    def name(self) -> str:
        """Its own."""
        return self.id.rpartition("/")[2]

    def touch(self) -> None:
        """It is another one than before."""
        self.etag = str(uuid.uuid4())


class Store:
    """All resources.

    Args:
        clock: Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._all: dict[str, Resource] = {}
        self.gone: list[Callable[[Resource], None]] = []
        """Told of whatever goes."""

    def __iter__(self) -> Iterator[Resource]:
        return iter(list(self._all.values()))

    def get(self, id_: str) -> Resource | None:
        """One, by its id in any case."""
        return self._all.get(id_.lower())

    def add(self, resource: Resource) -> None:
        """Keep it."""
        self._all[resource.key] = resource

    def drop(self, resource: Resource) -> None:
        """Forget it, with all that is inside and on it."""
        for one in [*self.below(resource.key), resource]:
            if self._all.pop(one.key, None) is not None:
                for tell in self.gone:
                    tell(one)

    def below(self, key: str) -> list[Resource]:
        """Everything whose id begins with one."""
        return [one for id_, one in self._all.items() if id_.startswith(f"{key}/")]

    def of(self, type_: str, key: str = "") -> list[Resource]:
        """All of one type, below an id."""
        return [one for one in self if one.type == type_ and (not key or one.key.startswith(f"{key}/"))]

    def links_to(self, key: str) -> list[tuple[Resource, Link]]:
        """Everything that refers to an id."""
        return [(one, link) for one in self for link in one.links if link.to == key]

    def users(self, key: str) -> list[Link]:
        """Everything that refers to an id or to a part of it, from outside."""
        return [
            link
            for one in self
            for link in one.links
            if (link.to == key or link.to.startswith(f"{key}/"))
            and one.key != key
            and not one.key.startswith(f"{key}/")
        ]

    def settle(self) -> None:
        """Let end what has lasted long enough."""
        now = self.clock()
        for one in self:
            if one.state in {SUCCEEDED, FAILED} or one.until > now:
                continue
            if one.state == DELETING:
                self.drop(one)
            else:
                one.state = one.outcome
                one.touch()
