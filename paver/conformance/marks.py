"""How a test of the suite says which rule it proves, and that it takes long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from paver.conformance.rules import RULES

MARK = "paver_rule"
LONG = "paver_long"
Test = TypeVar("Test", bound=Callable[..., Any])


def proves(*numbers: int) -> pytest.MarkDecorator:
    """The rules that a test proves; it is skipped where the target cannot show them or the driver is excused."""
    for number in numbers:
        RULES[number]  # a number that is no rule ends here
    mark: pytest.MarkDecorator = getattr(pytest.mark, MARK)
    return mark(*numbers)


def long(test: Test) -> Test:
    """Mark what takes long: it is begun first, so that no worker is left with it at the end."""
    mark: pytest.MarkDecorator = getattr(pytest.mark, LONG)
    marked: Test = mark(test)
    return marked
