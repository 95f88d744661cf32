"""What is wanted against what is there: one resource, field by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import JsonValue
from pydantic_core import to_jsonable_python

from paver.contract.driver import Kind
from paver.contract.resource import BASE_FIELDS, Desired, Key, Observed, Phase, Proof, Ref, references
from paver.engine.plan import Action, Change

Resolve = Callable[[Ref], JsonValue]
"""The value of a Ref. Raises `Unknown` where it comes later."""


class Unknown(Exception):
    """A Ref's value is known only after `key` is there."""

    def __init__(self, key: Key) -> None:
        super().__init__(str(key))
        self.key = key


@dataclass(frozen=True, slots=True)
class Decision:
    """What one resource needs."""

    action: Action
    changes: tuple[Change, ...] = ()
    reason: str = ""


@lru_cache(maxsize=256)
def own_fields(model: type[Desired]) -> tuple[str, ...]:
    """The fields of a noun that are compared with the world."""
    return tuple(name for name in model.model_fields if name not in BASE_FIELDS)


def resolved(want: Desired, resolve: Resolve) -> Desired:
    """The same with every Ref replaced by its value. Raises Unknown."""
    if next(references(want), None) is None:
        return want
    values = {name: _replace(getattr(want, name), resolve) for name in (*own_fields(type(want)), "serial")}
    return want.model_copy(update=values)


def decide(want: Desired, have: Observed | None, kind: Kind[Any] | None, resolve: Resolve, *, kept: bool) -> Decision:  # noqa: PLR0911  one return a case
    """What brings `have` to `want`.

    Args:
        want: What is wanted, Refs and all.
        have: What is there, or None.
        kind: The noun; None while its session is not open: then everything is a forecast.
        resolve: Where the values of Refs come from.
        kept: Whether the secret that `have` showed once is in the store.
    """
    if have is None or have.phase is Phase.FADING or kind is None:
        return Decision(Action.CREATE)
    if have.phase is Phase.BROKEN:
        return Decision(Action.REPLACE, reason="it is broken: only a new one helps")
    if have.phase is Phase.PENDING:
        return Decision(Action.RESUME, reason="begun by an earlier run")
    changes = tuple(differences(want, have, kind, resolve))
    if want.adopt is not None or have.proof is Proof.ADOPTED:
        return Decision(Action.ADOPT, changes)
    if have.secret is not None and not kept:
        return Decision(Action.REPLACE, reason="its secret was shown once, and is lost or to be rotated")
    if any(change.field in kind.replace for change in changes):
        return Decision(Action.REPLACE, changes, "not to be changed in place")
    if changes:
        return Decision(Action.UPDATE, changes)
    if have.secret is not None and not have.secret.confirmed:
        return Decision(Action.CONFIRM, reason="its secret is stored, and nothing there says so yet")
    return Decision(Action.KEEP)


def differences(want: Desired, have: Observed, kind: Kind[Any], resolve: Resolve) -> list[Change]:
    """The fields that differ, those whose value comes later among them."""
    found = []
    for name in own_fields(type(want)):
        if name in kind.unseen:
            continue
        before = plain(have.actual.get(name))
        try:
            after = plain(_replace(getattr(want, name), resolve))
        except Unknown as later:
            found.append(Change(field=name, before=before, known_after=later.key))
            continue
        if before != after:
            found.append(Change(field=name, before=before, after=after))
    return found


def plain(value: Any) -> JsonValue:  # noqa: ANN401  any field of any noun
    """The JSON form of a field, in which both sides are compared."""
    if value is None or isinstance(value, str | int | bool):
        return value
    return to_jsonable_python(value)  # type: ignore[no-any-return]  # it returns JSON


def _replace(value: Any, resolve: Resolve) -> Any:  # noqa: ANN401  any field of any noun
    if isinstance(value, Ref):
        return resolve(value)
    if isinstance(value, Mapping):
        return type(value)({key: _replace(inner, resolve) for key, inner in value.items()})  # type: ignore[call-arg]  # a dict of ours
    if isinstance(value, tuple):
        return tuple(_replace(inner, resolve) for inner in value)
    return value
