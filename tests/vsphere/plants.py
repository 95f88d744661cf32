"""Faults that a test plants: how each is planted and taken back, how it is told, what pave exits with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import NamedTuple

from environments import Environment

Plant = Callable[[Environment], AbstractContextManager[None]]


class Fault(NamedTuple):
    """One fault, how it is told, and what pave exits with where it is alone."""

    plant: Plant
    check: str
    said: str
    code: int


def written(change: Callable[[Environment], None]) -> Plant:
    """A fault in the spec."""

    @contextmanager
    def plant(environment: Environment) -> Iterator[None]:
        change(environment)
        environment.edit()
        yield

    return plant


def set_(section: str, **values: object) -> Plant:
    """A fault in one value of the driver's section, or of a part of it."""

    def change(environment: Environment) -> None:
        (environment.section[section] if section else environment.section).update(values)

    return written(change)
