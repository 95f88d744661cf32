"""`paver completion`: a script that lets the shell complete verbs and flags."""

from __future__ import annotations

import click

from paver.cli.flags import NO_COLOR, takes
from paver.cli.invocation import Invocation
from paver.cli.output.result import print_lines

NAME = click.option("--for", "name", default="paver", show_default=True, help="The command's name: paver, iaas-paver.")


@click.command("completion", short_help="let the shell complete verbs and flags")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@NAME
@takes(NO_COLOR)
def command(invocation: Invocation, *, shell: str, name: str) -> int:
    """Print a script for the shell: eval "$(paver completion bash)", or `paver completion fish | source`."""
    from click.shell_completion import get_completion_class  # noqa: PLC0415  one verb needs it

    from paver.cli.menu import root  # noqa: PLC0415  the menu imports this verb

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    made = kind(root, {}, name, f"_{name.replace('-', '_').upper()}_COMPLETE")
    print_lines(invocation.terminal, made.source().splitlines())
    return 0
