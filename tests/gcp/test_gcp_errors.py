"""What Google answers, and what it means to whoever called."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from google.auth import exceptions
from urllib3.exceptions import MaxRetryError, NewConnectionError

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
    Untrusted,
)
from paver_gcp.broken import broken
from paver_gcp.errors import Changed, UnderWay, ended, refusal


def old(reason: str, message: str = "why") -> dict[str, Any]:
    return {"error": {"message": message, "errors": [{"reason": reason, "message": message}]}}


def new(status: str, message: str = "why", reason: str = "") -> dict[str, Any]:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}] if reason else []
    return {"error": {"message": message, "status": status, "details": details}}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (429, {}, Throttled),
        (403, old("rateLimitExceeded"), Throttled),
        (403, old("userRateLimitExceeded"), Throttled),
        (429, new("RESOURCE_EXHAUSTED", reason="RATE_LIMIT_EXCEEDED"), Throttled),
        (403, old("quotaExceeded"), Rejected),
        (403, old("accessNotConfigured"), Rejected),
        (403, new("PERMISSION_DENIED", reason="SERVICE_DISABLED"), Rejected),
        (403, old("forbidden"), Denied),
        (403, new("PERMISSION_DENIED"), Denied),
        (401, old("authError"), Denied),
        (404, old("notFound"), NotFound),
        (404, new("NOT_FOUND"), NotFound),
        (409, old("alreadyExists"), AlreadyExists),
        (409, new("ALREADY_EXISTS"), AlreadyExists),
        (409, old("conflict", "you already own it"), AlreadyExists),
        (409, old("conflict", "The bucket you tried to delete is not empty."), Busy),
        (409, new("ABORTED"), UnderWay),
        (400, old("resourceInUseByAnotherResource"), Busy),
        (400, old("containerNotEmpty"), Busy),
        (400, old("resourceNotReady"), UnderWay),
        (400, old("invalid"), Rejected),
        (400, new("FAILED_PRECONDITION"), Rejected),
        (412, old("conditionNotMet"), Changed),
        (501, old("notImplemented"), Rejected),
        (503, old("backendError"), Transient),
        (503, {}, Transient),
        (500, {}, OutcomeUnknown),
        (502, {}, OutcomeUnknown),
        (504, {}, OutcomeUnknown),
    ],
)
def test_a_refusal_means(status: int, body: dict[str, Any], expected: type[PaverError]) -> None:
    assert type(refusal(status, body, "PUT thing", sent=True)) is expected


def test_a_read_whose_server_failed_is_only_asked_again() -> None:
    assert type(refusal(500, {}, "GET thing", sent=False)) is Transient


def test_how_long_to_wait_is_what_the_answer_says() -> None:
    error = refusal(429, {}, "GET thing", sent=False, retry_after="7")
    assert isinstance(error, Throttled)
    assert error.retry_after == 7.0


@pytest.mark.parametrize(
    "said",
    [
        "Required 'compute.networks.create' permission for 'projects/p/global/networks/n'",
        "Permission 'compute.networks.create' denied on resource '//x/y' (or it may not exist)",
        "a@b does not have compute.networks.create permission on the resource",
    ],
)
def test_a_denial_names_the_permission(said: str) -> None:
    error = refusal(403, old("forbidden", said), "POST thing", sent=True)
    assert isinstance(error, Denied)
    assert error.action == "compute.networks.create"


def test_what_holds_a_thing_is_named() -> None:
    said = "The subnetwork resource 'projects/p/a' is already being used by 'projects/p/zones/z/instances/i'"
    error = refusal(400, old("resourceInUseByAnotherResource", said), "DELETE thing", sent=True)
    assert isinstance(error, Busy)
    assert error.blockers == ("projects/p/zones/z/instances/i",)


def test_the_page_of_a_proxy_is_no_reason() -> None:
    assert "<html>" not in refusal(400, {"error": {"message": "<html>x"}}, "GET thing", sent=False).message
    assert isinstance(refusal(404, {"error": "a text"}, "GET thing", sent=False), NotFound)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("RESOURCE_IN_USE_BY_ANOTHER_RESOURCE", Busy),
        ("QUOTA_EXCEEDED", Rejected),
        ("ZONE_RESOURCE_POOL_EXHAUSTED", Rejected),
        ("RESOURCE_NOT_READY", Transient),
        ("INTERNAL_ERROR", Transient),
        ("RESOURCE_ALREADY_EXISTS", AlreadyExists),
        ("INVALID_USAGE", Rejected),
    ],
)
def test_an_operation_that_ended_in_an_error_means(code: str, expected: type[PaverError]) -> None:
    assert type(ended({"error": {"errors": [{"code": code, "message": "why"}]}}, "thing")) is expected


UNSENT = requests.exceptions.ConnectionError(
    MaxRetryError(None, "/", NewConnectionError(None, "refused"))  # type: ignore[arg-type]  # no pool is needed to say so
)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (UNSENT, Transient),
        (requests.exceptions.ConnectTimeout("slow"), Transient),
        (requests.exceptions.ReadTimeout("slow"), OutcomeUnknown),
        (requests.exceptions.ConnectionError("reset"), OutcomeUnknown),
        (requests.exceptions.ChunkedEncodingError("cut"), OutcomeUnknown),
        (requests.exceptions.SSLError("CERTIFICATE_VERIFY_FAILED"), Untrusted),
        (ConnectionResetError("reset"), OutcomeUnknown),
        (ValueError("no JSON"), OutcomeUnknown),
        (requests.exceptions.InvalidURL("bad"), Rejected),
        (exceptions.DefaultCredentialsError("none"), Denied),
        (exceptions.RefreshError("invalid_grant"), Denied),
        (exceptions.TransportError("down"), Transient),
    ],
)
def test_no_answer_means(error: Exception, expected: type[PaverError]) -> None:
    assert type(broken(error, "POST thing", sent=True)) is expected


def test_a_read_that_broke_is_only_asked_again() -> None:
    assert type(broken(requests.exceptions.ReadTimeout("slow"), "GET thing", sent=False)) is Transient


def test_a_defect_of_the_driver_is_told_as_one() -> None:
    assert broken(KeyError("name"), "POST thing", sent=True) is None
