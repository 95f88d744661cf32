"""`paver preflight`: everything that would fail later, all at once."""

from __future__ import annotations

import click

from paver.cli.findings import report
from paver.cli.flags import RUN, SAID, SPEC, takes
from paver.cli.invocation import Invocation
from paver.cli.stopwatch import Stopwatch


@click.command("preflight", short_help="find out what would fail later, all at once")
@takes(*SPEC, *RUN, *SAID)
def command(invocation: Invocation) -> int:
    """Find out what would fail later, all at once. Nothing is changed.

    Exit code 6 where trust is missing (thumbprint, CA, identity), 3 where nothing but passwords and permissions is, 4
    where nothing answered, else 7.
    """
    from paver import api  # noqa: PLC0415  loads when the verb runs

    loaded, watch = invocation.load(), Stopwatch()
    findings = api.preflight(loaded, invocation.options())
    report(invocation, loaded, findings, seconds=watch.seconds, following=invocation.command("plan"))
    return 0
