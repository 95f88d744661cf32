"""The sandbox of a driver, as verbs use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paver import registry, sandbox
from paver.contract.errors import SpecError

if TYPE_CHECKING:
    from paver.cli.invocation import Invocation
    from paver.contract.driver import Sandbox
    from paver.sandbox import Running

STATE = "state"
"""The state directory, beside the example spec and its secret store: it goes with them."""


def driver_of(invocation: Invocation) -> tuple[str, Sandbox]:
    """The driver that `--iaas` names, or the only one that has an emulator. Raises SpecError."""
    if invocation.iaas is not None:
        found = registry.driver(invocation.iaas).sandbox()
        if found is None:
            raise SpecError(f"driver {invocation.iaas} has no sandbox")
        return invocation.iaas, found
    fit = [entry.name for entry in registry.entries() if entry.contract is not None and _has_one(entry.name)]
    if len(fit) != 1:
        raise SpecError("which sandbox?", hint=f"--iaas {' or '.join(fit)}" if fit else "no driver here has one")
    return driver_of_name(fit[0])


def driver_of_name(name: str) -> tuple[str, Sandbox]:
    """One that is known to have an emulator."""
    found = registry.driver(name).sandbox()
    if found is None:
        raise SpecError(f"driver {name} has no sandbox")
    return name, found


def bring_up(invocation: Invocation) -> Running:
    """The emulator, started where it is not up; what takes long is told. Raises SpecError, PaverError."""
    name, emulator = driver_of(invocation)
    running = sandbox.find(name)
    if running is not None:
        return running
    invocation.talk.say(f"Starting the sandbox of {name}: it stays up until `paver sandbox down` or an idle hour.")
    return sandbox.up(emulator, name, say=invocation.talk.say)


def settle_in(invocation: Invocation) -> None:
    """Make the emulator's own spec and state directory those of the command, where no -c names another spec."""
    running = bring_up(invocation)
    invocation.iaas = invocation.iaas or running.name
    invocation.settle([running.spec], running.directory / STATE)


def _has_one(name: str) -> bool:
    try:
        return registry.driver(name).sandbox() is not None
    except SpecError:
        return False
