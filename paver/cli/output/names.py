"""Many logical names in few words: `management services workload lb, each in z1 z2 z3`."""

from __future__ import annotations

from collections.abc import Sequence

_STANDALONE = ("(", "from ", "in ", "on ", "to ")


def summary(environment: str, items: Sequence[tuple[str, str]]) -> str:
    """What one kind's steps are about.

    Args:
        environment: The environment's name, which goes without saying.
        items: Name (a key's, without its kind) and note of each.
    """
    nested = len(items) > 1 and any("/" in name for name, _ in items)
    if any(note for _, note in items) and not nested:
        alone = len(items) == 1
        return ", ".join(_noted(environment, name, note, alone=alone) for name, note in items)
    return _plain([name for name, _ in items])


def _noted(environment: str, name: str, note: str, *, alone: bool) -> str:
    if not note or name == environment:
        return note or name
    first, _, rest = note.partition(" ")
    one = not rest or first.endswith(",") or note.startswith(_STANDALONE) or not alone
    return f"{name.replace('/', ' ')}{' ' if one else ', '}{note}"


def _plain(names: Sequence[str]) -> str:
    groups: dict[str, list[str]] = {}
    for name in names:
        first, _, rest = name.partition("/")
        groups.setdefault(first, []).extend([rest] if rest else [])
    tails = list(groups.values())
    if all(tail == tails[0] for tail in tails) and len(tails[0]) > 1:
        where = " ".join(tails[0])
        return f"{' '.join(groups)}, each in {where}" if len(groups) > 1 else f"{next(iter(groups))} in {where}"
    if not any(tails):
        return " ".join(groups)
    return ", ".join(" ".join((first, *tail)) for first, tail in groups.items())
