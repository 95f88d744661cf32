"""What holds a thing that Azure will not delete: its answer names it, and one list says whether that is ours."""

from __future__ import annotations

from paver.contract import names
from paver.contract.errors import Busy, CallError
from paver_azure import codes, ids
from paver_azure.api import Api, Record
from paver_azure.arm_types import RESOURCES

LOCKS = "Microsoft.Authorization/locks"


def blockers(api: Api, id_: str, owner: str, error: Busy) -> Busy:
    """The same error, with what is in the way of an id and whether any of it is not that owner's."""
    if locked(error):
        return _locked(api, id_, error)
    found = [one for one in error.blockers if not one.startswith(id_)]
    if not found:
        return error
    try:
        ours = {ids.canonical(str(one["id"])) for one in marked(api, owner)}
    except CallError:  # what cannot be looked up is not worth another error
        return error
    foreign = [one for one in found if ids.top(one) not in ours]
    said = Busy(error.message, blockers=found, foreign=bool(foreign))
    said.hint = error.hint
    return said


def _locked(api: Api, id_: str, error: Busy) -> Busy:
    """With the locks of others that keep it; without any, the one that kept it was ours and goes this very moment."""
    try:
        locks = api.all_of(LOCKS, ids.parts(id_).group)
    except CallError:
        return error
    found = [
        ids.canonical(str(lock["id"]))
        for lock in locks
        if names.read_marker((lock.get("properties") or {}).get("notes")) is None
    ]
    keeping = [lock for lock in found if covers(lock, id_)]
    if not keeping:
        return error
    said = Busy(f"{id_} is locked by others: {', '.join(keeping)}", blockers=keeping, foreign=True)
    said.hint = error.hint
    return said


def locked(error: Busy) -> bool:
    """Whether it is a lock that is in the way."""
    return error.message.endswith(f"({codes.LOCKED})")


def covers(lock: str, id_: str) -> bool:
    """Whether a lock keeps a thing, being on it, around it or inside it."""
    scope = lock.rpartition("/providers/Microsoft.Authorization/")[0]
    return f"{id_}/".startswith(f"{scope}/") or scope.startswith(f"{id_}/")


def marked(api: Api, owner: str) -> list[Record]:
    """Every resource of the subscription that bears an owner's mark, whatever its kind."""
    wanted = f"tagName eq '{names.OWNER}' and tagValue eq '{owner}'"
    return api.ask_all(f"{api.settings.root}/resources", RESOURCES, **{"$filter": wanted})
