"""How a server says that it is throttling or unavailable: each protocol in its own words."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

from paver.conformance.wire.fault import Fault
from paver.conformance.wire.request import Request

_TOO_MANY, _UNAVAILABLE, _FORBIDDEN, _BAD, _SERVER = 429, 503, 403, 400, 500
_REASONS = {400: "Bad Request", 403: "Forbidden", 429: "Too Many Requests", 500: "Internal Server Error"}
_PATIENCE = "Rate exceeded"
_LATER = "The service is unavailable; try again later"
_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/[^/]*/([^/]+)/")
_METHOD = re.compile(rb"<(?:[\w.-]+:)?Body(?:\s[^>]*)?>\s*<(?:[\w.-]+:)?[A-Za-z_]\w*[^>]*?\sxmlns=[\"']([^\"']*)")
_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_TRANSIENT_FAULTS = {"urn:vim25": "HostCommunication"}
"""By the namespace of a method: the fault that says "later" there. A refusal in unknown words would read as final."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is to be said: `Fault.THROTTLED` or `Fault.UNAVAILABLE`."""

    fault: Fault
    retry_after: int
    """Seconds."""

    @property
    def throttled(self) -> bool:
        """Whether it asks for patience; else it is unavailable."""
        return self.fault is Fault.THROTTLED


@dataclass(frozen=True, slots=True)
class Reply:
    """What a client is told. Content-Length is added to it."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def reason(self) -> str:
        """The status in words."""
        return _REASONS.get(self.status, "Service Unavailable")


Voice = Callable[[Request, Refusal], Reply]
"""Puts a refusal in the words of a protocol."""


def plain(request: Request, refusal: Refusal) -> Reply:
    """HTTP itself, as a front end answers that knows no protocol: 429 or 503, Retry-After, a line of text."""
    del request
    status, words = (_TOO_MANY, _PATIENCE) if refusal.throttled else (_UNAVAILABLE, _LATER)
    headers = {"Retry-After": str(refusal.retry_after), "Content-Type": "text/plain; charset=utf-8"}
    return Reply(status, headers, f"{words}\n".encode())


def soap(request: Request, refusal: Refusal) -> Reply:
    """A SOAP 1.1 fault, where a fault of that method's namespace means "later"; elsewhere plain HTTP."""
    found = _METHOD.search(request.body)
    namespace = found[1].decode("latin-1") if found else ""
    name = _TRANSIENT_FAULTS.get(namespace)
    if name is None:
        return plain(request, refusal)
    words = _PATIENCE if refusal.throttled else _LATER
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{_ENVELOPE}" '
        f'xmlns:xsi="{_INSTANCE}"><soapenv:Body><soapenv:Fault><faultcode>ServerFaultCode</faultcode>'
        f"<faultstring>{words}</faultstring><detail><{name}Fault xmlns={quoteattr(namespace)} "
        f'xsi:type="{name}"/></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>'
    )
    return Reply(_SERVER, {"Content-Type": "text/xml; charset=utf-8"}, body.encode())


def ec2(request: Request, refusal: Refusal) -> Reply:
    """The XML of EC2's query protocol, which throttles with 503 and has no Retry-After."""
    del request
    code = "RequestLimitExceeded" if refusal.throttled else "ServiceUnavailable"
    words = "Request limit exceeded." if refusal.throttled else _LATER
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>{code}</Code>'
        f"<Message>{words}</Message></Error></Errors><RequestID>{uuid.uuid4()}</RequestID></Response>"
    )
    return Reply(_UNAVAILABLE, {"Content-Type": "text/xml;charset=UTF-8"}, body.encode())


def query(request: Request, refusal: Refusal) -> Reply:
    """The XML of the query protocol as the identity and load balancer services have it: 400 `Throttling`."""
    del request
    code, words = ("Throttling", _PATIENCE) if refusal.throttled else ("ServiceUnavailable", _LATER)
    kind = "Sender" if refusal.throttled else "Receiver"
    body = (
        f"<ErrorResponse><Error><Type>{kind}</Type><Code>{code}</Code><Message>{words}</Message></Error>"
        f"<RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
    )
    return Reply(_BAD if refusal.throttled else _UNAVAILABLE, {"Content-Type": "text/xml"}, body.encode())


def target(request: Request, refusal: Refusal) -> Reply:
    """JSON 1.1 by X-Amz-Target, and the REST services that answer in JSON: the error's type in body and header."""
    kind = "ThrottlingException" if refusal.throttled else "ServiceUnavailableException"
    content = request.headers.get("content-type", "application/x-amz-json-1.1")
    headers = {"Content-Type": content, "x-amzn-ErrorType": kind, "x-amzn-RequestId": str(uuid.uuid4())}
    said = {"__type": kind, "message": _PATIENCE if refusal.throttled else _LATER}
    return Reply(_BAD if refusal.throttled else _UNAVAILABLE, headers, json.dumps(said).encode())


def s3(request: Request, refusal: Refusal) -> Reply:
    """The XML of S3: 503 in both cases, told apart by the code."""
    code = "SlowDown" if refusal.throttled else "ServiceUnavailable"
    words = "Please reduce your request rate." if refusal.throttled else _LATER
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{words}</Message>'
        f"<RequestId>{uuid.uuid4().hex[:16].upper()}</RequestId></Error>"
    )
    headers = {"Content-Type": "application/xml"}
    return Reply(_UNAVAILABLE, headers, b"" if request.verb == "HEAD" else body.encode())


def arm(request: Request, refusal: Refusal) -> Reply:
    """The JSON of a resource manager: `error.code`, 429 with Retry-After."""
    del request
    code = "TooManyRequests" if refusal.throttled else "ServiceUnavailable"
    said = {"error": {"code": code, "message": _PATIENCE if refusal.throttled else _LATER}}
    headers = {"Retry-After": str(refusal.retry_after), "Content-Type": "application/json; charset=utf-8"}
    return Reply(_TOO_MANY if refusal.throttled else _UNAVAILABLE, headers, json.dumps(said).encode())


def rpc(request: Request, refusal: Refusal) -> Reply:
    """The JSON of `google.rpc.Status` over REST: a rate quota is a 403 whose reason tells it from a denial."""
    del request
    status = _FORBIDDEN if refusal.throttled else _UNAVAILABLE
    words = "Rate Limit Exceeded" if refusal.throttled else _LATER
    domain, reason = ("usageLimits", "rateLimitExceeded") if refusal.throttled else ("global", "backendError")
    errors = [{"message": words, "domain": domain, "reason": reason}]
    said = {"error": {"code": status, "message": words, "errors": errors}}
    return Reply(status, {"Content-Type": "application/json; charset=UTF-8"}, json.dumps(said).encode())


def fitting(request: Request, refusal: Refusal) -> Reply:
    """In the protocol that the request itself speaks; plain HTTP where it speaks none of these."""
    return _voice_of(request)(request, refusal)


def _voice_of(request: Request) -> Voice:
    path, kind = request.path.lower(), request.headers.get("content-type", "").lower()
    if "x-amz-target" in request.headers:
        return target
    if scope := _SCOPE.search(request.headers.get("authorization", "")):
        by_form = query if "x-www-form-urlencoded" in kind else target
        return {"ec2": ec2, "s3": s3, "route53": query}.get(scope[1], by_form)
    if "xml" in kind:
        return soap
    if path.startswith(("/subscriptions/", "/providers/")):
        return arm
    return rpc if "/projects/" in path else plain


VOICES: Mapping[str, Voice] = {
    "fitting": fitting,
    "plain": plain,
    "soap": soap,
    "ec2": ec2,
    "query": query,
    "json": target,
    "s3": s3,
    "arm": arm,
    "rpc": rpc,
}
"""By name, as a command line takes them."""
