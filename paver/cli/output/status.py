"""What there is, what expires, who holds the lock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from paver.cli.output.text import facts, hang, head

if TYPE_CHECKING:
    from paver.api import Expiry, Status
    from paver.engine.plan import Step

_PLURALS = {"certificate": "certificates", "credential": "credentials", "authority": "authorities"}
_ENDS = {"certificate": ("ends", "end"), "credential": ("to be rotated by", "to be rotated by")}


def status_lines(status: Status, owner: str, now: datetime, spec: str = "the spec") -> list[str]:
    """The whole of it; `owner` is the environment's UUID, `spec` the spec's files."""
    plan = status.plan
    when = status.last_paved
    rows = [
        ("resources", _resources(status)),
        ("last paved", f"{when:%Y-%m-%d %H:%M} UTC by {status.by}" if when else "not known here"),
        *(
            []
            if status.as_paved is None
            else [("spec", f"{spec} is {'' if status.as_paved else 'not '}what was paved")]
        ),
        ("unfinished", ", ".join(status.unfinished) or "nothing"),
        ("lock", status.lock or "free"),
    ]
    for what in dict.fromkeys(expiry.what for expiry in status.expiries):
        ends = sorted((expiry for expiry in status.expiries if expiry.what == what), key=lambda each: each.at)
        label = _PLURALS.get(what, what)
        for day, names in _by_day(ends).items():
            rows.append((label, _expiry(what, names, day, now)))
            label = ""
    if status.expires is not None:
        rows.append(("expires", f"{status.expires:%Y-%m-%d %H:%M} UTC, {_left(status.expires, now)}"))
    return [
        f"{head(plan.environment, plan.iaas, status.target)}, owner {owner[:8]}",
        "",
        *facts(rows),
        *warning_lines(status.warnings),
    ]


def warning_lines(warnings: Sequence[str]) -> list[str]:
    """What should be seen to, below what it is about."""
    return ["", *(line for text in warnings for line in hang("warning: ", text))] if warnings else []


def status_json(status: Status, owner: str) -> dict[str, Any]:
    """The document that `-o json` prints."""
    plan = status.plan
    return {
        "environment": plan.environment,
        "iaas": plan.iaas,
        "owner": owner,
        "target": status.target,
        "identity": dict(status.identity),
        "resources": {"there": _there(status), "differ": _differing(status), "wanted": _wanted(status)},
        "last_paved": {"at": status.last_paved.isoformat(), "by": status.by} if status.last_paved else None,
        "spec_as_paved": status.as_paved,
        "unfinished": list(status.unfinished),
        "lock": status.lock or None,
        "expires": status.expires.isoformat() if status.expires else None,
        "warnings": list(status.warnings),
        "expiries": [{"what": each.what, "name": each.name, "at": each.at.isoformat()} for each in status.expiries],
    }


def _wanted(status: Status) -> int:
    return sum(step.want is not None for step in status.plan.steps)


def _differing(status: Status) -> int:
    return sum(step.mutates for step in status.plan.steps)


def _resources(status: Status) -> str:
    missing = sum(_missing(step) for step in status.plan.steps)
    differ = _differing(status) - missing
    there = _there(status)
    if not there:
        return f"none of {_wanted(status)}: it is not paved"
    parts = ([f"{missing} missing"] if missing else []) + ([f"{differ} differ"] if differ > 0 else [])
    return f"{there}, {', '.join(parts) or 'all there'}"


def _there(status: Status) -> int:
    return sum(not _missing(step) for step in status.plan.steps)


def _missing(step: Step) -> bool:
    """Not there, or deleted and still listed while it fades."""
    return step.have is None or step.have.phase == "fading"


def _by_day(expiries: list[Expiry]) -> dict[str, list[Expiry]]:
    days: dict[str, list[Expiry]] = {}
    for expiry in expiries:
        days.setdefault(f"{expiry.at:%Y-%m-%d}", []).append(expiry)
    return days


def _expiry(what: str, names: list[Expiry], day: str, now: datetime) -> str:
    verb = _ENDS.get(what, ("ends", "end"))[len(names) > 1]
    listed = " and ".join(filter(None, [", ".join(each.name for each in names[:-1]), names[-1].name]))
    return f"{listed} {verb} {day}, {_left(names[0].at, now)}"


def _left(at: datetime, now: datetime) -> str:
    left = (at - now).days
    return f"in {left} days" if left > 1 else "tomorrow" if left == 1 else "today" if left == 0 else "it is over"
