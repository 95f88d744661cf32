"""Every certificate of an environment, for people: what the spec wants and what the store has, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from paver.certificates import describe, load
from paver.contract.resource import Key
from paver.contract.spec import EnvironmentSpec
from paver.kept.held import Held, StepName
from paver.kept.holdings import Holdings, authority
from paver.kept.rotation import next_step

Use = Literal["signs", "serves", "trusted"]


@dataclass(frozen=True, slots=True)
class Row:
    """One certificate."""

    kind: Literal["authority", "certificate", "trusted"]
    name: str
    use: Use
    signed_by: str | None
    """An authority's or a trusted certificate's name; None: itself, or somebody of whom the spec says nothing."""
    serial: str
    """Hexadecimal."""
    sha256: str
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Rotating:
    """An authority whose rotation is under way."""

    name: str
    step: StepName
    """The last step that was begun."""
    at: datetime
    over: bool
    """Whether that step is; if not, the same call goes on with it."""
    following: StepName
    until: datetime | None
    """After `sign`: when the last certificate ends that the old one signed."""


@dataclass(frozen=True, slots=True)
class Listing:
    """All of it."""

    rows: tuple[Row, ...]
    rotating: tuple[Rotating, ...]
    asking: tuple[tuple[Key, str], ...]
    """What waits for a signature, and whose."""
    missing: tuple[Key, ...]
    """What the spec wants and the store does not have."""


def listing(spec: EnvironmentSpec, holdings: Holdings) -> Listing:
    """Look at the spec and at the store, and at nothing else. Raises SecretUnreadable."""
    asked = spec.certificates
    keys = [*map(authority, asked.authorities), *(Key(kind="certificate", name=name) for name in asked.leaves)]
    there = {held.key: held for held in holdings.all()}
    helds = [held for key in [*keys, *(key for key in there if key not in keys)] if (held := there.get(key))]
    rows = [row for held in helds for row in _rows(held)]
    rows += [_row("trusted", name, "trusted", None, pem) for name, pem in asked.trusted.items()]
    return Listing(
        rows=tuple(rows),
        rotating=tuple(found for held in helds if (found := _rotating(held))),
        asking=tuple((held.key, str(held.requested.get("signed_by"))) for held in helds if held.request is not None),
        missing=tuple(key for key in keys if key not in there),
    )


def _rows(held: Held) -> Iterator[Row]:
    signer = held.fields.get("signed_by")
    above = signer if isinstance(signer, str) else None
    leaf = held.key.kind == "certificate"
    kind: Literal["authority", "certificate"] = "certificate" if leaf else "authority"
    if held.current is not None:
        yield _row(kind, held.key.name, "serves" if leaf else "signs", held.under or above, held.current.certificate)
    if held.following is not None:
        yield _row(kind, held.key.name, "trusted", above, held.following.certificate)
    if held.last:
        yield _row(kind, held.key.name, "trusted", above, held.last)


def _row(
    kind: Literal["authority", "certificate", "trusted"], name: str, use: Use, signed_by: str | None, pem: str
) -> Row:
    found = describe(pem, use)
    return Row(
        kind=kind,
        name=name,
        use=use,
        signed_by=signed_by,
        serial=f"{load(pem).serial_number:x}",
        sha256=found.sha256,
        not_before=found.not_before,
        not_after=found.not_after,
    )


def _rotating(held: Held) -> Rotating | None:
    turn = held.turn
    if turn is None or (turn.told and turn.step == "retire" and held.following is None):
        return None
    until = datetime.fromisoformat(turn.until) if turn.until else None
    return Rotating(held.key.name, turn.step, datetime.fromisoformat(turn.at), turn.told, next_step(held), until)
