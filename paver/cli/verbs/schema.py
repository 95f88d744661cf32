"""`paver schema`: JSON Schema of spec and environment document."""

from __future__ import annotations

import click

from paver.cli.flags import SAID, takes
from paver.cli.invocation import Invocation
from paver.cli.output.result import print_json


@click.command("schema", short_help="JSON Schema of spec and document")
@click.argument("document", type=click.Choice(["spec", "environment"]))
@takes(*SAID)
def command(invocation: Invocation, *, document: str) -> int:
    """Print the JSON Schema of the spec, or of the environment document."""
    from paver.schema import environment_schema, spec_schema  # noqa: PLC0415  loads when the verb runs

    found = spec_schema() if document == "spec" else environment_schema()
    print_json(invocation.terminal, found)
    return 0
