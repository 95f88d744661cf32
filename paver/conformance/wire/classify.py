"""What a request asks for, judged by what is on the wire: its operation, and whether it may change something."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from urllib.parse import parse_qs, urlsplit


class Sort(StrEnum):
    """What a request may do at the server."""

    MUTATION = "mutation"
    READ = "read"
    BOOKKEEPING = "bookkeeping"  # of sessions and leases: it changes nothing that stays


_BODY = re.compile(rb"<(?:[\w.-]+:)?Body(?:\s[^>]*)?>\s*<(?:[\w.-]+:)?([A-Za-z_]\w*)")
_SOAP_BOOKKEEPING = re.compile(
    r"Login|LoginByToken|LoginBySSPI|LoginExtensionByCertificate|Logout|HttpNfcLeaseProgress|RequestSecurityToken"
)
# A method is a mutation unless it stands here: a new one errs on the side that a test notices.
_SOAP_READS = re.compile(
    r"(?:Retrieve|ContinueRetrieve|WaitForUpdates|CheckForUpdates|Fetch|Query|Find|Get|List|Has|Check|Search)\w*"
    r"|(?:Create|Destroy)PropertyCollector|CreateFilter|DestroyPropertyFilter|CancelRetrieveProperties\w*"
    r"|CancelWaitForUpdates|Create(?:Container|Inventory|List)View|DestroyView|CurrentTime|SessionIsActive"
    r"|HttpNfcLeaseGetManifest|CreateImportSpec|CreateDescriptor|ParseDescriptor|ValidateHost"
    r"|InitiateFileTransferFromGuest|ReadEnvironmentVariableInGuest|Validate(?:CredentialsInGuest|Migration)"
    r"|SsoAdminServiceInstance|SsoGroupcheckServiceInstance|AreAlarmActionsEnabled"
)
_ACTION_READS = re.compile(r"(?:Describe|Get|List|Head|BatchGet|Lookup|Simulate|Decode)\w*")
_ACTION_BOOKKEEPING = re.compile(r"AssumeRole\w*")
_ID = re.compile(r"\d+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Za-z][A-Za-z-]*-[0-9a-f]*\d[0-9a-f]*")
_SESSION_PATHS = frozenset({"/rest/com/vmware/cis/session", "/api/session"})


def classify(verb: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> tuple[str, Sort]:
    """The operation and its sort.

    Args:
        verb: GET, POST …
        target: The request's target, query included.
        headers: By lower-case name.
        body: What is known of the body: all of a SOAP or form body, nothing of an upload.
    """
    parts = urlsplit(target)
    operation, reads, bookkeeping = _named(headers, parts.query, body)
    safe = verb in {"GET", "HEAD", "OPTIONS"}
    if operation is None:
        sort = Sort.BOOKKEEPING if parts.path in _SESSION_PATHS and not safe else Sort.MUTATION
        return f"{verb} {_template(parts.path)}", Sort.READ if safe else sort
    if bookkeeping.fullmatch(operation):
        return operation, Sort.BOOKKEEPING
    return operation, Sort.READ if safe or reads.fullmatch(operation) else Sort.MUTATION


def _template(path: str) -> str:
    """The path with `*` for each part that is an id, so that calls of one sort have one name."""
    return "/".join("*" if _ID.fullmatch(part) else part for part in path.split("/"))


def _named(headers: Mapping[str, str], query: str, body: bytes) -> tuple[str | None, re.Pattern[str], re.Pattern[str]]:
    """The operation where the protocol names one, and the names of its reads and its bookkeeping."""
    kind = headers.get("content-type", "").lower()
    if "xml" in kind and (match := _BODY.search(body)):
        return match[1].decode("ascii"), _SOAP_READS, _SOAP_BOOKKEEPING
    named = headers.get("x-amz-target", "").rpartition(".")[2]
    if not named and "x-www-form-urlencoded" in kind:
        named = parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]
    if not named:
        named = parse_qs(query).get("Action", [""])[0]
    return named or None, _ACTION_READS, _ACTION_BOOKKEEPING


def wants_body(headers: Mapping[str, str]) -> bool:
    """Whether the operation stands in the body, which must then be read whole before anything is sent on."""
    kind = headers.get("content-type", "").lower()
    return "xml" in kind or "x-www-form-urlencoded" in kind
