"""Spans of time as flags take them: `10m`, `90s`, `1h30m`, `75ms`."""

from __future__ import annotations

import re

import click

_SPAN = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)(?:s|$))?(?:(\d+)ms)?")


class Duration(click.ParamType[float]):
    """Seconds. A bare number is seconds."""

    name = "duration"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it, or fail with what is wanted."""
        if isinstance(value, int | float):
            return float(value)
        found = _SPAN.fullmatch(value.strip())
        if not found or not any(found.groups()):
            self.fail(f"{value!r} is no span of time; one is wanted like 90s, 10m or 1h30m", param, ctx)
        hours, minutes, seconds, thousandths = found.groups()
        return int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(seconds or 0) + int(thousandths or 0) / 1000


DURATION = Duration()
