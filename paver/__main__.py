"""`python -m paver`, and the scripts `paver` and `iaas-paver`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

STOPPED = (130, 143)
OUT_OF_TIME = 9


def main() -> None:
    """Run the command and leave with its exit code."""
    if sys.platform == "win32":
        sys.stderr.write("error: paver runs on Linux and macOS; on Windows use WSL\n")
        raise SystemExit(2)
    if Path(sys.argv[0]).name == "paver" and sys.argv[1:2] != ["doctor"]:
        _check_names()
    try:
        from paver.cli.main import main as command  # noqa: PLC0415  not before the names are known to be ours

        raise SystemExit(command(leave=_leave))
    except KeyboardInterrupt:  # before the command handles signals itself
        os._exit(STOPPED[0])


def _check_names() -> None:
    """Stop where an unrelated build tool's files lie among ours: what would run is anybody's guess."""
    from paver import clash  # noqa: PLC0415  only where the script is called by the name that clashes

    package = Path(__file__).parent
    if clash.mixed(package):
        sys.stderr.write(
            f"error: another distribution named {clash.OTHER} is installed over {clash.OURS}\n"
            f"  place        {package}\n"
            f"  what to do   {clash.advice()}\n"
        )
        raise SystemExit(1)


def _leave(code: int) -> None:
    """Leave at once where the command was stopped or is out of time: no late call and no other ^C changes that."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (BrokenPipeError, ValueError):
            os._exit(code)
    if code in {*STOPPED, OUT_OF_TIME}:
        os._exit(code)


if __name__ == "__main__":
    main()
