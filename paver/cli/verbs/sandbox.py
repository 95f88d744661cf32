"""`paver sandbox up|status|down`: a local IaaS to try things on."""

from __future__ import annotations

import click

from paver.cli.flags import IAAS, SAID, takes
from paver.cli.invocation import Invocation
from paver.cli.output.result import print_json, print_lines
from paver.cli.output.text import facts


@click.group("sandbox", short_help="a local IaaS to try things on")
def command() -> None:
    """Start, find and stop a driver's local emulator. It outlives the command, and ends by itself when idle."""


@command.command("up")
@takes(IAAS, *SAID)
def up(invocation: Invocation) -> int:
    """Start it, or find it up; print where its example spec is."""
    from paver.cli.emulator import bring_up  # noqa: PLC0415  loads when the verb runs

    running = bring_up(invocation)
    if invocation.as_json:
        print_json(invocation.terminal, {"name": running.name, "up": True, "spec": str(running.spec)})
    else:
        rows = [("spec", str(running.spec)), ("try", f"paver pave --iaas {running.name} --sandbox")]
        print_lines(invocation.terminal, [f"The sandbox of {running.name} is up.", *facts(rows, None)])
    return 0


@command.command("status")
@takes(IAAS, *SAID)
def status(invocation: Invocation) -> int:
    """Tell whether it is up. Exit code 1 where it is not."""
    from paver import sandbox  # noqa: PLC0415  loads when the verb runs
    from paver.cli.emulator import driver_of  # noqa: PLC0415  the same

    name, _ = driver_of(invocation)
    running = sandbox.find(name)
    if invocation.as_json:
        found = {"name": name, "up": running is not None}
        if running is not None:
            found |= {"spec": str(running.spec), "directory": str(running.directory), "pid": running.pid}
            found |= {"ready": running.ready()}
        print_json(invocation.terminal, found)
    elif running is None:
        print_lines(
            invocation.terminal, [f"The sandbox of {name} is not up. `paver sandbox up --iaas {name}` starts it."]
        )
    else:
        rows = [("spec", str(running.spec)), *([("process", str(running.pid))] if running.pid else [])]
        print_lines(invocation.terminal, [f"The sandbox of {name} is up.", *facts(rows, None)])
    return 0 if running is not None else 1


@command.command("down")
@takes(IAAS, *SAID)
def down(invocation: Invocation) -> int:
    """Stop it, and remove its directory with the spec, secrets and state in it."""
    from paver import sandbox  # noqa: PLC0415  loads when the verb runs
    from paver.cli.emulator import driver_of  # noqa: PLC0415  the same

    name, _ = driver_of(invocation)
    was = sandbox.down(name)
    if invocation.as_json:
        print_json(invocation.terminal, {"name": name, "was_there": was})
    else:
        what = "is down; its directory is gone" if was else "was not there"
        print_lines(invocation.terminal, [f"The sandbox of {name} {what}."])
    return 0
