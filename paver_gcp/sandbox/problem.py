"""A refusal, in Google's words (each API's own reference, "Errors"; google.rpc.Code)."""

from __future__ import annotations

from typing import Any

STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}
"""google.rpc.Code by HTTP status, where an answer names none of its own."""
WITH_STATUS = frozenset({"iam", "cloudresourcemanager", "serviceusage", "secretmanager"})
"""APIs that answer with `google.rpc.Status`; the older ones have a list of errors, each with a reason."""


class Problem(Exception):
    """What is answered instead of what was asked.

    Args:
        code: The HTTP status.
        reason: The older APIs' word for it: `notFound`, `alreadyExists`.
        message: For people.
        status: google.rpc.Code, where it is not the usual one.
    """

    def __init__(self, code: int, reason: str, message: str, *, status: str = "") -> None:
        super().__init__(message)
        self.code, self.reason, self.message = code, reason, message
        self.status = status or STATUS.get(code, "UNKNOWN")

    def body(self, service: str) -> dict[str, Any]:
        """The answer's body."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if service in WITH_STATUS:
            return {"error": {**error, "status": self.status}}
        domain = "usageLimits" if self.reason in {"rateLimitExceeded", "accessNotConfigured"} else "global"
        return {"error": {**error, "errors": [{"message": self.message, "domain": domain, "reason": self.reason}]}}


def invalid(message: str) -> Problem:
    """400: the request itself is wrong."""
    return Problem(400, "invalid", message)


def absent(path: str) -> Problem:
    """404: the resource is not there."""
    return Problem(404, "notFound", f"The resource '{path}' was not found")


def taken(path: str) -> Problem:
    """409: the name is."""
    return Problem(409, "alreadyExists", f"The resource '{path}' already exists")


def stale(message: str = "Labels fingerprint either invalid or resource labels have changed") -> Problem:
    """412: what the caller saw is not there any more."""
    return Problem(412, "conditionNotMet", message)


def unready(path: str) -> Problem:
    """400: an operation on it is under way."""
    return Problem(400, "resourceNotReady", f"The resource '{path}' is not ready")


def used(path: str, by: str) -> Problem:
    """400: another resource stands on it."""
    message = f"The {path.split('/')[-2]} resource '{path}' is already being used by '{by}'"
    return Problem(400, "resourceInUseByAnotherResource", message)


def unmade(what: str) -> Problem:
    """501: the emulator does not do that. It never says that it did."""
    return Problem(501, "notImplemented", f"the emulator does not do this: {what}")
