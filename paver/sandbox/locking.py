"""One command at a time starts or stops a sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from paver.contract.errors import Locked

_PATIENCE = 900.0  # another `up` may be building


@contextmanager
def exclusive(home: Path, patience: float = _PATIENCE) -> Iterator[None]:
    """Hold a sandbox's lock. It lies beside the directory, not inside: that comes and goes.

    Raises:
        Locked: another command holds it for longer than `patience` seconds.
    """
    home.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(home.with_name(f".{home.name}.lock"), mode=0o600)
    try:
        lock.acquire(timeout=patience)
    except Timeout as error:
        raise Locked(f"another command is bringing the sandbox in {home} up or down") from error
    try:
        yield
    finally:
        lock.release()
