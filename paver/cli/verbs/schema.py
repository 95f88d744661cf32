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
    from paver.contract.environment import PavedEnvironment  # noqa: PLC0415  loads when the verb runs
    from paver.contract.spec import EnvironmentSpec  # noqa: PLC0415  the same

    if document == "spec":
        found = EnvironmentSpec.model_json_schema(mode="validation")
    else:
        found = PavedEnvironment.model_json_schema(mode="serialization")
    print_json(invocation.terminal, found)
    return 0
