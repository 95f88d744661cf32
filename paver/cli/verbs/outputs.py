"""`paver outputs`: the environment document, or one value of it."""

from __future__ import annotations

import click

from paver.cli.flags import RUN, SAID, SPEC, takes
from paver.cli.invocation import Invocation
from paver.cli.output.environment import environment_lines, value_at, value_lines
from paver.cli.output.result import print_json, print_lines


@click.command("outputs", short_help="the environment document, or one value of it")
@click.argument("path", required=False)
@takes(*SPEC, *RUN, *SAID)
def command(invocation: Invocation, *, path: str | None) -> int:
    """Print the environment document, rebuilt from the IaaS and the secret store.

    PATH names one value of it, like networks.management.assigned.director: a text is printed as it is.
    """
    from paver import api  # noqa: PLC0415  loads when the verb runs

    loaded = invocation.load()
    with invocation.signals.heard():
        environment = api.outputs(loaded, invocation.options())
    document = environment.model_dump(mode="json")
    if path is not None:
        document = value_at(document, path)
    if invocation.as_json:
        print_json(invocation.terminal, document)
    else:
        lines = environment_lines(environment) if path is None else value_lines(document)
        print_lines(invocation.terminal, lines)
    return 0
