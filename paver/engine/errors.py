"""Errors that only the engine raises."""

from __future__ import annotations

import traceback

from paver.contract.errors import CallError, Refused


class Defect(CallError):
    """A driver let something else than a contract error out. Its text is left out: it may quote a secret."""

    exit_code = 255

    def __init__(self, what: str, cause: BaseException) -> None:
        frames = traceback.extract_tb(cause.__traceback__)
        place = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
        super().__init__(
            f"{what}: the driver let a {type(cause).__name__} out{place}", hint="report it to the driver's authors"
        )


class TwoOfOne(Refused):
    """Two things bear the same logical key."""

    def __init__(self, key: str, ids: tuple[str, ...]) -> None:
        super().__init__(
            f"{key} is there {len(ids)} times",
            facts=[("id", id_) for id_ in ids],
            hint="see which one is in use, delete the other by hand, then run the same command",
        )
