"""Preflight as verbs run it: by itself, and before consent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paver.cli.invocation import Invocation
from paver.cli.output.preflight import failed, finding_lines, preflight_error
from paver.cli.output.text import duration
from paver.cli.stopwatch import Stopwatch

if TYPE_CHECKING:
    from paver.settings import LoadedSpec


def check_first(invocation: Invocation, loaded: LoadedSpec) -> None:
    """Find what would fail later, before anybody is asked; only what is wrong is told. Raises PreflightFailed."""
    from paver import api  # noqa: PLC0415  loads when a verb runs

    watch = Stopwatch()
    findings = api.preflight(loaded, invocation.options())
    wrong = [found for found in findings if found.severity != "ok"]
    invocation.talk.say(*finding_lines(wrong, loaded.place, invocation.terminal.width))
    if failed(findings):
        raise preflight_error(findings, duration(watch.seconds))
