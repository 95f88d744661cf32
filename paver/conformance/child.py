"""paver as a process: started, watched, killed. What the kit proves, it proves of the command that people run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST = 300.0
"""Seconds after which a run is given up; a rule about time says its own."""


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
    """One run of paver.

    Args:
        words: Verb and flags.
        directory: Where it runs.
        environ: Its variables, beside those of this process.
    """

    def __init__(self, words: Sequence[str], directory: Path, environ: Mapping[str, str]) -> None:
        self._argv = (sys.executable, "-m", "paver", *words)
        self._began = time.monotonic()
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PAVER_")}
        # A umask of nothing: whatever is private is so because paver made it so.
        self.process = subprocess.Popen(
            self._argv,
            cwd=directory,
            env={**inherited, "NO_COLOR": "1", **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            umask=0,
        )

    def kill(self) -> None:
        """As kill -9 does."""
        self.process.kill()

    def end(self) -> None:
        """Kill it where nobody waited for it."""
        if self.process.returncode is None:
            self.kill()
            self.process.communicate()

    def wait(self, longest: float = LONGEST) -> Ended:
        """Its end. A run that is not over by then is killed, and the test with it."""
        try:
            out, err = self.process.communicate(timeout=longest)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
            raise AssertionError(
                f"it did not end within {longest:.0f} s\n"
                f"{Ended(self._argv[3:], -9, out, err, time.monotonic() - self._began)}"
            ) from None
        return Ended(self._argv[3:], self.process.returncode, out, err, time.monotonic() - self._began)
