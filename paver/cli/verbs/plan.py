"""`paver plan`: what pave would do."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from paver.cli.flags import DELETE_DATA, FILE, REPLACE_SECRET, RUN, SAID, SPEC, flag, takes
from paver.cli.invocation import Invocation, Stage
from paver.cli.noted import Noted
from paver.cli.output.plan import plan_json, plan_lines, replaced
from paver.cli.output.result import print_json, print_lines
from paver.cli.output.status import warning_lines
from paver.cli.stopwatch import Stopwatch
from paver.cli.target import remarks_of

CHANGES = 2

OUT = flag("--out", type=FILE, help="Keep it in this file: `paver pave FILE` does exactly that, or refuses.")
DETAILED = flag("--detailed-exitcode", is_flag=True, help="0: nothing to do, 2: changes, 1: any error.")


@click.command("plan", short_help="show what would change")
@takes(*SPEC, *RUN, REPLACE_SECRET, DELETE_DATA, OUT, DETAILED, *SAID)
def command(invocation: Invocation, *, out: Path | None, detailed_exitcode: bool) -> int:
    """Show what would change. Nothing is changed."""
    from paver import api  # noqa: PLC0415  loads when the verb runs

    loaded, watch, noted = invocation.load(), Stopwatch(), Noted()
    with invocation.signals.heard():
        options = invocation.options()
        plan = api.plan(loaded, options, noted)
    document = api.document_of(plan, loaded, noted.warnings)
    if out is not None:
        api.keep(out, document)
    if invocation.as_json:
        print_json(invocation.terminal, plan_json(document))
    else:
        lines = plan_lines(
            plan,
            seconds=watch.seconds,
            remarks=[*remarks_of(loaded), *replaced(plan)],
            following=" ".join([invocation.command("pave"), *([shlex.quote(str(out))] if out else [])]),
            verbose=invocation.verbose,
        )
        print_lines(invocation.terminal, [*lines, *warning_lines(noted.warnings)])
    if not detailed_exitcode or plan.empty:
        return 0
    click.get_current_context().ensure_object(Stage).planned_changes = True
    return CHANGES
