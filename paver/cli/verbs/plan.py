"""`paver plan`: what pave would do."""

from __future__ import annotations

import click

from paver.cli.flags import DELETE_DATA, REPLACE_SECRET, RUN, SAID, SPEC, flag, takes
from paver.cli.invocation import Invocation, Stage
from paver.cli.output.plan import plan_json, plan_lines, replaced
from paver.cli.output.result import print_json, print_lines
from paver.cli.stopwatch import Stopwatch
from paver.cli.target import remarks_of

CHANGES = 2

DETAILED = flag("--detailed-exitcode", is_flag=True, help="0: nothing to do, 2: changes, 1: any error.")


@click.command("plan", short_help="show what would change")
@takes(*SPEC, *RUN, REPLACE_SECRET, DELETE_DATA, DETAILED, *SAID)
def command(invocation: Invocation, *, detailed_exitcode: bool) -> int:
    """Show what would change. Nothing is changed."""
    from paver import api  # noqa: PLC0415  loads when the verb runs

    loaded, watch = invocation.load(), Stopwatch()
    with invocation.signals.heard():
        plan = api.plan(loaded, invocation.options())
    if invocation.as_json:
        print_json(invocation.terminal, plan_json(plan))
    else:
        lines = plan_lines(
            plan,
            seconds=watch.seconds,
            remarks=[*remarks_of(loaded), *replaced(plan)],
            following=invocation.command("pave"),
            verbose=invocation.verbose,
        )
        print_lines(invocation.terminal, lines)
    if not detailed_exitcode or plan.empty:
        return 0
    click.get_current_context().ensure_object(Stage).planned_changes = True
    return CHANGES
