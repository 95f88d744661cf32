"""`paver drivers`: what is installed."""

from __future__ import annotations

import dataclasses

import click

from paver.cli.flags import SAID, takes
from paver.cli.invocation import Invocation
from paver.cli.output.drivers import driver_lines
from paver.cli.output.result import print_json, print_lines


@click.command("drivers", short_help="what is installed")
@takes(*SAID)
def command(invocation: Invocation) -> int:
    """List the installed drivers, their SDKs, and whether each is ready."""
    from paver.registry import entries  # noqa: PLC0415  loads when the verb runs

    found = entries()
    if invocation.as_json:
        print_json(invocation.terminal, [dataclasses.asdict(entry) for entry in found])
    else:
        print_lines(invocation.terminal, driver_lines(found))
    return 0
