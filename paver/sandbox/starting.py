"""Bring a sandbox up."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import uuid4

from paver.contract.driver import Sandbox
from paver.contract.errors import PaverError
from paver.contract.stage import READY
from paver.sandbox.locking import exclusive
from paver.sandbox.process import started_at, terminate
from paver.sandbox.running import LOG, RECORD, SPEC, Running, recorded, state_home
from paver.sandbox.stopping import remove

_POLL = 0.05
_TAIL = 12


def up(
    sandbox: Sandbox,
    name: str,
    directory: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
    *,
    patience: float = 30.0,
) -> Running:
    """Start the emulator and return when it is ready. One that is up already is returned as it is.

    Args:
        sandbox: The driver's.
        name: The driver's name.
        directory: Where it lives; default: below `state_home`. It is the sandbox's alone, and goes with it.
        say: Told what takes long.
        patience: Seconds to wait for it to be ready.

    Raises:
        Locked: another process has been bringing it up for longer than anybody waits.
        PaverError: it does not start; the facts have the end of its log.
    """
    home = directory or state_home() / name
    with exclusive(home):
        before = recorded(home)
        if before is not None and before.alive and (home / SPEC).is_file():
            return before
        if before is not None and before.alive and before.pid is not None:
            terminate(before.pid, before.start)
        remove(home)
        home.mkdir(parents=True, mode=0o700)
        command = sandbox.prepare(home, say)
        running = _launch(command, name, home, patience) if command else Running(name, home)
        (home / SPEC).touch(mode=0o600)
        (home / SPEC).write_text(sandbox.spec(home, uuid4()), encoding="utf-8")
        _record(running)
        return running


def _record(running: Running) -> None:
    path = running.directory / RECORD
    path.touch(mode=0o600)
    path.write_text(running.record(), encoding="utf-8")


def _launch(command: Sequence[str], name: str, home: Path, patience: float) -> Running:
    log = home / LOG
    log.touch(mode=0o600)
    with log.open("ab") as sink:
        process = subprocess.Popen(
            list(command), stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, cwd=home, start_new_session=True
        )
    running = Running(name, home, process.pid, started_at(process.pid) or "")
    _record(running)  # before the wait: a command killed here leaves a process that `down` finds
    deadline = time.monotonic() + patience
    while not (home / READY).is_file():
        if process.poll() is not None:
            raise PaverError(
                f"the sandbox of {name} ended as it started, with code {process.returncode}", facts=_tail(log)
            )
        if time.monotonic() > deadline:
            terminate(process.pid, running.start)
            process.returncode = -1  # reaped there
            raise PaverError(f"the sandbox of {name} is not ready after {patience:.0f} s", facts=_tail(log))
        time.sleep(_POLL)
    process.returncode = 0  # it outlives us on purpose: no warning that it was left behind
    return running


def _tail(log: Path) -> list[tuple[str, str]]:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL:]
    return [("log", str(log)), *(("", line) for line in lines)]
