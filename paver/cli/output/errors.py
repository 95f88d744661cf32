"""`error:` what happened, to what; facts in two columns; what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paver.cli.output.text import duration, facts, hang
from paver.contract.errors import PaverError, SpecError, Stopped

if TYPE_CHECKING:
    from paver.cli.output.tally import Tally

TO_DO = "what to do"
_SIGNALS = {130: "SIGINT", 143: "SIGTERM"}


def error_lines(error: PaverError, width: int | None = None) -> list[str]:
    """The error for people. `width` is None where nobody reads it live: then each message is one line."""
    messages = [line for text in problems_of(error) for line in problem_lines(text, width)]
    rows = [*error.facts, *([(TO_DO, error.hint)] if error.hint else [])]
    return [*messages, *hang("error: ", _sentences(error.message), width), *facts(rows, width)]


def _sentences(message: str) -> str:
    """One sentence stands without a period; two have two."""
    return f"{message}." if ". " in message and not message.endswith(".") else message


def error_json(error: PaverError) -> dict[str, Any]:
    """The error as the last line of a JSON log."""
    return {
        "event": "error",
        "type": type(error).__name__,
        "message": error.message,
        "facts": [list(fact) for fact in error.facts],
        **({"problems": list(problems_of(error))} if isinstance(error, SpecError) else {}),
        "hint": error.hint,
        "exit_code": error.exit_code,
    }


def problems_of(error: PaverError) -> tuple[str, ...]:
    """One line per problem of a spec; nothing for other errors."""
    return error.messages if isinstance(error, SpecError) else ()


def problem_lines(message: str, width: int | None) -> list[str]:
    """`file:line:col: path: what; hint`, the hint on a line of its own where both do not fit."""
    if width is None or len(message) <= width:
        return [message]
    place, blank, text = message.partition(": ")
    prefix = place + blank
    what, semicolon, hint = text.partition("; ")
    lines = hang(prefix, what + semicolon.rstrip(), width)
    return [*lines, *(hang(" " * len(prefix), hint, width) if hint else [])]


def stopped_lines(error: Stopped, tally: Tally, iaas: str, width: int | None = None) -> list[str]:
    """How far a run came that was stopped."""
    by = _SIGNALS.get(error.exit_code, "its caller")
    if not tally.of:
        return hang("", f"Stopped by {by}: nothing was changed.", width)
    begun = len(tally.running)
    left = max(tally.of - tally.n - begun, 0)
    counts = f"{tally.n} of {tally.of} {tally.participle}, {begun} begun and known to {iaas}, {left} not begun"
    took = duration(tally.elapsed())
    return [
        *hang("", f"Stopped by {by} after {took}: {counts}.", width),
        *facts(error.facts, width),
        "Run the same command to go on from here.",
    ]
