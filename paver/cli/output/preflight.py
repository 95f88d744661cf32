"""What preflight found, and the exit code that follows from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from paver.cli.output.text import WIDTH, hang
from paver.contract.errors import PreflightFailed
from paver.engine.findings import exit_code, failed

if TYPE_CHECKING:
    from paver.contract.driver import Finding

_WORDS = {"ok": "ok", "warn": "warn", "fail": "FAIL"}


Place = Callable[[tuple[str | int, ...]], str]
"""Where a path of the spec was written: `environment.yml:78`."""


def finding_lines(findings: Sequence[Finding], place: Place | None = None, width: int | None = WIDTH) -> list[str]:
    """One finding a line, its hint below it; where it is about a value of the spec, the value's place.

    Nobody's screen has an edge where nobody watches: `width` is None there.
    """
    rows = [(found.severity, found.check, _what(found, place), found.hint) for found in findings]
    return check_lines(rows, width)


def _what(found: Finding, place: Place | None) -> str:
    return f"{found.what} ({place(found.path)})" if found.path and place and found.severity != "ok" else found.what


def check_lines(checks: Sequence[tuple[str, str, str, str]], width: int | None = WIDTH) -> list[str]:
    """Severity, check, what was found, what to do."""
    widest = max((len(check) for _, check, _, _ in checks), default=0)
    lines = []
    for severity, check, what, hint in checks:
        prefix = f"  {_WORDS[severity]:<4}  {check:<{widest}}   "
        lines += hang(prefix, what, width)
        lines += hang(" " * len(prefix), hint, width) if hint else []
    return lines


def preflight_error(findings: Sequence[Finding], took: str) -> PreflightFailed:
    """The error that ends a command whose preflight failed."""
    bad = len(failed(findings))
    return PreflightFailed(
        f"{bad} of {len(findings)} checks failed in {took}. Nothing was changed",
        exit_code=exit_code(findings),
    )
