"""`paver doctor`: what is wrong with this installation."""

from __future__ import annotations

import dataclasses

import click

from paver.cli.flags import SAID, STATE_DIR, takes
from paver.cli.invocation import Invocation
from paver.cli.output.preflight import check_lines
from paver.cli.output.result import print_json, print_lines


@click.command("doctor", short_help="what is wrong with this installation")
@takes(STATE_DIR, *SAID)
def command(invocation: Invocation) -> int:
    """Look for what is wrong with this installation: name clashes, Python, SDKs, directories.

    Exit code 1 if anything is.
    """
    from paver import doctor  # noqa: PLC0415  loads when the verb runs
    from paver.engine.record import default_root  # noqa: PLC0415  the same
    from paver.registry import entries  # noqa: PLC0415  the same

    checks = doctor.examine(entries(), invocation.state_dir or default_root())
    wrong = sum(check.severity == "fail" for check in checks)
    if invocation.as_json:
        print_json(invocation.terminal, [dataclasses.asdict(check) for check in checks])
    else:
        lines = check_lines([(check.severity, check.check, check.what, check.hint) for check in checks])
        verdict = f"{wrong} of {len(checks)} are wrong." if wrong else "Nothing is wrong."
        print_lines(invocation.terminal, [*lines, "", verdict])
    return 1 if wrong else 0
