"""When certificates begin and end, and what a person should know of that in time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from paver.certificates import load
from paver.contract.resource import Inventory
from paver.contract.spec import EnvironmentSpec

NOTICE = timedelta(days=30)
"""How long before its end a certificate is warned of."""
SKEW = timedelta(minutes=1)
"""What two clocks may differ by without a word."""
What = Literal["authority", "certificate", "trusted", "iaas"]
_WORDS: Mapping[What, str] = {
    "authority": "authority",
    "certificate": "certificate",
    "trusted": "trusted certificate",
    "iaas": "certificate of the IaaS",
}
_TIME = "%Y-%m-%d %H:%M UTC"


@dataclass(frozen=True, slots=True)
class Lifetime:
    """One certificate's."""

    what: What
    name: str
    not_before: datetime
    not_after: datetime


def lifetimes(spec: EnvironmentSpec, seen: Inventory, iaas: Mapping[str, str]) -> Iterator[Lifetime]:
    """Of everything that is relied upon.

    Args:
        spec: The spec: what it trusts.
        seen: What is in the secret store.
        iaas: CA certificates that the IaaS brings with it, PEM by name.
    """
    kinds: tuple[Literal["authority", "certificate"], ...] = ("authority", "certificate")
    for kind in kinds:
        for item in seen.of(kind):
            name = item.key.name if item.key else item.id
            if "certificate" in item.outputs:
                yield _lifetime(kind, name, str(item.output("certificate")))
            if "next_certificate" in item.outputs:
                yield _lifetime(kind, f"{name} (the next one)", str(item.output("next_certificate")))
    for name, pem in spec.certificates.trusted.items():
        yield _lifetime("trusted", name, pem)
    for name, pem in iaas.items():
        yield _lifetime("iaas", name, pem)


def warnings(spec: EnvironmentSpec, seen: Inventory, lives: Iterable[Lifetime], now: datetime) -> Iterator[str]:
    """Sentences without a period: what ends soon, has ended or not begun; a wrong clock; an environment's end."""
    for life in sorted(lives, key=lambda each: each.not_after):
        yield from _of_one(life, now)
    yield from _clock(seen, now)
    if spec.expires is not None and spec.expires <= now:
        yield f"{spec.name} was to go by {spec.expires:{_TIME}}, {ago(spec.expires, now)}: paver destroy"


def ago(then: datetime, now: datetime) -> str:
    """How far apart two moments are, for people: `in 12 days`, `in 5 h`, `3 days ago`."""
    span = spelled(abs(then - now))
    return f"in {span}" if then > now else f"{span} ago"


def spelled(span: timedelta) -> str:
    """`12 days`, `5 h`, `7 min`, `20 s`."""
    seconds = round(span.total_seconds())
    if span >= timedelta(days=2):
        return f"{span.days} days"
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _lifetime(what: What, name: str, pem: str) -> Lifetime:
    found = load(pem)
    return Lifetime(what, name, found.not_valid_before_utc, found.not_valid_after_utc)


def _of_one(life: Lifetime, now: datetime) -> Iterator[str]:
    word = f"{_WORDS[life.what]} {life.name}"
    if life.not_before > now:
        yield (
            f"{word} begins at {life.not_before:{_TIME}}, {ago(life.not_before, now)} by this clock"
            f" ({now:{_TIME}}): nobody accepts it before"
        )
    if life.not_after <= now:
        yield f"{word} ended at {life.not_after:{_TIME}}, {ago(life.not_after, now)}: {_remedy(life)}"
    elif life.not_after <= now + NOTICE:
        yield f"{word} ends at {life.not_after:{_TIME}}, {ago(life.not_after, now)}: {_remedy(life)}"


def _remedy(life: Lifetime) -> str:
    match life.what:
        case "trusted":
            return f"name its successor in the spec, certificates.trusted.{life.name}"
        case "iaas":
            return "it is renewed where it is, and not by paver"
        case _:
            return f"paver certificates rotate {life.name.partition(' ')[0]}"


def _clock(seen: Inventory, now: datetime) -> Iterator[str]:
    """Whether this clock is behind the one by which the store was written."""
    times = [datetime.fromisoformat(str(item.outputs["made_at"])) for item in seen.items if "made_at" in item.outputs]
    newest = max(times, default=now)
    if newest > now + SKEW:
        yield (
            f"this clock says {now:{_TIME}}, and the secret store was written at {newest:{_TIME}}: one of the two"
            f" clocks is wrong by {spelled(newest - now)}"
        )
