"""`paver init`: a commented spec to start from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import click

from paver.cli.flags import FILE, IAAS, SAID, SANDBOX, flag, takes
from paver.cli.invocation import DEFAULT_CONFIG, Invocation
from paver.cli.output.initial import initial_lines
from paver.cli.output.result import print_json, print_lines
from paver.contract.errors import Refused, SpecError

if TYPE_CHECKING:
    from paver.init_spec import InitialSpec

TO = flag("-c", "--config", "file", type=FILE, default=DEFAULT_CONFIG, show_default=True, help="Where it goes.")
NAME = flag("--name", default="staging", show_default=True, help="The environment's name.")
ZONES = flag("--zones", type=click.IntRange(1, 4), default=3, show_default=True, help="How many zones it has.")
SPACE = flag("--address-space", metavar="CIDR", default="", help="One block, /16 to /21, that nothing else uses.")
DNS_ZONE = flag("--dns-zone", metavar="NAME", default="", help="The environment's DNS zone.")
FORCE = flag("--force", is_flag=True, help="Overwrite a file that is there.")


@click.command("init", short_help="write a spec to start from")
@takes(TO, IAAS, NAME, ZONES, SPACE, DNS_ZONE, SANDBOX, FORCE, *SAID)
def command(
    invocation: Invocation, file: Path, name: str, zones: int, address_space: str, dns_zone: str, force: bool
) -> int:
    """Write a commented spec to start from; what only you know is marked FILL IN.

    With --sandbox it is the example spec of this driver's local emulator, with an id of its own.
    """
    if invocation.sandbox:
        text = _of_sandbox(invocation)
        _write(file, text, force=force)
        _tell(invocation, {"file": str(file), "fill_in": []}, [f"Wrote {file}.", f"Next: {_next('pave', file)}"])
        return 0
    made = _initial(invocation, name, [f"z{number}" for number in range(1, zones + 1)], address_space, dns_zone)
    _write(file, made.text, force=force)
    rows = [(one.line, one.name, one.what) for one in made.fill_in]
    about = f"{name} on {invocation.iaas}, {zones} zone{'s' * (zones != 1)}, id {made.owner}"
    found = {"file": str(file), "id": str(made.owner),
             "fill_in": [{"line": line, "path": path, "what": what} for line, path, what in rows]}  # fmt: skip
    _tell(invocation, found, initial_lines(str(file), about, rows, _next("validate", file)))
    return 0


def _initial(invocation: Invocation, name: str, zones: list[str], address_space: str, dns_zone: str) -> InitialSpec:
    from paver import registry  # noqa: PLC0415  loads when the verb runs
    from paver.init_spec import initial_spec  # noqa: PLC0415  the same

    if invocation.iaas is None:
        raise SpecError("which IaaS?", hint=f"--iaas {' or '.join(registry.names())}")
    driver = registry.driver(invocation.iaas)
    return initial_spec(driver, name, zones, address_space=address_space, dns_zone=dns_zone)


def _of_sandbox(invocation: Invocation) -> str:
    from paver.cli.emulator import bring_up, driver_of  # noqa: PLC0415  loads when the verb runs

    _, emulator = driver_of(invocation)
    return emulator.spec(bring_up(invocation).directory, uuid4())


def _write(file: Path, text: str, *, force: bool) -> None:
    try:
        with file.open("w" if force else "x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError:
        raise Refused(f"{file} is there already, and was left alone", hint="--force overwrites it") from None
    except OSError as error:
        raise SpecError(f"{file} cannot be written: {error.strerror}") from None


def _tell(invocation: Invocation, document: object, lines: list[str]) -> None:
    if invocation.as_json:
        print_json(invocation.terminal, document)
    else:
        print_lines(invocation.terminal, lines)


def _next(verb: str, file: Path) -> str:
    return f"paver {verb}" + (f" -c {file}" if file != DEFAULT_CONFIG else "")
