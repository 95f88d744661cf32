"""What a run sees: its open sessions, and what was found in each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import JsonValue

from paver.contract.driver import Kind, Session
from paver.contract.resource import Desired, Inventory, Key, Observed, Phase, Proof, Ref
from paver.engine.diff import Unknown
from paver.engine.errors import TwoOfOne

Scope = Key | None


def stands(item: Observed) -> bool:
    """Whether a thing is there and ours to delete: neither adopted nor fading."""
    return item.proof is not Proof.ADOPTED and item.phase is not Phase.FADING


def key_of(item: Observed) -> Key:
    """Its logical key, or a name for what has none that could be read."""
    return item.key or Key(kind=item.kind, name="unnamed")


@dataclass(slots=True)
class Place:
    """One open session and what was found through it."""

    scope: Scope
    session: Session
    identity: Mapping[str, str]
    items: dict[Key, Observed] = field(default_factory=dict)
    strays: list[Observed] = field(default_factory=list)
    """Ours by proof, but of no key that could be read, or fading."""
    complete: frozenset[str] = frozenset()
    foreign: int = 0
    lag: float | None = None
    """Seconds by which listings lag behind changes, where the spec says so."""
    asked: datetime | None = None
    """When the last listing began: what it may lack is reckoned from then, however long the process slept since."""

    def take(self, inventory: Inventory) -> None:
        """Keep what a whole listing found. Raises TwoOfOne."""
        self.items, self.strays = {}, []
        self.complete, self.foreign = inventory.complete, inventory.foreign
        for item in inventory.items:
            if item.key is None or item.phase is Phase.FADING:
                self.strays.append(item)
            elif item.key in self.items:
                raise TwoOfOne(str(item.key), (self.items[item.key].id, item.id))
            else:
                self.items[item.key] = item

    @property
    def name(self) -> str:
        """The scope as events and records spell it; empty for the first session."""
        return str(self.scope or "")

    def all(self) -> list[Observed]:
        """Everything that was found."""
        return [*self.items.values(), *self.strays]

    def kind(self, name: str) -> Kind[Any]:
        """One noun. Raises KeyError where the session has none of that name."""
        return self.session.kinds[name]

    def settle(self, name: str) -> float:
        """Seconds for which a listing may lack what was done to a thing of that kind."""
        settle = self.kind(name).settle
        return settle if self.lag is None or not settle else self.lag

    @property
    def longest_settle(self) -> float:
        """Seconds after which a listing lacks nothing."""
        return max(map(self.settle, self.session.kinds), default=0.0)


class World:
    """All places of a run, by scope."""

    def __init__(self, wanted: Sequence[Desired]) -> None:
        self.wanted: dict[Key, Desired] = {want.key: want for want in wanted}
        self.by_scope: dict[Scope, list[Desired]] = defaultdict(list)
        for want in wanted:
            self.by_scope[want.scope].append(want)
        self.places: dict[Scope, Place] = {}

    def find(self, key: Key) -> Observed | None:
        """What bears that key, in the place where it is wanted, or anywhere."""
        want = self.wanted.get(key)
        places: Iterable[Place] = self.places.values()
        if want is not None:
            places = [self.places[want.scope]] if want.scope in self.places else []
        return next((place.items[key] for place in places if key in place.items), None)

    def resolve(self, ref: Ref) -> JsonValue:
        """A Ref's value from what is there. Raises Unknown."""
        have = self.find(ref.to)
        if have is None or have.phase is not Phase.READY:
            raise Unknown(ref.to)
        return have.output(ref.output)

    def merged(self) -> Inventory:
        """All places as one, for `describe`."""
        return Inventory(
            items=tuple(item for place in self.places.values() for item in place.all()),
            complete=frozenset().union(*(place.complete for place in self.places.values())),
            foreign=sum(place.foreign for place in self.places.values()),
        )

    def standing(self, but: Collection[tuple[Scope, str]]) -> list[str]:
        """What is there and ours to delete, these apart: key and id."""
        return [
            f"{item.key or item.kind} {item.id}"
            for place in self.places.values()
            for item in place.all()
            if stands(item) and (place.scope, item.id) not in but
        ]

    def identities(self) -> dict[str, Mapping[str, str]]:
        """Who answered where, the secret store apart."""
        return {place.name: place.identity for place in self.places.values() if place.identity}

    @contextmanager
    def closing_unlisted(self, scope: Key, session: Session) -> Iterator[None]:
        """Close an inner session that is refused or cannot be listed: it is in no place yet, from which to close it."""
        try:
            yield
        except BaseException:
            if scope not in self.places:
                session.close()
            raise

    def close(self) -> None:
        """Close all sessions, the innermost first."""
        for place in reversed(self.places.values()):
            place.session.close()
