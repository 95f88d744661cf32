"""What Azure says, and what it means to the engine."""

from __future__ import annotations

import json
from typing import Any

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseError,
)

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
    WrongTarget,
)
from paver_azure.errors import inner, translate

NETWORK = "/subscriptions/S/resourceGroups/g/providers/Microsoft.Network"


class Answer:
    """An HTTP answer, as much of it as the table reads."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self.status_code = status
        self.reason = "because"
        self.headers = headers or {}
        self._text = body if isinstance(body, str) else json.dumps(body)

    def text(self) -> str:
        return self._text

    def body(self) -> bytes:
        return self._text.encode()


def said(
    status: int, code: str, message: str = "it says so", *, sent: bool = True, headers: dict[str, str] | None = None
) -> PaverError:
    answer = Answer(status, {"error": {"code": code, "message": message}}, headers)
    return translate(HttpResponseError(message, response=answer), "put x", sent=sent)  # type: ignore[arg-type]  # enough of an answer


@pytest.mark.parametrize(
    ("status", "code", "meaning"),
    [
        (429, "TooManyRequests", Throttled),
        (429, "RetryableError", Throttled),
        (403, "AuthorizationFailed", Denied),
        (401, "ExpiredAuthenticationToken", Denied),
        (401, "InvalidAuthenticationTokenTenant", WrongTarget),
        (404, "SubscriptionNotFound", WrongTarget),
        (404, "ResourceGroupNotFound", NotFound),
        (404, "NotFound", NotFound),
        (400, "InUseSubnetCannotBeDeleted", Busy),
        (400, "PublicIPAddressCannotBeDeleted", Busy),
        (409, "ScopeLocked", Busy),
        (409, "AnotherOperationInProgress", Busy),
        (409, "SomethingNew", Busy),
        (400, "PrincipalNotFound", Transient),
        (503, "ServiceUnavailable", Transient),
        (412, "PreconditionFailed", AlreadyExists),
        (409, "StorageAccountAlreadyTaken", AlreadyExists),
        (409, "RoleAssignmentExists", AlreadyExists),
        (409, "MissingSubscriptionRegistration", Rejected),
        (400, "PublicIPCountLimitReached", Rejected),
        (409, "SkuNotAvailable", Rejected),
        (400, "NetcfgSubnetRangesOverlap", Rejected),
        (400, "LocationNotAvailableForResourceType", Rejected),
        (500, "InternalServerError", OutcomeUnknown),
        (502, "", OutcomeUnknown),
    ],
)
def test_a_code_has_one_meaning(status: int, code: str, meaning: type[PaverError]) -> None:
    assert type(said(status, code)) is meaning


def test_a_read_that_failed_in_the_middle_is_merely_asked_again() -> None:
    assert type(said(500, "InternalServerError", sent=False)) is Transient
    assert type(translate(ServiceResponseError("reset"), "get x", sent=False)) is Transient


def test_a_quota_says_what_to_do() -> None:
    error = said(409, "OperationNotAllowed", "Operation could not be completed as it results in exceeding quota")
    assert type(error) is Rejected
    assert "raise the quota" in error.hint


def test_patience_is_as_long_as_azure_asks() -> None:
    error = said(429, "TooManyRequests", headers={"Retry-After": "17"})
    assert isinstance(error, Throttled)
    assert error.retry_after == 17


def test_a_denial_names_the_action() -> None:
    message = (
        "The client 'c' with object id 'o' does not have authorization to perform action "
        "'Microsoft.Network/virtualNetworks/write' over scope '/subscriptions/S'."
    )
    error = said(403, "AuthorizationFailed", message)
    assert isinstance(error, Denied)
    assert error.action == "Microsoft.Network/virtualNetworks/write"
    assert error.hint == "allow Microsoft.Network/virtualNetworks/write"


def test_what_is_in_use_is_named_by_its_users() -> None:
    user = f"{NETWORK}/networkInterfaces/N/ipConfigurations/c"
    message = f"Subnet {NETWORK}/virtualNetworks/v/subnets/s is in use by {user} and cannot be deleted."
    error = said(400, "InUseSubnetCannotBeDeleted", message)
    assert isinstance(error, Busy)
    assert error.blockers == (
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkInterfaces/n/ipConfigurations/c",
    )


@pytest.mark.parametrize(
    ("message", "meaning", "hint"),
    [
        ("AADSTS7000222: The provided client secret keys are expired.\r\nTrace ID: x", Denied, "has expired"),
        ("AADSTS7000215: Invalid client secret provided.", Denied, "client_secret"),
        ("AADSTS700016: Application was not found.", Denied, "iaas.azure.client"),
        ("AADSTS90002: Tenant was not found.", WrongTarget, "iaas.azure.tenant"),
        ("DefaultAzureCredential failed to retrieve a token", Denied, "az login"),
    ],
)
def test_a_login_that_fails_says_why_and_what_to_do(message: str, meaning: type[PaverError], hint: str) -> None:
    error = translate(ClientAuthenticationError(message), "put x", sent=True)
    assert type(error) is meaning
    assert hint in error.hint
    assert "Trace ID" not in error.message


@pytest.mark.parametrize(
    ("raised", "meaning"),
    [
        (ServiceRequestError("NewConnectionError: Failed to establish a new connection"), Transient),
        (ServiceRequestError("Connection aborted, RemoteDisconnected"), OutcomeUnknown),
        (ServiceResponseError("Read timed out"), OutcomeUnknown),
        (IncompleteReadError("cut"), OutcomeUnknown),
        (json.JSONDecodeError("cut", "{", 1), OutcomeUnknown),
        (ServiceRequestError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"), Untrusted),
    ],
)
def test_a_connection_that_broke_leaves_a_change_in_doubt(raised: Exception, meaning: type[PaverError]) -> None:
    assert type(translate(raised, "put x", sent=True)) is meaning


def test_an_answer_of_an_unknown_status_leaves_a_change_in_doubt() -> None:
    error = HttpResponseError("Operation returned an invalid status", response=Answer(204, ""))  # type: ignore[arg-type]  # enough of an answer
    assert type(translate(error, "put x", sent=True)) is OutcomeUnknown


def test_the_innermost_reason_counts() -> None:
    wrapped = {
        "code": "ResourceOperationFailure",
        "message": "It failed",
        "details": [{"code": "SubnetIsFull", "message": "Subnet is full"}],
    }
    assert inner(wrapped) == ("SubnetIsFull", "Subnet is full")
    assert inner({"code": "InUse", "message": "m", "details": [{"code": "x", "message": "y"}]}) == ("InUse", "m")


def test_of_a_linked_denial_the_action_that_is_missing_is_named() -> None:
    message = (
        "The client 'c' with object id 'o' has permission to perform action 'Microsoft.Network/natGateways/write' on "
        "scope '/subscriptions/S'; however, it does not have permission to perform action(s) "
        "'Microsoft.Network/publicIPAddresses/join/action' on the linked scope(s) 'x' (respectively)."
    )
    error = said(403, "LinkedAuthorizationFailed", message)
    assert isinstance(error, Denied)
    assert error.hint == "allow Microsoft.Network/publicIPAddresses/join/action"


@pytest.mark.parametrize(
    ("below", "meaning"),
    [
        (HttpResponseError("busy", response=Answer(429, "busy")), Throttled),  # type: ignore[arg-type]  # enough of an answer
        (HttpResponseError("down", response=Answer(503, "down")), Transient),  # type: ignore[arg-type]  # the same
        (ServiceResponseError("reset by peer"), Transient),
        (ServiceRequestError("NewConnectionError: refused"), Transient),
        (json.JSONDecodeError("half of it", "{", 1), Transient),
        (ValueError("Unable to get authority configuration for https://login"), WrongTarget),
        (KeyError("anything"), Denied),
    ],
)
def test_a_login_that_failed_on_its_way_is_no_refusal(below: Exception, meaning: type[PaverError]) -> None:
    """As azure-identity raises it: with what MSAL or the transport raised as its cause."""
    login = ClientAuthenticationError(f"Authentication failed: {below}")
    login.__cause__ = below
    assert type(translate(login, "put x", sent=True)) is meaning
