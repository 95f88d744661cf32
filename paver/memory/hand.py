"""What is done to a world, or read from it, past its API: by tests, and by people who edit things by hand.

Nothing here is counted, fails, lags or waits.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping

from pydantic import JsonValue

from paver.memory.record import Calls, Record
from paver.memory.world import World


class Hand:
    """Reaches into a world.

    Args:
        world: The world, or another World on the same file.
    """

    def __init__(self, world: World) -> None:
        self._store = world.store

    def everything(self) -> dict[str, Record]:
        """All records by id, the fading ones too, as they are."""
        with self._store.lend() as state:
            return copy.deepcopy(state["things"])

    def census(self) -> list[tuple[str, str]]:
        """Kind and name of all that lives, sorted; what occurs twice stands here twice."""
        return sorted(
            (record["kind"], record["name"]) for record in self.everything().values() if record["fades"] is None
        )

    def calls(self) -> Calls:
        """How often each operation was called."""
        with self._store.lend() as state:
            return copy.deepcopy(state["calls"])

    def mutations(self) -> int:
        """How many changing calls there were."""
        return sum(self.calls()["mutating"].values())

    def log(self) -> list[tuple[str, str]]:
        """The latest changing calls, in order: operation, and the name or id that it was about."""
        with self._store.lend() as state:
            return [(operation, about) for operation, about in state["log"]]

    def put(self, id_: str, *objects: str) -> None:
        """Users put objects into a thing."""
        self._replace(id_, data=[*self._one(id_)["data"], *objects])

    def edit(self, id_: str, **fields: JsonValue) -> None:
        """Somebody changes fields of a thing."""
        self._replace(id_, fields={**self._one(id_)["fields"], **fields})

    def retag(self, id_: str, tags: Mapping[str, str]) -> None:
        """Somebody gives a thing these tags and no others."""
        self._replace(id_, tags=dict(tags))

    def spoil(self, id_: str) -> None:
        """A thing breaks: only another one helps."""
        self._replace(id_, broken=True, doing="")

    def vanish(self, id_: str) -> None:
        """Somebody deletes a thing, whatever stands on it."""
        with self._store.lend() as state:
            del state["things"][id_]

    def count_anew(self) -> None:
        """The next thing's id is the first one's: as where an id is a name."""
        with self._store.lend() as state:
            state["serial"] = 0

    def _one(self, id_: str) -> Record:
        return self.everything()[id_]

    def _replace(self, id_: str, **parts: object) -> None:
        with self._store.lend() as state:
            state["things"][id_] = {**state["things"][id_], **parts}  # type: ignore[typeddict-item]  # the callers above name a record's parts
