"""`paver verify`: what somebody else changed, or what who stands on top would not find."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from paver.cli.document import read_document
from paver.cli.findings import report
from paver.cli.flags import RUN, SAID, SPEC, flag, takes
from paver.cli.invocation import Invocation
from paver.cli.noted import Noted
from paver.cli.output.result import print_json, print_lines
from paver.cli.output.verify import verify_json, verify_lines
from paver.cli.stopwatch import Stopwatch
from paver.contract.errors import DriftFound, SpecError

if TYPE_CHECKING:
    from paver.settings import LoadedSpec

CONSUMERS = ("bosh",)
FOR = flag(
    "--for",
    "consumer",
    type=click.Choice(CONSUMERS),
    help="Look up what this consumer will, with the credential that it gets, in place of comparing with the spec.",
)
ENVIRONMENT = flag(
    "--environment",
    "file",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="With --for: the document, as `paver outputs -o json` printed it, in place of one that is rebuilt.",
)


@click.command("verify", short_help="show what somebody else changed")
@takes(FOR, ENVIRONMENT, *SPEC, *RUN, *SAID)
def command(invocation: Invocation, *, consumer: str | None, file: Path | None) -> int:
    """Show what differs from the spec. Exit code 7 where anything does; nothing is changed.

    What was changed comes first, and then what follows from that: what went with a thing that is gone, and what will be
    made anew with it.

    With --for bosh: log in as BOSH's CPI will, with its own credential, look up what it does before it makes a machine,
    and ask whether it may do its work. Exit code 7 where something is not there, 3 where all that fails is denied.
    """
    # The variable may be there for who renders: then it says nothing here.
    typed = click.get_current_context().get_parameter_source("file") is ParameterSource.COMMANDLINE
    if consumer is None and typed:
        raise SpecError("--environment goes with --for", hint="paver verify --for bosh --environment FILE")
    loaded = invocation.load()
    return _differences(invocation, loaded) if consumer is None else _bosh(invocation, loaded, file)


def _differences(invocation: Invocation, loaded: LoadedSpec) -> int:
    from paver import api  # noqa: PLC0415  loads when the verb runs

    watch, noted = Stopwatch(), Noted()
    with invocation.signals.heard():
        drift = api.verify(loaded, invocation.options(), noted)
    if invocation.as_json:
        document = api.document_of(drift.plan, loaded, noted.warnings)
        print_json(invocation.terminal, verify_json(drift, document))
    else:
        mends = " ".join([invocation.command("pave"), *(f"--replace-secret {name}" for name in drift.lost)])
        lines = verify_lines(drift, seconds=watch.seconds, following=mends, warnings=noted.warnings)
        print_lines(invocation.terminal, lines)
    return 0 if drift.empty else DriftFound.exit_code


def _bosh(invocation: Invocation, loaded: LoadedSpec, file: Path | None) -> int:
    from paver import api  # noqa: PLC0415  loads when the verb runs

    watch = Stopwatch()
    environment = None if file is None else read_document(file)
    with invocation.signals.heard():
        findings = api.verify_bosh(loaded, invocation.options(), environment)
    following = invocation.command("render", "bosh-director")
    report(invocation, loaded, findings, seconds=watch.seconds, following=following)
    return 0
