"""When two reads ask the same: the default key of a stale answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, unquote

from paver.conformance.wire.request import Request
from paver.conformance.wire.sort import Sort

Same = Callable[[Request], bytes | None]
"""Requests with one key ask the same; None: this one is never answered with what was."""

_HEADERS = ("x-amz-target", "accept", "accept-encoding", "range", "if-match", "if-none-match", "if-modified-since")
"""What else an answer depends on. Credentials do not stand here: a client that logs in anew asks the same."""
_USER = re.compile(r"Credential=([^/]+)/|(Basic \S+)")
_VOLATILE = re.compile(r"x-amz-.*|requestid|signature|expires", re.IGNORECASE)
_SOAP_HEADER = re.compile(rb"<(\w+:)?Header\b.*?</(?:\w+:)?Header>", re.DOTALL)
_SESSION_OBJECT = re.compile(rb"session\[[0-9a-fA-F-]+\][0-9a-fA-F-]*")
_OF_A_SESSION = re.compile(
    r"(?:Continue|CancelRetrieve|WaitForUpdates|CheckForUpdates|CancelWait|Create|Destroy)\w*|CurrentTime|SessionIsActive"
)
_CONTINUES = re.compile(
    rb"<token>[^<]|<(?:\w+:)?(?:next|Next)\w*(?:Token|Marker)>[^<]|\"@?(?:odata\.)?next\w*(?:Token|Link)\"\s*:\s*\"[^\"]",
    re.IGNORECASE,
)


def same(request: Request) -> bytes | None:
    """Route, verb, path, query, body and the headers that choose an answer, without what differs from call to call.

    The principal counts where the request names one (an access key, a user with his password); a cookie or a bearer
    token names a session, and is left out. What only works in one session (a page to go on from, a wait for updates,
    a view) asks never the same.
    """
    if request.sort is not Sort.READ or _OF_A_SESSION.fullmatch(request.operation):
        return None
    pairs = parse_qsl(request.query, keep_blank_values=True)
    kept = sorted((name, value) for name, value in pairs if not _VOLATILE.fullmatch(name))
    user = _USER.search(request.headers.get("authorization", ""))
    parts = [request.route, request.verb, unquote(request.path), repr(kept), user[0] if user else ""]
    parts += [f"{name}: {request.headers.get(name, '')}" for name in _HEADERS]
    body = _SESSION_OBJECT.sub(b"session[*]", _SOAP_HEADER.sub(b"", request.body, count=1))
    return "\n".join(parts).encode("utf-8", "surrogateescape") + b"\n\n" + body


def continues(text: bytes) -> bool:
    """Whether an answer is a page of several: the rest can be asked for once only, and by whom the page was for."""
    return _CONTINUES.search(text) is not None
