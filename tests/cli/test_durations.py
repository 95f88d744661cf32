from __future__ import annotations

import click
import pytest

from paver.cli.durations import DURATION
from paver.cli.output.text import duration, hang, watch


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("1h30m", 5400), ("45", 45), ("0.5s", 0.5), ("75ms", 0.075), ("1s500ms", 1.5)],
)
def test_a_span_is_read_as_people_write_it(text: str, seconds: float) -> None:
    assert DURATION.convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "ten", "10x", "-5s", "s", "5m3h", "1d", "ms", "5ms3s", "1.5ms"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(click.BadParameter, match="10m"):
        DURATION.convert(text, None, None)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (3.14, "3.1 s"), (28.4, "28 s"), (126, "2 min 6 s"), (3900, "1 h 5 min"), (59.7, "1 min 0 s")],
)
def test_a_span_is_told_as_people_say_it(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_stopwatch_shows_minutes_and_hours() -> None:
    assert [watch(seconds) for seconds in (36.9, 41, 125, 3725)] == ["0:36", "0:41", "2:05", "1:02:05"]


def test_a_long_value_hangs_below_its_first_line_and_keeps_its_words() -> None:
    url = "https://example.com/" + "x" * 120
    assert hang("  at   ", f"see {url} there", 60) == ["  at   see", f"       {url}", "       there"]
    assert hang("  at   ", "a " * 100, None) == ["  at   " + "a " * 99 + "a"]
