"""`paver schema`: JSON Schema of spec, environment document and plan."""

from __future__ import annotations

import click

from paver.cli.flags import SAID, takes
from paver.cli.invocation import Invocation
from paver.cli.output.result import print_json


@click.command("schema", short_help="JSON Schema of spec and document")
@click.argument("document", type=click.Choice(["spec", "environment", "plan"]))
@takes(*SAID)
def command(invocation: Invocation, *, document: str) -> int:
    """Print the JSON Schema of the spec, of the environment document, or of a plan."""
    from paver.schema import environment_schema, plan_schema, spec_schema  # noqa: PLC0415  loads when the verb runs

    made = {"spec": spec_schema, "environment": environment_schema, "plan": plan_schema}
    print_json(invocation.terminal, made[document]())
    return 0
