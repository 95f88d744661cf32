"""What holds a thing that Google will not delete: Google names it, and whose it is stands in its description."""

from __future__ import annotations

from paver.contract.errors import Busy, CallError
from paver.contract.names import read_marker
from paver.contract.types import Owner
from paver_gcp.api import Api


def blockers(api: Api, owner: Owner, error: Busy) -> Busy:
    """The same error, with whether what is in the way is somebody else's; as it was where that cannot be told."""
    if not error.blockers:
        return error
    return Busy(
        error.message,
        blockers=error.blockers,
        foreign=not all(_ours(api, owner, path) for path in error.blockers),
    )


def _ours(api: Api, owner: Owner, path: str) -> bool:
    """Whether a thing of Compute is this owner's. One that is gone by now, or cannot be read, is worth another try."""
    start = path.find("projects/")
    try:
        record = api.read("compute", path[max(start, 0) :])
    except CallError:
        return True
    marked = read_marker(record.get("description"))
    return marked is not None and marked[0].id == owner.id
