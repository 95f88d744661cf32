"""`paver verify`: what somebody else changed."""

from __future__ import annotations

import click

from paver.cli.flags import REPLACE_SECRET, RUN, SAID, SPEC, takes
from paver.cli.invocation import Invocation
from paver.cli.output.plan import plan_json
from paver.cli.output.result import print_json, print_lines
from paver.cli.output.verify import verify_lines
from paver.cli.stopwatch import Stopwatch
from paver.contract.errors import DriftFound


@click.command("verify", short_help="show what somebody else changed")
@takes(*SPEC, *RUN, REPLACE_SECRET, *SAID)
def command(invocation: Invocation) -> int:
    """Show what differs from the spec. Exit code 7 where anything does; nothing is changed."""
    from paver import api  # noqa: PLC0415  loads when the verb runs

    loaded, watch = invocation.load(), Stopwatch()
    with invocation.signals.heard():
        plan = api.verify(loaded, invocation.options())
    if invocation.as_json:
        print_json(invocation.terminal, {**plan_json(plan), "in_order": plan.empty})
    else:
        lines = verify_lines(plan, seconds=watch.seconds, following=invocation.command("pave"))
        print_lines(invocation.terminal, lines)
    return 0 if plan.empty else DriftFound.exit_code
