"""How a kind puts its answers: what it saw, with a field changed, not finished, or to be looked at again."""

from __future__ import annotations

from pydantic import JsonValue

from paver.contract.resource import BASE_FIELDS, Desired, Done, Observed, Phase, Proof, Waiting

FIRST, LONGEST = 0.25, 2.5
"""Seconds until the first look at what takes a while, and the most between two."""
GROWTH = 1.5
"""Of the pauses: what takes seconds is seen late by less than half of that. Doubled, it could be all of it."""


def actual(like: Desired) -> dict[str, JsonValue]:
    """The compared fields of a thing that is as `like` says, in their JSON form."""
    return like.model_dump(mode="json", exclude=set(BASE_FIELDS))


def changed(have: Observed, **fields: JsonValue) -> Done:
    """The same thing with some fields changed."""
    return Done(have=have.model_copy(update={"actual": {**have.actual, **fields}}))


def adopted(seen: Observed, want: Desired, *, labels: str) -> Observed:
    """A thing that the spec adopts: what it demands of it, and nothing else, is compared.

    Args:
        seen: As it would be told if it were the owner's.
        want: Its fields that are None demand nothing.
        labels: The field of what others may label it with.
    """
    demanded = {name: value for name, value in seen.actual.items() if getattr(want, name, None) is not None}
    unasked = {name: None for name in seen.actual if name not in demanded}
    labelled: dict[str, JsonValue] = {labels: {}} if labels in seen.actual else {}
    return seen.model_copy(
        update={
            "owner": None,
            "proof": Proof.ADOPTED,
            "actual": {**demanded, **unasked, **labelled},
            "needs": (),
            "held_by": (),
            "holds": "",
        }
    )


def pending(like: Observed, ticket: JsonValue) -> Observed:
    """The same thing, not finished."""
    return like.model_copy(update={"phase": Phase.PENDING, "ticket": ticket})


def later(said: str, before: JsonValue = None, **ticket: JsonValue) -> Waiting:
    """Look again, the less often the longer it takes: what takes seconds is seen soon, what takes minutes costs little.

    Args:
        said: Progress, for people.
        before: The ticket of the last look; None: this is the first.
        ticket: The next one's.
    """
    count = _looks(before)
    return Waiting(ticket={**ticket, "looks": count + 1}, again=_pause(count), said=said)


def fresh(ticket: JsonValue) -> float:
    """How old an answer may be, in seconds, that a look with this ticket takes from another thing's: half its pause."""
    count = _looks(ticket)
    return _pause(count - 1) / 2 if count else 0.0


def _looks(ticket: JsonValue) -> int:
    looks = ticket.get("looks") if isinstance(ticket, dict) else None
    return looks if isinstance(looks, int) else 0


def _pause(looks: int) -> float:
    return min(LONGEST, FIRST * GROWTH**looks)


def no_sooner(than: float, look: Waiting) -> Waiting:
    """The same look, but not before so many seconds: the IaaS asked for them."""
    return look.model_copy(update={"again": max(than, look.again)})


def waiting(said: str, again: float, **ticket: JsonValue) -> Waiting:
    """Come back after so many seconds with this ticket."""
    return Waiting(ticket=ticket, again=again, said=said)
