"""`paver leftovers`: what an environment left behind whose state or spec is lost."""

from __future__ import annotations

from uuid import UUID

import click

from paver.cli.flags import OWNER, RUN, SAID, SPEC, takes
from paver.cli.invocation import Invocation
from paver.cli.output.leftovers import leftover_lines, leftovers_json
from paver.cli.output.result import print_json, print_lines


@click.command("leftovers", short_help="what a lost environment left behind")
@takes(*SPEC, *RUN, OWNER, *SAID)
def command(invocation: Invocation, *, owner: UUID | None) -> int:
    """List everything of an owner that is there, found by its marks alone. Nothing is changed.

    The spec says where to look, and with whose credentials; what else it asks for does not matter.
    """
    from paver import api  # noqa: PLC0415  loads when the verb runs

    loaded = invocation.load()
    whose = str(owner or loaded.spec.id)
    with invocation.signals.heard():
        found = api.leftovers(loaded, invocation.options(owner=owner))
    if invocation.as_json:
        print_json(invocation.terminal, leftovers_json(found, whose))
    else:
        command = f"{invocation.command('destroy')} --owner {whose}"
        print_lines(invocation.terminal, leftover_lines(found, whose, command))
    return 0
