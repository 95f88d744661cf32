"""Secrets, without their values, for people and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paver.credentials import Kept


def secret_lines(kept: Sequence[Kept], place: str) -> list[str]:
    """One secret a line: name, what it is, when it was made, by when it is to be exchanged, its values' names."""
    if not kept:
        return [f"{place} has no secret of this environment."]
    widest = max(len(one.name) for one in kept)
    rows = [
        f"  {one.name:<{widest}}   {one.what:<11}   made {one.made_at:%Y-%m-%d}   {_until(one):<21}   {_details(one)}"
        for one in kept
    ]
    return [f"{place}:", "", *(row.rstrip() for row in rows)]


def secrets_json(kept: Sequence[Kept], place: str) -> dict[str, Any]:
    """The document that `-o json` prints."""
    return {
        "store": place,
        "secrets": [
            {
                "name": one.name,
                "what": one.what,
                "made_at": one.made_at.isoformat(),
                "rotate_by": one.rotate_by.isoformat() if one.rotate_by else None,
                "rotated": one.due,
                "keys": list(one.keys),
                "public_id": one.public_id or None,
                "sealed_with": one.sealed_with or None,
            }
            for one in kept
        ],
    }


def _until(one: Kept) -> str:
    if one.due:
        return "paver pave rotates it"
    return f"rotate by {one.rotate_by:%Y-%m-%d}" if one.rotate_by else ""


def _details(one: Kept) -> str:
    details = [", ".join(one.keys)]
    if one.public_id:
        details.append(f"id {one.public_id}")
    if one.sealed_with:
        details.append(f"sealed with {one.sealed_with}")
    return "   ".join(details)
