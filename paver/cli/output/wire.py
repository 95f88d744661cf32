"""What passed a wire, at its end: counts, fates, the longest chain of calls; and each exchange for a log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from paver.cli.output.text import counted, duration, table
from paver.conformance.wire.log import Counts, Exchange

Chain = Sequence[Exchange]


def wire_lines(counts: Counts, fates: Mapping[str, int], chain: Chain, *, seconds: float) -> list[str]:
    """For people."""
    sorts = f"{counts.mutating} mutating, {counts.reading} reading, {counts.bookkeeping} bookkeeping"
    lines = [f"{counted(sum(counts), 'request')} in {duration(seconds)}: {sorts}."]
    if fates:
        lines += [f"  {line}" for line in table([(fate, str(number)) for fate, number in sorted(fates.items())])]
    lines.append(f"The longest chain of calls that depend on one another: {len(chain)}.")
    if chain:
        rows = [(str(one.number), one.operation, _status(one)) for one in chain]
        lines += [f"  {line}" for line in table(rows)]
    return lines


def wire_json(
    counts: Counts, fates: Mapping[str, int], chain: Chain, *, listen: str, upstream: str, seconds: float
) -> dict[str, Any]:
    """As one document."""
    return {
        "listen": listen,
        "upstream": upstream,
        "seconds": round(seconds, 3),
        "counts": counts._asdict(),
        "fates": dict(sorted(fates.items())),
        "longest_chain": [exchange_json(one) for one in chain],
    }


def exchange_json(one: Exchange) -> dict[str, Any]:
    """One exchange, as a line of the log has it. What was said in it stands nowhere: it bears secrets."""
    return {
        "number": one.number,
        "began": round(one.began, 6),
        "verb": one.verb,
        "path": one.path,
        "operation": one.operation,
        "sort": one.sort.value,
        "status": one.status,
        "seconds": None if one.seconds is None else round(one.seconds, 6),
        "fate": one.fate,
        "sent": one.sent,
        "received": one.received,
    }


def _status(one: Exchange) -> str:
    return "no answer" if one.status is None else str(one.status)
