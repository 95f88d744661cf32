"""How a test of the suite says which rule it proves."""

from __future__ import annotations

import pytest

from paver.conformance.rules import RULES

MARK = "paver_rule"


def proves(*numbers: int) -> pytest.MarkDecorator:
    """The rules that a test proves; it is skipped where the target cannot show them or the driver is excused."""
    for number in numbers:
        RULES[number]  # a number that is no rule ends here
    mark: pytest.MarkDecorator = getattr(pytest.mark, MARK)
    return mark(*numbers)
