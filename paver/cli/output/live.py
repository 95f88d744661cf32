"""The tree that moves, on a terminal that somebody watches. rich loads here and nowhere else."""

from __future__ import annotations

from rich.console import Console
from rich.live import Live
from rich.text import Text

from paver.cli.output.frame import frame_lines
from paver.cli.output.tally import Tally
from paver.cli.output.terminal import Terminal, painted
from paver.cli.output.text import EDGE, WIDTH

SHOW_CURSOR = "\x1b[?25h"
_MARGIN = WIDTH - EDGE


class Tree:
    """Finished lines scroll up; the frame below them is redrawn in place until `close`."""

    def __init__(self, terminal: Terminal, tally: Tally) -> None:
        self._tally = tally
        self._paint = painted if terminal.colour_err else str
        self._console = Console(
            file=terminal.err,
            width=terminal.width,
            force_terminal=True,
            highlight=False,
            no_color=not terminal.colour_err,
            soft_wrap=True,
        )
        self.width = (terminal.width or WIDTH) - _MARGIN
        self._live = Live(
            console=self._console,
            get_renderable=self._frame,
            refresh_per_second=8,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start()

    def print(self, line: str) -> None:
        """A line that stays, above the frame."""
        self._console.print(Text.from_ansi(self._paint(line)), soft_wrap=True)

    def close(self) -> None:
        """Take the frame away."""
        self._live.stop()

    def _frame(self) -> Text:
        lines = frame_lines(self._tally, height=self._console.height - 1, width=self.width)
        return Text("\n".join(lines), no_wrap=True, overflow="ellipsis")
