"""The lower part of a terminal while a run goes: what runs, since when, and how many wait. Redrawn in place."""

from __future__ import annotations

from paver.cli.output.tally import Tally
from paver.cli.output.text import EDGE, edge, watch

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_A_SECOND = 10


def frame_lines(tally: Tally, *, height: int, width: int = EDGE) -> list[str]:
    """One frame.

    Args:
        tally: How far the run is.
        height: The most lines that it may take.
        width: Where times end.
    """
    running = tally.running
    shown = running[: max(height - 3, 1)]
    turn = SPINNER[int(tally.elapsed() * _A_SECOND) % len(SPINNER)]
    key = max((len(step.key) for step in shown), default=0)
    lines = [edge(f"  {tally.n} of {tally.of} {tally.participle}", watch(tally.elapsed()), width)]
    lines += [
        edge(f"  {turn} {step.key:<{key}}  {step.said}".rstrip(), watch(tally.age(step)), width) for step in shown
    ]
    if len(running) > len(shown):
        lines.append(f"  and {len(running) - len(shown)} more")
    waiting = tally.of - tally.n - len(running)
    if waiting > 0:
        lines.append(f"  {waiting} wait{'s' if waiting == 1 else ''} for these" if running else f"  {waiting} to come")
    return lines
