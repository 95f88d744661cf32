"""So many calls at one time, and who of those that wait goes first: whoever most is waiting behind."""

from __future__ import annotations

import asyncio
from collections import deque


class Slots:
    """Used in one loop only.

    Args:
        number: The most that are taken at one time.
    """

    def __init__(self, number: int) -> None:
        self._free = number
        self._waiting: dict[int, deque[asyncio.Future[None]]] = {}

    async def take(self, behind: int) -> None:
        """Wait for one. Whoever has it gives it back.

        Args:
            behind: How many steps, one after the other, wait for what is done in it; among equals who came first goes.
        """
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(behind, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it was given one at the same moment
                self.give()
            raise

    def give(self) -> None:
        """Give it to whoever is next."""
        while self._waiting:
            most = max(self._waiting)
            queue = self._waiting[most]
            turn = queue.popleft()
            if not queue:
                del self._waiting[most]
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
