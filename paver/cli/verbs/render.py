"""`paver render`: the environment document as its consumers read it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from paver.cli.document import ENVIRONMENT, OUTPUT_DIR, WITH_SECRETS, given, refuse_secrets_without_directory
from paver.cli.flags import RUN, SAID, SPEC, takes
from paver.cli.invocation import Invocation
from paver.cli.output.result import print_json, print_lines
from paver.cli.output.stream import write_lines
from paver.contract.errors import SpecError
from paver.render.names import FORMATS

if TYPE_CHECKING:
    from paver.render.rendering import Rendering


@click.command("render", short_help="the document as BOSH, Concourse and others read it")
@click.argument("format_", metavar="FORMAT", type=click.Choice(FORMATS))
@click.argument("part", required=False, metavar="[FILE]")
@takes(ENVIRONMENT, WITH_SECRETS, OUTPUT_DIR, *SPEC, *RUN, *SAID)
def command(
    invocation: Invocation,
    *,
    format_: str,
    part: str | None,
    file: Path | None,
    with_secrets: bool,
    output_dir: Path | None,
) -> int:
    """Print the environment as FORMAT, without its secrets, or write it to files.

    FORMAT is bosh-director, bosh-cloud-config, bosh-runtime, bucc, concourse, credhub, dotenv or tfvars. Where it is
    several files (bosh-director: director-vars.yml and director-ops.yml), FILE says which to print; default: the first.
    """
    from paver import api  # noqa: PLC0415  loads when the verb runs
    from paver.render import rendering  # noqa: PLC0415  the same
    from paver.render.text import text  # noqa: PLC0415  the same

    refuse_secrets_without_directory(with_secrets=with_secrets, output_dir=output_dir)
    found = given(invocation, file)
    files = api.render(found.environment, format_)
    if part is not None or output_dir is None:
        files = (_chosen(files, part),)
    missing = () if with_secrets else rendering.left_out(files)
    if output_dir is not None:
        settled = api.reveal(files, found.base) if with_secrets else tuple(map(rendering.without_secrets, files))
        written = _write(output_dir, {one.name: text(one) for one in settled})
        if invocation.as_json:
            print_json(invocation.terminal, {"files": written, "left_out": list(missing)})
        else:
            print_lines(invocation.terminal, written)
    else:
        chosen = rendering.without_secrets(files[0])
        if invocation.as_json:
            print_json(invocation.terminal, chosen.tree)
        else:
            write_lines(invocation.terminal.out, text(chosen).removesuffix("\n").split("\n"))
    if missing:
        invocation.talk.say(f"Left out, being secret: {', '.join(missing)}.",
                            "--with-secrets --output-dir DIR writes them into private files.")  # fmt: skip
    return 0


def _chosen(files: Sequence[Rendering], part: str | None) -> Rendering:
    if part is None:
        return files[0]
    for one in files:
        if one.name == part:
            return one
    raise SpecError(f"there is no file {part} in this format", hint=f"there is: {', '.join(one.name for one in files)}")


def _write(directory: Path, files: dict[str, str]) -> list[str]:
    from paver.secrets import write_private  # noqa: PLC0415  loads when the verb runs

    return [str(path) for path in write_private(directory, files)]
