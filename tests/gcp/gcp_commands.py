"""The command, in this process: what it says and how it ends."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass

from gcp_projects import Environment

from paver.cli.main import main


@dataclass(frozen=True)
class Outcome:
    """What a command left."""

    code: int
    out: str
    err: str


def command(environment: Environment, verb: str, *arguments: str) -> Outcome:
    """One verb on an environment's spec and state."""
    out, err = io.StringIO(), io.StringIO()
    state = () if verb == "permissions" else ("--state-dir", str(environment.state))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([verb, "-c", str(environment.file), "--iaas", "gcp", *state, *arguments])
    return Outcome(code, out.getvalue(), err.getvalue())
