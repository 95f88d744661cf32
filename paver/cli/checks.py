"""Preflight as `pave` runs it: before consent, and quiet about what is well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from paver.cli.invocation import Invocation
from paver.cli.output.preflight import finding_lines, preflight_error
from paver.cli.output.text import duration
from paver.cli.stopwatch import Stopwatch
from paver.engine.findings import failed

if TYPE_CHECKING:
    from paver.contract.driver import Finding
    from paver.settings import LoadedSpec


def judge(invocation: Invocation, loaded: LoadedSpec) -> Callable[[Sequence[Finding]], None]:
    """Tells what is wrong, and raises PreflightFailed where anything would fail later."""
    watch = Stopwatch()

    def tell(findings: Sequence[Finding]) -> None:
        wrong = [found for found in findings if found.severity != "ok"]
        invocation.talk.say(*finding_lines(wrong, loaded.place, invocation.terminal.width))
        if failed(findings):
            raise preflight_error(findings, duration(watch.seconds))

    return tell
