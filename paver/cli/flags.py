"""The flags that verbs share. Each has a variable: `--state-dir` is PAVER_STATE_DIR. No flag takes a secret."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from paver.cli.durations import DURATION
from paver.cli.invocation import Invocation, Stage

F = TypeVar("F", bound=Callable[..., Any])
Flag = Callable[[F], F]

FILE = click.Path(path_type=Path, dir_okay=False)
DIRECTORY = click.Path(path_type=Path, file_okay=False)


def flag(*names: str, **attributes: Any) -> Callable[[F], F]:  # noqa: ANN401  click's own attributes
    """An option with its variable."""
    long = next(name for name in names if name.startswith("--"))
    variable = "PAVER_" + long.removeprefix("--").replace("-", "_").upper()
    return click.option(*names, envvar=variable, show_envvar=True, **attributes)


CONFIG = flag("-c", "--config", multiple=True, type=FILE, help="The spec; more than one are merged, the later wins.")
IAAS = flag("--iaas", metavar="NAME", help="Which section of the spec; not needed where there is one.")
SANDBOX = flag(
    "--sandbox",
    is_flag=True,
    help="Use this driver's local emulator, started if it is not up; without -c with its example spec.",
)
STATE_DIR = flag("--state-dir", type=DIRECTORY, help="Journal, lock and logs.  [default: $XDG_STATE_HOME/paver]")
OUTPUT = flag(
    "-o", "--output", type=click.Choice(["text", "json"]), default="text", help="How the result is printed on stdout."
)
LOG_FORMAT = flag("--log-format", type=click.Choice(["text", "json"]), default="text", help="How stderr talks.")
QUIET = flag("-q", "--quiet", is_flag=True, help="Only warnings and errors on stderr.")
VERBOSE = flag("-v", "--verbose", is_flag=True, help="Every resource and its fields, every wait and retry.")
NO_COLOR = flag("--no-color", is_flag=True, help="No colour; NO_COLOR does the same.")
PARALLELISM = flag(
    "--parallelism", type=click.IntRange(1, 256), default=16, show_default=True, help="The most calls at one time."
)
TIMEOUT = flag("--timeout", type=DURATION, help="The time the whole run may take: 90s, 10m, 1h30m.")
LOCK_TIMEOUT = flag("--lock-timeout", type=DURATION, default=0.0, help="How long to wait for another run's lock.")
REPLACE_SECRET = flag(
    "--replace-secret", metavar="NAME", multiple=True, help="A credential whose secret is lost and may be made anew."
)
DELETE_DATA = flag("--delete-data", is_flag=True, help="Consent to the end of data inside what is deleted.")
AUTO_APPROVE = flag("-y", "--auto-approve", is_flag=True, help="Consent without being asked.")
CONFIRM_ENV = flag("--confirm-env", metavar="NAME", help="The environment's name, where nobody is there to type it.")

OWNER = flag(
    "--owner", type=click.UUID, help="Whose things; default: the spec's id. Another's are found by their marks."
)

SAID: tuple[Flag[Any], ...] = (OUTPUT, LOG_FORMAT, QUIET, VERBOSE, NO_COLOR)
"""How it talks: every verb."""
SPEC: tuple[Flag[Any], ...] = (CONFIG, IAAS, SANDBOX)
"""What it is about."""
RUN: tuple[Flag[Any], ...] = (STATE_DIR, PARALLELISM, TIMEOUT)
"""How it goes about a target."""
CHANGE: tuple[Flag[Any], ...] = (LOCK_TIMEOUT, AUTO_APPROVE)
"""How it changes one."""

_OWN = frozenset(Invocation.FLAGS)


def takes(*flags: Flag[Any]) -> Callable[[F], Any]:
    """Give a verb these flags; the shared ones reach it as one `Invocation`, its own as arguments."""

    def decorate(function: F) -> Any:  # noqa: ANN401  click gives it another signature
        @functools.wraps(function)
        def call(**values: Any) -> Any:  # noqa: ANN401  whatever the verb returns
            shared = {name: values.pop(name) for name in list(values) if name in _OWN}
            stage = click.get_current_context().ensure_object(Stage)
            stage.invocation = Invocation(stage.signals, **shared)
            return function(stage.invocation, **values)

        decorated: Any = call
        for each in reversed(flags):
            decorated = each(decorated)
        return decorated

    return decorate
