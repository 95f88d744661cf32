"""paver as a process: started, watched, killed. What the kit proves, it proves of the command that people run."""

from __future__ import annotations

import importlib
import json
import multiprocessing
import os
import pkgutil
import runpy
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST = 300.0
"""Seconds after which a run is given up; a rule about time says its own."""
OUT, ERR = "out", "err"
PAVER = "paver"
FROZEN = "paver.conformance.frozen"
NO_PART_OF_A_RUN = frozenset({"conformance", "sandbox", "scaffold", "__main__"})
_SERVER = multiprocessing.get_context("forkserver")


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that is over."""

    argv: tuple[str, ...]
    code: int
    out: str
    err: str
    seconds: float

    @property
    def document(self) -> Any:  # noqa: ANN401  any verb's result
        """The result, where it was asked for as JSON."""
        return json.loads(self.out)

    @property
    def calls(self) -> int:
        """How many calls the run says that it made; 0 where it did not come to its end."""
        return sum(int(event.get("calls", 0)) for event in self.events("ended"))

    def events(self, name: str) -> list[dict[str, Any]]:
        """Its events of one type."""
        found = []
        for line in self.err.splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and event.get("event") == name:
                found.append(event)
        return found

    def __str__(self) -> str:
        said = "\n".join(self.err.splitlines()[-40:])
        return f"{' '.join(self.argv)}: exit {self.code} after {self.seconds:.1f} s\n{self.out[-4000:]}\n{said}"


class Child:
    """One run of paver, forked from a server that has loaded it once: many short runs need not load it each.

    Args:
        words: Verb and flags.
        directory: Where it runs.
        environ: Its variables, beside those of this process.
    """

    def __init__(self, words: Sequence[str], directory: Path, environ: Mapping[str, str]) -> None:
        self._argv = tuple(words)
        self._heard = Path(tempfile.mkdtemp(prefix="paver-child-"))
        for name in (OUT, ERR):
            (self._heard / name).touch()
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PAVER_")}
        variables = {**inherited, "NO_COLOR": "1", **environ}
        self._process = _SERVER.Process(target=_run, args=(self._argv, directory, variables, self._heard), daemon=True)
        self._began = time.monotonic()
        self._process.start()

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process.pid is not None  # it was started
        return self._process.pid

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return not self._process.is_alive()

    def kill(self) -> None:
        """As kill -9 does."""
        self._process.kill()

    def end(self) -> None:
        """Kill it where nobody waited for it."""
        self.kill()
        self._process.join()
        shutil.rmtree(self._heard, ignore_errors=True)

    def wait(self, longest: float = LONGEST) -> Ended:
        """Its end. A run that is not over by then is killed, and the test with it."""
        self._process.join(longest)
        late = not self.over
        if late:
            self.kill()
            self._process.join()
        code = self._process.exitcode
        assert code is not None  # it is over
        ended = Ended(self._argv, code, *self._said(), time.monotonic() - self._began)
        if late:
            raise AssertionError(f"it did not end within {longest:.0f} s\n{ended}")
        return ended

    def _said(self) -> tuple[str, str]:
        out, err = ((self._heard / name).read_text(encoding="utf-8") for name in (OUT, ERR))
        return out, err


def preload(driver: str, sdk: Sequence[str]) -> None:
    """Have the server load what all runs need, so that no run's time is spent on that. It counts for a first server.

    Args:
        driver: The driver's package, or its module.
        sdk: Modules of others that it loads.
    """
    own = (name for package in dict.fromkeys((PAVER, driver)) for name in _modules(package))
    _SERVER.set_forkserver_preload([__name__, *own, *sdk, FROZEN])
    first = _SERVER.Process(target=_nothing, daemon=True)
    first.start()
    first.join()


def _nothing() -> None:
    """What a fork does that is there to wait for the server."""


def _modules(name: str) -> Iterator[str]:
    """A module and, where it is a package, those in it that a run may load."""
    yield name
    for found in pkgutil.iter_modules(getattr(importlib.import_module(name), "__path__", ()), f"{name}."):
        if found.name.rpartition(".")[2] not in NO_PART_OF_A_RUN:
            yield from _modules(found.name)


def _run(words: Sequence[str], directory: Path, environ: Mapping[str, str], heard: Path) -> None:
    """What a fork does: be `python -m paver` with these words."""
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(directory)
    for number, name in ((sys.stdout.fileno(), OUT), (sys.stderr.fileno(), ERR)):
        file = os.open(heard / name, os.O_WRONLY | os.O_APPEND)
        os.dup2(file, number)
        os.close(file)
    os.umask(0)  # whatever is private is so because paver made it so
    sys.argv[1:] = words
    runpy.run_module(PAVER, run_name="__main__", alter_sys=True)
