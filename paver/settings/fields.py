"""What a model expects at a place: which keys, which words, a secret or not. Read off the annotations, once."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from paver.contract.types import SecretRef
from paver.settings.message import KeyPath


def expected(annotation: Any, path: KeyPath) -> Iterator[Any]:  # noqa: ANN401  an annotation may be anything
    """The types that may stand at a path; nothing where anything may."""
    for kind in _alternatives(annotation):
        if not path:
            yield kind
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            if field := kind.model_fields.get(str(path[0])):
                yield from expected(field.annotation, path[1:])
        elif inner := _inner(kind):
            yield from expected(inner[0], path[1:])


def keys(annotation: Any, path: KeyPath) -> tuple[str, ...]:  # noqa: ANN401  the same
    """The keys that a mapping at a path may have; nothing where they are names of the user's own."""
    models = (kind for kind in expected(annotation, path) if isinstance(kind, type) and issubclass(kind, BaseModel))
    return tuple(dict.fromkeys(name for model in models for name in model.model_fields))


def words(annotation: Any, path: KeyPath) -> tuple[str, ...]:  # noqa: ANN401  the same
    """The words that may stand at a path, where they are few."""
    return tuple(
        str(word) for kind in expected(annotation, path) if get_origin(kind) is Literal for word in get_args(kind)
    )


def secret_at(annotation: Any, path: KeyPath) -> int | None:  # noqa: ANN401  the same
    """How many parts of the path lead to the place of a secret, if it leads to or into one."""
    for length in range(len(path) + 1):
        if SecretRef in expected(annotation, path[:length]):
            return length
    return None


def _alternatives(annotation: Any) -> Iterator[Any]:  # noqa: ANN401  the same
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _alternatives(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for kind in get_args(annotation):
            yield from _alternatives(kind)
    else:
        yield annotation


def _inner(kind: Any) -> tuple[Any, ...]:  # noqa: ANN401  the same
    origin, arguments = get_origin(kind), get_args(kind)
    if not isinstance(origin, type) or not arguments:
        return ()
    if issubclass(origin, Mapping):
        return arguments[1:]
    return arguments[:1] if issubclass(origin, Sequence | set | frozenset) else ()
