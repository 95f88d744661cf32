"""`paver status`: what there is, what expires, who holds the lock."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from paver.cli.flags import RUN, SAID, SPEC, takes
from paver.cli.invocation import Invocation
from paver.cli.output.result import print_json, print_lines
from paver.cli.output.status import status_json, status_lines


@click.command("status", short_help="what there is, what expires, who holds the lock")
@takes(*SPEC, *RUN, *SAID)
def command(invocation: Invocation) -> int:
    """Tell what there is, what expires and when, and who holds the lock. Nothing is changed."""
    from paver import api  # noqa: PLC0415  loads when the verb runs

    loaded = invocation.load()
    with invocation.signals.heard():
        status = api.status(loaded, invocation.options())
    owner = str(loaded.spec.id)
    if invocation.as_json:
        print_json(invocation.terminal, status_json(status, owner))
    else:
        spec = ", ".join(map(str, invocation.files))
        print_lines(invocation.terminal, status_lines(status, owner, datetime.now(UTC), spec))
    return 0
