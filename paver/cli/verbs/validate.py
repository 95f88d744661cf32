"""`paver validate`: every error of a spec, with file, line and column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from paver.cli.flags import CONFIG, IAAS, SAID, flag, takes
from paver.cli.invocation import Invocation
from paver.cli.output.errors import problem_lines
from paver.cli.output.result import print_json, print_lines
from paver.cli.output.spec import valid_line
from paver.cli.output.text import counted
from paver.contract.errors import SpecError

if TYPE_CHECKING:
    from paver.settings.message import Message

RESOLVED = flag("--resolved", is_flag=True, help="Print the spec with all that is derived and defaulted, as YAML.")


@click.command("validate", short_help="check it; every error with file, line and column")
@takes(CONFIG, IAAS, RESOLVED, *SAID)
def command(invocation: Invocation, *, resolved: bool) -> int:
    """Check the spec: every error with file, line and column, in every section whose driver is installed.

    Nothing is contacted. Exit code 2 where anything is wrong.
    """
    from paver import settings  # noqa: PLC0415  loads when the verb runs

    checked = settings.check_spec(invocation.files, iaas=invocation.iaas)
    if resolved and checked.spec is not None:
        _print_resolved(invocation, settings.resolved(checked))
        return 0
    where = ", ".join(map(str, invocation.files))
    if invocation.as_json:
        found = {"valid": checked.spec is not None, "drivers": list(checked.drivers),
                 "problems": [_problem(message) for message in checked.messages]}  # fmt: skip
        print_json(invocation.terminal, found)
    if checked.spec is not None:
        if not invocation.as_json:
            print_lines(invocation.terminal, [valid_line(where, checked.spec)])
        return 0
    if not invocation.as_json:
        width = invocation.terminal.result_width
        lines = [line for message in checked.messages for line in problem_lines(str(message), width)]
        print_lines(invocation.terminal, lines)
    raise SpecError(f"{counted(len(checked.messages), 'error')} in {where}. Nothing was contacted")


def _print_resolved(invocation: Invocation, found: dict[str, Any]) -> None:
    import yaml  # noqa: PLC0415  loads where it is printed

    if invocation.as_json:
        print_json(invocation.terminal, found)
    else:
        text = yaml.safe_dump(found, sort_keys=False, allow_unicode=True, default_flow_style=None, width=100)
        print_lines(invocation.terminal, text.splitlines())


def _problem(message: Message) -> dict[str, Any]:
    place = message.place
    return {
        "file": place.source,
        "line": place.line,
        "column": place.column,
        "path": list(message.path),
        "what": message.what,
        "hint": message.hint,
    }
