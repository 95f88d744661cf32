"""What a request asks for, judged by what is on the wire: its operation, and whether it may change something."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qs

from paver.conformance.wire import reads
from paver.conformance.wire.message import BODY_LIMIT
from paver.conformance.wire.sort import Sort

_BODY = re.compile(rb"<(?:[\w.-]+:)?Body(?:\s[^>]*)?>\s*<(?:[\w.-]+:)?([A-Za-z_]\w*)")
_ID = re.compile(r"\d+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Za-z][A-Za-z-]*-[0-9a-f]*\d[0-9a-f]*")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def classify(verb: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> tuple[str, Sort]:
    """The operation and its sort.

    Args:
        verb: GET, POST …
        target: The request's target, query included.
        headers: By lower-case name.
        body: What is known of the body: all of a SOAP, form or JSON body, nothing of an upload.
    """
    path, _, query = target.partition("?")
    kind = headers.get("content-type", "").lower()
    if "xml" in kind and (match := _BODY.search(body)):
        return _by_name(match[1].decode("ascii"), reads.SOAP_READS, reads.SOAP_BOOKKEEPING)
    form = parse_qs(body.decode("utf-8", "replace") if "x-www-form-urlencoded" in kind else query)
    action = headers.get("x-amz-target", "").rpartition(".")[2] or _first(form, "Action")
    if action:
        # By the action whatever the verb: the query protocol takes a change by GET as well.
        operation, sort = _by_name(action, reads.ACTION_READS, reads.ACTION_BOOKKEEPING)
        rehearsed = _first(form, "DryRun").lower() == "true"
        return operation, Sort.READ if rehearsed and sort is Sort.MUTATION else sort
    operation = f"{verb} {_template(path)}"
    if verb in _SAFE:
        return operation, Sort.READ
    if reads.SESSIONS.fullmatch(path):
        return operation, Sort.BOOKKEEPING
    return operation, Sort.READ if verb == "POST" and reads.posted_read(path, query) else Sort.MUTATION


def wants_body(verb: str, headers: Mapping[str, str]) -> bool:
    """Whether the operation, or what exactly it asks, stands in the body: that is then read whole before it is sent on.

    An upload is not: of a body that is longer than any question nothing is held back.
    """
    kind = headers.get("content-type", "").lower()
    told = headers.get("content-length", "0")
    short = not told.isdigit() or int(told) <= BODY_LIMIT
    return verb == "POST" and short and any(word in kind for word in ("xml", "x-www-form-urlencoded", "json"))


def _by_name(operation: str, of_reads: re.Pattern[str], of_bookkeeping: re.Pattern[str]) -> tuple[str, Sort]:
    if of_bookkeeping.fullmatch(operation):
        return operation, Sort.BOOKKEEPING
    return operation, Sort.READ if of_reads.fullmatch(operation) else Sort.MUTATION


def _first(form: Mapping[str, list[str]], name: str) -> str:
    return form.get(name, [""])[0]


def _template(path: str) -> str:
    """The path with `*` for each part that is an id, so that calls of one sort have one name."""
    return "/".join("*" if _ID.fullmatch(part) else part for part in path.split("/"))
