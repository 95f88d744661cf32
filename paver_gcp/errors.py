"""One table from what Google answers to the contract's errors: the reason first, then the HTTP status."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from paver.contract.errors import (
    AlreadyExists,
    Busy,
    Denied,
    NotFound,
    OutcomeUnknown,
    PaverError,
    Rejected,
    Throttled,
    Transient,
)
from paver_gcp import reasons

PERMISSION = re.compile(r"'?\b([a-z][a-zA-Z]*\.[a-zA-Z]+\.[a-zA-Z]+)'? permission|[Pp]ermission '?([\w.]+)'?")
HOLDER = re.compile(r"used by '([^']+)'")
SERVICE = re.compile(r"[a-z]+\.googleapis\.com")
NOT_EMPTY = "not empty"


class Changed(Transient):
    """What is there is not what the caller saw: somebody else was faster. Nothing happened."""


class UnderWay(Transient):
    """Another operation on the same thing is not done, or somebody else's write came between. Nothing happened."""


def refusal(  # noqa: C901, PLR0911  one return a sort
    status: int, body: Mapping[str, Any], what: str, *, sent: bool, retry_after: str = ""
) -> PaverError:
    """The contract's error for an answer that says no.

    Args:
        status: HTTP's.
        body: The answer's JSON; empty where there was none.
        what: What was asked, for people.
        sent: Whether it was a mutating call, whose outcome is unknown where the server failed.
        retry_after: The header.
    """
    found = body.get("error", {}) if isinstance(body.get("error"), Mapping) else {}
    said = _said(str(found.get("message", "")))
    told = _reasons(found)
    text = f"{what}: {said} ({', '.join(told) or status})"
    if told & reasons.THROTTLED or status == 429:  # noqa: PLR2004  HTTP's own numbers
        return Throttled(text, retry_after=float(retry_after) if retry_after.isdigit() else None)
    if told & reasons.DISABLED:
        return Rejected(text, hint=f"enable it: gcloud services enable {_service(said)}")
    if told & reasons.BUSY or (status == 409 and NOT_EMPTY in said):  # noqa: PLR2004  the same
        return Busy(text, blockers=HOLDER.findall(said))
    if told & reasons.UNDER_WAY:
        return UnderWay(text)
    if told & reasons.CHANGED or status == 412:  # noqa: PLR2004  the same
        return Changed(text)
    if told & reasons.QUOTA:
        return Rejected(text, hint="raise the quota in the console (IAM & Admin, Quotas), or free what is not needed")
    if told & reasons.EXISTS or status == 409:  # noqa: PLR2004  the same
        return AlreadyExists(text)
    if told & reasons.NOT_FOUND or status == 404:  # noqa: PLR2004  the same
        return NotFound(text)
    if status == 401:  # noqa: PLR2004  the same
        return Denied(text, hint="sign in anew: gcloud auth application-default login, or another credentials file")
    if status == 403:  # noqa: PLR2004  the same
        return _denied(text, said)
    if status == 503:  # noqa: PLR2004  the same
        return Transient(text)
    if status >= 500 and status != 501:  # noqa: PLR2004  the same
        return OutcomeUnknown(text) if sent else Transient(text)
    return Rejected(text)


def ended(operation: Mapping[str, Any], what: str) -> PaverError:
    """The contract's error for an operation that ended in one."""
    errors = operation.get("error", {}).get("errors", ()) or [{"code": "UNKNOWN", "message": "no reason given"}]
    first = errors[0]
    code, said = str(first.get("code", "")), _said(str(first.get("message", "")))
    text = f"{what}: {said} ({code})"
    if code in reasons.BUSY:
        return Busy(text, blockers=HOLDER.findall(said))
    if code in reasons.AGAIN:
        return Transient(text)
    if code in reasons.EXISTS:
        return AlreadyExists(text)
    if code in reasons.SCARCE:
        return Rejected(text, hint="choose another machine type or zone, or try later")
    if code in reasons.QUOTA:
        return Rejected(text, hint="raise the quota in the console (IAM & Admin, Quotas), or free what is not needed")
    return Rejected(text)


def _reasons(found: Mapping[str, Any]) -> frozenset[str]:
    """Everything that an answer gives as its reason: each API has another place for it."""
    told = {str(one.get("reason", "")) for one in found.get("errors", ()) if isinstance(one, Mapping)}
    told |= {str(one.get("reason", "")) for one in found.get("details", ()) if isinstance(one, Mapping)}
    status = str(found.get("status", ""))
    # RESOURCE_EXHAUSTED and the like only say what the HTTP status says.
    told |= {status} if status in reasons.UNDER_WAY | reasons.EXISTS | reasons.NOT_FOUND else set()
    return frozenset(told - {""})


def _service(said: str) -> str:
    match = SERVICE.search(said)
    return match[0] if match else "SERVICE"


def _denied(text: str, said: str) -> Denied:
    match = PERMISSION.search(said)
    action = next((group for group in match.groups() if group), "") if match else ""
    return Denied(text, action=action, hint=f"allow {action}" if action else "see paver permissions")


def _said(message: str) -> str:
    """A reason in one line; the page of a proxy that stands in between gives none."""
    line = " ".join(message.split()).rstrip(".")
    return line if line and not line.startswith("<") else "no reason given"
