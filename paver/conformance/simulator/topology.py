"""What the simulator's pavers want: things that stand on each other, drawn from a seed."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING
from uuid import UUID

from paver.contract.resource import Desired, Key, Ref, Value

if TYPE_CHECKING:
    from paver.conformance.simulator.cloud import Cloud

PLAIN, SLOW = "plain", "slow"
"""The two nouns: one is there when its create returns, the other is waited for."""


class Thing(Desired):
    """One thing: a field that changes in place, one that does not, and what it stands on."""

    size: int = 1
    shape: str = "round"
    parents: tuple[Value, ...] = ()


def random_topology(rng: random.Random, most: int = 15) -> list[Thing]:
    """Up to `most` things, each standing on up to two earlier ones."""
    found: list[Thing] = []
    for number in range(rng.randint(1, most)):
        below = rng.sample([thing.key for thing in found], k=min(len(found), rng.randint(0, 2)))
        found.append(
            Thing(
                key=Key(kind=rng.choice((PLAIN, SLOW)), name=f"n{number}"),
                name=f"n{number}",
                size=rng.randint(1, 3),
                shape=rng.choice(("round", "square")),
                parents=tuple(Ref(to=key) for key in below),
                serial=rng.choice((None, None, "one")),
            )
        )
    return found


def changed_topology(rng: random.Random, things: list[Thing]) -> list[Thing]:
    """The same after somebody edited the spec: some gone, some larger, some of another shape."""
    kept = [thing for thing in things if rng.random() < 0.8]  # noqa: PLR2004  four in five
    keys = {thing.key for thing in kept}
    return [
        thing.model_copy(
            update={
                "size": rng.randint(1, 3),
                "shape": rng.choice(("round", "square")),
                "parents": tuple(ref for ref in thing.parents if isinstance(ref, Ref) and ref.to in keys),
            }
        )
        for thing in kept
    ]


def census(cloud: Cloud, owner: UUID) -> Counter[str]:
    """How often each logical key of an owner is there, read past everything that the pavers read."""
    return Counter(str(record.key) for record in cloud.records.values() if record.owner.id == owner)
