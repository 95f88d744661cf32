"""Parts of a whole as flags take them: `5%`, `0.5%`."""

from __future__ import annotations

import re

import click

_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*%")
_ALL = 100.0


class Percent(click.ParamType[float]):
    """A part, 0 to 1. The sign is a must: whether 0.05 is a part or a per cent nobody can tell."""

    name = "percent"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it, or fail with what is wanted."""
        if isinstance(value, int | float):
            return float(value)
        found = _PERCENT.fullmatch(value.strip())
        if not found or float(found[1]) > _ALL:
            self.fail(f"{value!r} is no part of a whole; one is wanted like 5% or 0.5%", param, ctx)
        return float(found[1]) / _ALL


PERCENT = Percent()
