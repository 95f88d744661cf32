"""What a run of the kit has cost and begun: calls against a budget, owners for the sweeper."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID

OWNER, CALLS = "owner", "calls"


class Ledger:
    """Lies in a file that several workers share, so that what a killed kit began can be swept by the next one.

    Args:
        path: The file; it is made where it is missing.
        budget: Calls that may be made; None: as many as it takes.
    """

    def __init__(self, path: Path, budget: int | None = None) -> None:
        self._path = path
        self._budget = budget

    @property
    def over(self) -> bool:
        """Whether the budget is spent."""
        return self._budget is not None and self.calls >= self._budget

    @property
    def calls(self) -> int:
        """How many were made."""
        return sum(int(value) for word, value in self._lines() if word == CALLS)

    @property
    def owners(self) -> tuple[UUID, ...]:
        """All that have begun something."""
        return tuple(dict.fromkeys(UUID(value) for word, value in self._lines() if word == OWNER))

    def spent(self, calls: int) -> None:
        """So many calls were made."""
        self._add(CALLS, str(calls))

    def owns(self, owner: UUID) -> None:
        """This owner is about to make things. On the disk when it returns."""
        self._add(OWNER, str(owner))

    def settled(self) -> None:
        """Nothing of any owner is left."""
        self._path.unlink(missing_ok=True)

    def _add(self, word: str, value: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, f"{word} {value}\n".encode())  # one write: lines of several workers do not mix
            os.fsync(file)
        finally:
            os.close(file)

    def _lines(self) -> list[tuple[str, str]]:
        if not self._path.exists():
            return []
        found = (line.partition(" ") for line in self._path.read_text(encoding="ascii").splitlines())
        return [(word, value) for word, _, value in found]
