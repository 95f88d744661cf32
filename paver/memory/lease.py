"""Where the account keeps one owner's lease."""

from __future__ import annotations

from paver.contract.lease import Slip
from paver.memory.world import World


class MemoryLease:
    """A `LeasePlace` in a world."""

    def __init__(self, world: World, owner: str) -> None:
        self._world = world
        self._owner = owner

    @property
    def place(self) -> str:
        """Where it is."""
        return f"the account's lease of {self._owner}"

    def read(self) -> Slip | None:
        """What is there now."""
        found = self._world.lease(self._owner)
        return None if found is None else Slip(found["text"], found["version"])

    def write(self, text: str, over: str | None) -> str | None:
        """Replace it, if it is still what the caller saw."""
        return self._world.replace_lease(self._owner, text, over)

    def clear(self, over: str) -> bool:
        """Take it away, if it is still that one."""
        return self._world.replace_lease(self._owner, None, over) is not None
