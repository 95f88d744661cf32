"""`paver permissions`: what paver itself must be allowed, as the IaaS writes it."""

from __future__ import annotations

import click

from paver.cli.flags import SAID, SPEC, takes
from paver.cli.invocation import Invocation
from paver.cli.output.result import print_json, print_lines


@click.command("permissions", short_help="what paver itself must be allowed for this spec")
@takes(*SPEC, *SAID)
def command(invocation: Invocation) -> int:
    """Print the least that whoever runs paver must be allowed for this spec: a policy or role, as the IaaS writes it.

    Nothing is contacted. Exit code 2 where the driver has no such document.
    """
    from paver import api  # noqa: PLC0415  loads when the verb runs

    document = api.permissions(invocation.load())
    if isinstance(document, str) and not invocation.as_json:
        print_lines(invocation.terminal, document.splitlines())
    else:
        print_json(invocation.terminal, document)
    return 0
