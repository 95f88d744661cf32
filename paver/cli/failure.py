"""A bug of paver's: one line on stderr, the traceback in a file that only its user reads, no value in either."""

from __future__ import annotations

import contextlib
import os
import secrets
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from paver.contract.errors import PaverError

EXIT_CODE = 255
_SPEAKING = (AttributeError, ImportError, NameError)
"""Their text names code. Any other exception's text may quote a value, and a value may be a secret."""


class Bug(PaverError):
    """Something that nobody raised on purpose."""

    exit_code = EXIT_CODE


def bug_of(error: BaseException, directory: Path) -> Bug:
    """The error to show, once the traceback is in a log in `directory`."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    hint = "report it with its log; the state is consistent, and the same command goes on from here"
    try:
        log = write_log(error, directory)
    except OSError as unwritable:
        reason = unwritable.strerror or "unwritable"
        return Bug(f"a bug of paver's: {type(error).__name__}{place}", facts=[("log", f"none: {reason}")], hint=hint)
    return Bug(f"a bug of paver's: {type(error).__name__}{place}", facts=[("log", str(log))], hint=hint)


def write_log(error: BaseException, directory: Path) -> Path:
    """Write the traceback to a new file, 0600. Raises OSError."""
    with contextlib.suppress(FileExistsError):
        directory.mkdir(mode=0o700, parents=True)
    path = directory / f"bug-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}.log"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in log_lines(error))
    return path


def log_lines(error: BaseException) -> Iterator[str]:
    """Each exception of the chain with the places it passed, the first cause first."""
    chain: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in chain:
        chain.append(at)
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    for each in reversed(chain):
        for frame in traceback.extract_tb(each.__traceback__):
            yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}'
            if frame.line:
                yield f"    {frame.line}"
        text = f": {each}" if isinstance(each, _SPEAKING) else ""
        yield f"{type(each).__module__}.{type(each).__qualname__}{text}"
        yield ""
