"""Findings as a verb's result: a line each, or one JSON document; an error where any is a failure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paver.cli.invocation import Invocation
from paver.cli.output.preflight import finding_lines, preflight_error
from paver.cli.output.result import print_json, print_lines
from paver.cli.output.text import counted, duration
from paver.cli.target import head_of
from paver.engine.findings import exit_code, failed

if TYPE_CHECKING:
    from paver.contract.findings import Finding
    from paver.settings import LoadedSpec


def report(
    invocation: Invocation, loaded: LoadedSpec, findings: Sequence[Finding], *, seconds: float, following: str = ""
) -> None:
    """Print them.

    Args:
        invocation: How.
        loaded: What they are about.
        findings: What was found.
        seconds: How long that took.
        following: The command that comes next where nothing failed.

    Raises:
        PreflightFailed: Something failed; its exit code follows from the findings.
    """
    took = duration(seconds)
    if invocation.as_json:
        found = {
            "environment": loaded.spec.name,
            "iaas": loaded.iaas,
            "target": loaded.driver.location(loaded.settings),
            "findings": [finding.model_dump(mode="json") for finding in findings],
            "exit_code": exit_code(findings),
        }
        print_json(invocation.terminal, found)
    else:
        print_lines(
            invocation.terminal,
            [head_of(loaded), "", *finding_lines(findings, loaded.place, invocation.terminal.result_width), ""],
        )
    if failed(findings):
        raise preflight_error(findings, took)
    if not invocation.as_json:
        passed = sum(finding.severity == "ok" for finding in findings)
        warned = len(findings) - passed
        said = f"{counted(passed, 'check')} passed" + f", {counted(warned, 'warning')}" * bool(warned)
        print_lines(
            invocation.terminal,
            [f"{said} in {took}. Nothing was changed.", *([f"Next: {following}"] if following else [])],
        )
