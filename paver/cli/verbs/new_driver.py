"""`paver new-driver`: a package of a third party's driver, to start from."""

from __future__ import annotations

from pathlib import Path

import click

from paver.cli.flags import DIRECTORY, SAID, flag, takes
from paver.cli.invocation import Invocation
from paver.cli.output.result import print_json, print_lines
from paver.contract.errors import SpecError

INTO = flag("--directory", type=DIRECTORY, help="Where it goes; it must not be there yet.  [default: paver-NAME]")


@click.command("new-driver", short_help="write a driver package to start from")
@click.argument("name")
@takes(INTO, *SAID)
def command(invocation: Invocation, *, name: str, directory: Path | None) -> int:
    """Write the package of a driver called NAME: it installs, paves a made-up cloud, and passes `paver conform`.

    Its files bear the names that those of paver's own drivers have.
    """
    from paver import registry  # noqa: PLC0415  loads when the verb runs
    from paver.scaffold import write_package  # noqa: PLC0415  the same

    if name in registry.names():
        raise SpecError(f"a driver {name} is installed already", hint="choose another name")
    place = directory or Path(f"paver-{name}")
    written = write_package(name, place)
    commands = [f"pip install -e '{place}[dev]'", f"paver pave --iaas {name} --sandbox", f"paver conform --iaas {name}"]
    if invocation.as_json:
        print_json(invocation.terminal, {"directory": str(place), "files": [str(path) for path in written],
                                         "next": commands})  # fmt: skip
    else:
        lines = [f"Wrote {place}: {len(written)} files.", *(f"Next: {line}" for line in commands)]
        print_lines(invocation.terminal, lines)
    return 0
