"""`paver version`: what runs."""

from __future__ import annotations

import platform
import sys

import click

from paver import __version__
from paver.cli.flags import SAID, takes
from paver.cli.invocation import Invocation
from paver.cli.output.result import print_json, print_lines


@click.command("version", short_help="what runs")
@takes(*SAID)
def command(invocation: Invocation) -> int:
    """Print paver's version, and of what it runs on."""
    found = {
        "paver": __version__,
        "python": platform.python_version(),
        "platform": f"{sys.platform} {platform.machine()}",
    }
    if invocation.as_json:
        print_json(invocation.terminal, found)
    else:
        print_lines(invocation.terminal, [f"paver {found['paver']}, Python {found['python']}, {found['platform']}"])
    return 0
