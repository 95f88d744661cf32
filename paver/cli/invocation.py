"""One invocation of a verb: its shared flags, and what follows from them."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from paver.cli.output.talk import Level, Talk, talk_for
from paver.cli.output.terminal import Terminal
from paver.cli.signals import Signals

if TYPE_CHECKING:
    from paver.api import Options
    from paver.settings import LoadedSpec

DEFAULT_CONFIG = Path("environment.yml")


@dataclass
class Invocation:
    """The flags, as click read them from the command line and the PAVER_… variables."""

    FLAGS: ClassVar[tuple[str, ...]] = (
        *("config", "iaas", "sandbox", "state_dir", "output", "log_format", "quiet", "verbose", "no_color"),
        *("parallelism", "timeout", "lock_timeout", "replace_secret", "delete_data"),
    )

    signals: Signals
    config: tuple[Path, ...] = ()
    iaas: str | None = None
    sandbox: bool = False
    state_dir: Path | None = None
    output: str = "text"
    log_format: str = "text"
    quiet: bool = False
    verbose: bool = False
    no_color: bool = False
    parallelism: int = 16
    timeout: float | None = None
    lock_timeout: float = 0.0
    replace_secret: tuple[str, ...] = ()
    delete_data: bool = False
    _settled: tuple[Path, ...] = field(default=(), init=False)
    _ends: float | None = field(default=None, init=False)

    @property
    def as_json(self) -> bool:
        """Whether the result is one JSON document."""
        return self.output == "json"

    @cached_property
    def terminal(self) -> Terminal:
        """The streams."""
        return Terminal.find((sys.stdin, sys.stdout, sys.stderr), os.environ, no_color=self.no_color)

    @cached_property
    def talk(self) -> Talk:
        """Where everything goes that is no result."""
        level = Level.QUIET if self.quiet else Level.VERBOSE if self.verbose else Level.NORMAL
        return talk_for(self.terminal, level, as_json=self.log_format == "json")

    @property
    def files(self) -> tuple[Path, ...]:
        """The spec's files."""
        return self._settled or self.config or (DEFAULT_CONFIG,)

    def options(self, **more: Any) -> Options:  # noqa: ANN401  fields of Options, each of its own type
        """How the library is to run, with `more` beside what the shared flags say.

        What a verb does first takes from the time of what it does next.
        """
        from paver.api import Options  # noqa: PLC0415  pydantic loads where a verb runs

        left = self.timeout
        if self.timeout is not None:
            self._ends = self._ends or time.monotonic() + self.timeout
            left = self._ends - time.monotonic()
        return Options(
            state_dir=self.state_dir,
            parallelism=self.parallelism,
            timeout=left,
            lock_timeout=self.lock_timeout,
            replace_secrets=frozenset(self.replace_secret),
            delete_data=self.delete_data,
            cancel=self.signals.cancel,
            **more,
        )

    def load(self) -> LoadedSpec:
        """Read the spec; the sandbox's own, and its state directory, where that is asked for. Raises SpecError."""
        from paver.settings import load_spec  # noqa: PLC0415  pydantic loads where a verb runs

        if self.sandbox:
            from paver.cli.emulator import settle_in  # noqa: PLC0415  the same

            settle_in(self)
        loaded = load_spec(*self.files, iaas=self.iaas)
        self.talk.about(loaded.spec.name, loaded.iaas)
        return loaded

    def settle(self, config: Sequence[Path], state_dir: Path) -> None:
        """Use these where no flag says otherwise."""
        if not self.config:
            self._settled = tuple(config)
            self.state_dir = self.state_dir or state_dir

    def command(self, *verb: str) -> str:
        """What to type for another verb, in one word or several, on the same target."""
        words = ["paver", *verb, *(word for path in self.config for word in ("-c", str(path)))]
        words += ["--iaas", self.iaas] if self.iaas else []
        words += ["--sandbox"] if self.sandbox else []
        return shlex.join(words)


@dataclass
class Stage:
    """What one process has: its signals, and the invocation once the flags are read."""

    signals: Signals = field(default_factory=Signals)
    invocation: Invocation | None = None
    json_log: bool = False
    """How errors are told before the flags are read."""
    planned_changes: bool = False
    """Whether `plan --detailed-exitcode` came to its end and found changes: then 2 is no error."""

    def at_hand(self) -> Invocation:
        """The invocation, or one with no flags where it never came to one."""
        return self.invocation or Invocation(self.signals, log_format="json" if self.json_log else "text")
