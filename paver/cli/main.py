"""The command from its first argument to its exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from paver.cli.failure import bug_of
from paver.cli.invocation import Stage
from paver.cli.menu import root
from paver.cli.output.stream import write_lines
from paver.contract.errors import PaverError, SpecError

NAME = "paver"
_DETAILED = "--detailed-exitcode"
SIGNALLED = frozenset({130, 143})


def main(arguments: Sequence[str] | None = None, leave: Callable[[int], object] = int) -> int:
    """Run one command and return its exit code. Nothing that it raises gets out.

    Args:
        arguments: What was typed; None: the process's own.
        leave: Told the code while signals are still handled: a process that ends with one must not be hit by the next.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that cannot write ± shows something else, and no traceback
            stream.reconfigure(errors="replace")
    stage = Stage(json_log=_asks_for_json(given))
    with stage.signals.installed():
        code = _run(given, stage)
        if code not in {0, *SIGNALLED} and _detailed(given) and not _has_changes(stage, code):
            code = 1
        leave(code)
    return code


def _run(arguments: list[str], stage: Stage) -> int:
    try:
        code = root.main(arguments, prog_name=NAME, standalone_mode=False, obj=stage)
    except PaverError as error:
        return _failed(error, stage)
    except click.Abort:
        return _failed(PaverError("nothing was answered, and nothing was changed"), stage)
    except click.ClickException as error:
        return _misused(error, stage)
    except SystemExit as error:  # click's answer to a shell that asks for completions, or to a reader who left
        return error.code if isinstance(error.code, int) else 0
    except Exception as error:  # noqa: BLE001  the last line of defence: a bug is told, its traceback kept
        return _failed(bug_of(error, _log_directory(stage)), stage)
    return code if isinstance(code, int) else 0


def _failed(error: PaverError, stage: Stage) -> int:
    talk = stage.at_hand().talk
    cause = error.__cause__
    if error.exit_code == 255 and cause is not None:  # noqa: PLR2004  a driver's defect, which has a traceback too
        bug = bug_of(cause, _log_directory(stage))
        error = _with_facts(error, bug)
    talk.error(error)
    talk.close()
    return error.exit_code


def _with_facts(error: PaverError, bug: PaverError) -> PaverError:
    told = PaverError(error.message, facts=[*error.facts, *bug.facts], hint=error.hint)
    told.exit_code = error.exit_code
    return told


def _misused(error: click.ClickException, stage: Stage) -> int:
    """Say click's own errors as all others are said."""
    hint = ""
    if isinstance(error, click.UsageError) and error.ctx is not None:
        hint = f"`{error.ctx.command_path} --help` has the usage"
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        write_lines(sys.stderr, error.format_message().splitlines())
        return error.exit_code
    text = error.format_message().rstrip(".")
    return _failed(SpecError(text[:1].lower() + text[1:], hint=hint), stage)


def _log_directory(stage: Stage) -> Path:
    given = stage.at_hand().state_dir
    if given is not None:
        return given
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / NAME


def _asks_for_json(arguments: Sequence[str]) -> bool:
    """Whether errors are to be objects, even where the flags cannot be read."""
    text = " ".join(arguments).replace("=", " ")
    return "--log-format json" in text or os.environ.get("PAVER_LOG_FORMAT") == "json"


def _detailed(arguments: Sequence[str]) -> bool:
    """Whether the codes of `plan --detailed-exitcode` hold, be the rest of the command line as wrong as it may."""
    asked = os.environ.get("PAVER_DETAILED_EXITCODE", "").lower() in {"1", "true", "yes", "on", "t", "y"}
    return arguments[:1] == ["plan"] and (asked or _DETAILED in arguments)


def _has_changes(stage: Stage, code: int) -> bool:
    return code == 2 and stage.planned_changes  # noqa: PLR2004  what the flag says
