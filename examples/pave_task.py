"""A pipeline's task that paves: `python pave_task.py SPEC IAAS OUTPUT_DIRECTORY`.

It consents to everything but the end of something that is there: for that a person runs `paver pave`. Progress goes to
stderr, the environment document to OUTPUT_DIRECTORY/environment.json. SIGTERM, which Concourse sends ten seconds before
it kills, ends the run in good order; the next one goes on from there.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import paver


def tell(event: paver.Event) -> None:
    """One line an event."""
    print(event, file=sys.stderr)


def refuse_deletions(plan: paver.Plan) -> None:
    """Raise where the plan would delete or replace anything."""
    ends = [str(step.key) for step in plan if step.action in ("delete", "replace")]
    if ends:
        raise paver.PaverError(f"the plan ends {', '.join(ends)}", hint="look at `paver plan`, then run `paver pave`")


def main(spec: str, iaas: str, directory: str) -> int:
    """Pave; the exit code says how it went, as that of the command does."""
    cancel = paver.Cancel()
    signal.signal(signal.SIGTERM, lambda *_: cancel.set(143))
    output = Path(directory)
    options = paver.Options(state_dir=output / "state", timeout=3600, cancel=cancel)
    try:
        loaded = paver.load_spec(spec, iaas=iaas)
        environment = paver.pave(loaded, options, on_event=tell, approve=refuse_deletions)
    except paver.PaverError as error:
        print(f"error: {error}", *error.__notes__ if hasattr(error, "__notes__") else (), sep="\n", file=sys.stderr)
        return error.exit_code
    (output / "environment.json").write_text(environment.model_dump_json(indent=2), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
