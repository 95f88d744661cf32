"""One file of a rendering: a tree of JSON values in which a secret is its place until somebody puts the value there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from pydantic import SecretStr

from paver.contract.types import SecretRef

Tree: TypeAlias = Any
"""Mappings, sequences and scalars, with `SecretRef`s among them."""
Syntax = Literal["yaml", "json", "dotenv"]
Read = Callable[[SecretRef], SecretStr]


@dataclass(frozen=True, slots=True)
class Concealed:
    """A place for a secret that may be none: left out without the secrets, an empty text with them."""

    ref: SecretRef | None


@dataclass(frozen=True, slots=True)
class Rendering:
    """One file, its secrets not looked up."""

    name: str
    """What the file is called where it is written."""
    syntax: Syntax
    tree: Tree = field(repr=False)
    """It may hold secrets once they are put in, so that it is shown nowhere."""


class _LeftOut:
    """Stands for what holds a secret whose value nobody asked for."""


LEFT_OUT = _LeftOut()


def secrets_in(tree: Tree, at: str = "") -> Iterator[tuple[str, SecretRef]]:
    """Each secret's path in the tree, and its place."""
    if isinstance(tree, Concealed):
        yield from secrets_in(tree.ref, at)
    elif isinstance(tree, SecretRef):
        yield at, tree
    elif isinstance(tree, Mapping):
        for name, value in tree.items():
            yield from secrets_in(value, f"{at}.{name}".lstrip("."))
    elif isinstance(tree, list | tuple):
        for index, value in enumerate(tree):
            label = value["name"] if isinstance(value, Mapping) and isinstance(value.get("name"), str) else index
            yield from secrets_in(value, f"{at}.{label}".lstrip("."))


def without_secrets(rendering: Rendering) -> Rendering:
    """The same without them: a key whose value is one is left out, and so is a list's item that holds one.

    An item of a list is a thing as a whole: half of a credential is none.
    """
    tree = _without(rendering.tree)
    return replace(rendering, tree={} if tree is LEFT_OUT else tree)


def with_secrets(rendering: Rendering, read: Read) -> Rendering:
    """The same with every secret's value in its place: for private files, and for nothing else.

    Raises:
        SecretMissing, Refused, SpecError: As `read` does.
    """
    return replace(rendering, tree=_with(rendering.tree, read))


def _without(tree: Tree) -> Tree:
    if isinstance(tree, Concealed | SecretRef):
        return LEFT_OUT
    if isinstance(tree, Mapping):
        kept = {name: _without(value) for name, value in tree.items()}
        return {name: value for name, value in kept.items() if value is not LEFT_OUT}
    if isinstance(tree, list | tuple):
        return [_without(value) for value in tree if not any(True for _ in secrets_in(value))]
    return tree


def _with(tree: Tree, read: Read) -> Tree:
    if isinstance(tree, Concealed):
        return "" if tree.ref is None else _with(tree.ref, read)
    if isinstance(tree, SecretRef):
        return read(tree).get_secret_value()
    if isinstance(tree, Mapping):
        return {name: _with(value, read) for name, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [_with(value, read) for value in tree]
    return tree


def left_out(renderings: Sequence[Rendering]) -> tuple[str, ...]:
    """The paths of all secrets, each once."""
    return tuple(dict.fromkeys(path for one in renderings for path, _ in secrets_in(one.tree)))
