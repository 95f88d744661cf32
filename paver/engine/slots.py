"""So many calls at one time, and who of those that wait goes first: whoever most is waiting behind."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count


class Slots:
    """Used in one loop only.

    Args:
        number: The most that are taken at one time.
    """

    def __init__(self, number: int) -> None:
        self._free = number
        self._came = count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def one(self, behind: int) -> AsyncIterator[None]:
        """Hold one for a while.

        Args:
            behind: How many steps, one after the other, wait for what is done in it; among equals who came first goes.
        """
        await self._take(behind)
        try:
            yield
        finally:
            self._give()

    async def _take(self, behind: int) -> None:
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (-behind, next(self._came), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it was given one at the same moment
                self._give()
            raise

    def _give(self) -> None:
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
