"""A subscription for one test: an emulator that is started here and ended by its process id."""

from __future__ import annotations

from pathlib import Path

from paver.contract import stage
from paver_azure.sandbox.emulator import SECRET, AzureSandbox, told
from paver_azure.sandbox.hand import Hand
from paver_azure.sandbox.server import CA

IDLE = 600.0


class Stage(stage.Stage):
    """A running sandbox, and somebody who may do everything in it.

    Args:
        directory: Where its files go; empty.
    """

    def __init__(self, directory: Path) -> None:
        self.sandbox = AzureSandbox(idle=IDLE)
        self._hands: list[Hand] = []
        super().__init__(self.sandbox, directory)
        self.told = told(directory)
        self.url = self.told["url"]
        self.secret = (directory / SECRET).read_text(encoding="utf-8")
        self.root = f"/subscriptions/{self.told['subscription']}"
        login = (self.told["tenant"], self.told["client"], self.secret)
        self.hand = Hand(self.url, str(directory / CA), *login)
        self._hands.append(self.hand)

    def close(self) -> None:
        """End it, and hang up: one that did not start has nobody on the line."""
        for hand in self._hands:
            hand.close()
        super().close()
