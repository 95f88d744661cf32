"""Certificates, for people and as JSON: the list, and what one step of a rotation did."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from paver.cli.output.text import counted, facts, hang, table

if TYPE_CHECKING:
    from paver.kept.listing import Listing, Rotating, Row
    from paver.trust import Taken, Turned

Command = Callable[..., str]
"""What to type for another verb, in one word or several, on the same target."""
ROTATE = ("certificates", "rotate")
STEPS = ("trust", "sign", "retire")
SHORT = 12
"""Hex digits by which a person tells certificates apart."""


def listing_lines(head: str, found: Listing, warnings: Sequence[str], now: datetime, command: Command) -> list[str]:
    """The table, what is under way, what should be seen to.

    Args:
        head: What it is about.
        found: The certificates.
        warnings: What should be seen to.
        now: The clock.
        command: What to type for another verb.
    """
    title = ("NAME", "USE", "SIGNED BY", "FROM", "UNTIL", "LEFT", "SHA256")
    rows = table([title, *(_cells(row, now) for row in found.rows)])
    under = [
        *_under_way(found, command),
        *(f"{key} is not made yet: {command('pave')} makes it" for key in found.missing),
    ]
    return [
        head,
        "",
        *(f"  {row}" for row in rows),
        *([""] if under else []),
        *(line for text in under for line in hang("", f"{text}.")),
        *([""] if warnings else []),
        *(line for text in warnings for line in hang("warning: ", text)),
    ]


def listing_json(environment: str, iaas: str, found: Listing, warnings: Sequence[str], now: datetime) -> dict[str, Any]:
    """The document that `-o json` prints."""
    rotating = {each.name: each for each in found.rotating}
    return {
        "environment": environment,
        "iaas": iaas,
        "certificates": [_row_json(row, rotating.get(row.name), now) for row in found.rows],
        "waiting": [{"key": str(key), "for": signer} for key, signer in found.asking],
        "missing": [str(key) for key in found.missing],
        "warnings": list(warnings),
    }


def turned_lines(turned: Turned, environment: str, command: Command) -> list[str]:
    """What a call of `rotate` did, what comes next, and when that is safe."""
    name = turned.key.name
    did, then = _turned(turned, environment, command)
    if turned.again:
        did = f"Nothing was changed: {did[:1].lower()}{did[1:]}" if turned.step != "request" else did
    number = f"Step {STEPS.index(turned.step) + 1} of 3 for {name}: " if turned.step in STEPS else ""
    return [*hang("", f"{number}{did}"), *facts(then)]


def turned_json(turned: Turned) -> dict[str, Any]:
    """The document that `-o json` prints."""
    current, following = turned.held.current, turned.held.following
    return {
        "key": str(turned.key),
        "step": turned.step,
        "changed": not turned.again,
        "signed": [str(key) for key in turned.signed],
        "certificate": current.certificate if current else None,
        "next_certificate": following.certificate if following else None,
        "last_certificate": turned.held.last or None,
        "until": turned.until or None,
    }


def taken_lines(taken: Taken, command: Command) -> list[str]:
    """What became of a certificate that the site signed."""
    key, following = taken.key, taken.held.following
    if taken.again:
        return [f"{key} has it already; nothing was changed."]
    if following is not None:
        return [
            f"{key}: the next one is trusted beside the one that signs.",
            *facts([("then", f"{command(*ROTATE, key.name)}, once every client of the environment trusts both")]),
        ]
    return [f"{key} is in use.", *facts([("then", f"{command('pave')}, which goes on with what waited for it")])]


def taken_json(taken: Taken) -> dict[str, Any]:
    """The document that `-o json` prints."""
    use = "trusted" if taken.held.following is not None else "in use"
    return {"key": str(taken.key), "changed": not taken.again, "use": use}


def _turned(turned: Turned, environment: str, command: Command) -> tuple[str, list[tuple[str, str]]]:
    """What was done, and the rows below it."""
    name, until = turned.key.name, turned.until[:10]
    match turned.step:
        case "trust":
            did = f"the next {name} is trusted beside the one that signs, and signs nothing yet."
            return did, [
                ("now", f"give every client of {environment} the certificates that `paver outputs` has now"),
                ("then", f"{command(*ROTATE, name)}, once every client trusts both"),
            ]
        case "sign":
            did = f"the new {name} signs, the old one is trusted still; {_signed(turned)}."
            ends = f"; what the old one signed ends by {until}" if until else ""
            return did, [
                ("now", f"give every server of {environment} its new certificate"),
                ("then", f"{command(*ROTATE, name)}, once every server has it{ends}"),
            ]
        case "retire":
            did = f"the old {name} is gone, and nothing that is kept was signed by it."
            return did, [("now", f"clients of {environment} may forget the old one")]
        case "request":
            did = f"A new certificate for {name} waits for the site's signature; what there is stays in use until then."
            return did, [
                ("now", f"{command('certificates', 'request', name, '--out', f'{name}.csr')}, and have that signed"),
                ("then", command("certificates", "accept", name, "FILE")),
            ]
        case _:
            did = f"Issued another certificate for {name}, with a new key; the last one is valid until it ends."
            return did, [("now", f"give the servers of {name} both, the certificate and its key")]


def _signed(turned: Turned) -> str:
    if not turned.signed:
        return "nothing was left to be signed anew"
    return f"{counted(len(turned.signed), 'certificate')} signed anew: {', '.join(map(str, turned.signed))}"


def _cells(row: Row, now: datetime) -> tuple[str, ...]:
    signer = row.signed_by or ("-" if row.kind == "trusted" else "itself")
    left = (row.not_after - now).days
    days = f"{left} days" if row.not_after > now else "ended"
    first, last = f"{row.not_before:%Y-%m-%d}", f"{row.not_after:%Y-%m-%d}"
    return (row.name, row.use, signer, first, last, days, row.sha256[:SHORT])


def _row_json(row: Row, rotating: Rotating | None, now: datetime) -> dict[str, Any]:
    found: dict[str, Any] = dataclasses.asdict(row)
    found |= {"not_before": row.not_before.isoformat(), "not_after": row.not_after.isoformat()}
    found["days_left"] = (row.not_after - now).days
    found["rotation"] = _rotation_json(rotating) if rotating is not None and row.kind == "authority" else None
    return found


def _rotation_json(rotating: Rotating) -> dict[str, Any]:
    return {
        "step": rotating.step,
        "over": rotating.over,
        "at": rotating.at.isoformat(),
        "next": rotating.following,
        "until": rotating.until.isoformat() if rotating.until else None,
    }


def _under_way(found: Listing, command: Command) -> Iterator[str]:
    for each in found.rotating:
        number = STEPS.index(each.step) + 1
        state = f"was done at {each.at:%Y-%m-%d %H:%M} UTC" if each.over else "was begun and is not over"
        then = command(*ROTATE, each.name)
        yield f"{each.name} is being rotated: step {number} of 3, {each.step}, {state}; next: {then}"
    for key, signer in found.asking:
        yield f"{key} waits for the signature of {signer}: {command('certificates', 'request', key.name)}"
