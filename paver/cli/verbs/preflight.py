"""`paver preflight`: everything that would fail later, all at once."""

from __future__ import annotations

import click

from paver.cli.flags import RUN, SAID, SPEC, takes
from paver.cli.invocation import Invocation
from paver.cli.output.preflight import failed, finding_lines, preflight_error, preflight_exit_code
from paver.cli.output.result import print_json, print_lines
from paver.cli.output.text import counted, duration
from paver.cli.stopwatch import Stopwatch
from paver.cli.target import head_of


@click.command("preflight", short_help="find out what would fail later, all at once")
@takes(*SPEC, *RUN, *SAID)
def command(invocation: Invocation) -> int:
    """Find out what would fail later, all at once. Nothing is changed.

    Exit code 6 where trust is missing (thumbprint, CA, identity), 3 where nothing but passwords and permissions is,
    else 7.
    """
    from paver import api  # noqa: PLC0415  loads when the verb runs

    loaded, watch = invocation.load(), Stopwatch()
    findings = api.preflight(loaded, invocation.options())
    took = duration(watch.seconds)
    if invocation.as_json:
        found = {
            "environment": loaded.spec.name,
            "iaas": loaded.iaas,
            "target": loaded.driver.location(loaded.settings),
            "findings": [finding.model_dump(mode="json") for finding in findings],
            "exit_code": preflight_exit_code(findings),
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
        print_lines(
            invocation.terminal,
            [
                f"{counted(len(findings), 'check')} passed in {took}. Nothing was changed.",
                f"Next: {invocation.command('plan')}",
            ],
        )
    return 0
