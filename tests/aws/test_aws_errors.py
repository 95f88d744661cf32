"""One table from what boto3 raises to the contract's errors."""

from __future__ import annotations

from typing import Any

import pytest
from botocore import exceptions as of
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from paver.contract.errors import (
    AlreadyExists,
    Busy,
    CallError,
    Denied,
    NotFound,
    OutcomeUnknown,
    PaverError,
    Rejected,
    Throttled,
    Transient,
    Untrusted,
)
from paver_aws.broken import MEANINGS, Meaning
from paver_aws.errors import translate


def refused(code: str, message: str = "no", status: int = 400, headers: dict[str, str] | None = None) -> PaverError:
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": headers or {}},
    }
    return translate(ClientError(response, "CreateVpc"), "ec2", "CreateVpc", "staging", sent=True)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("RequestLimitExceeded", Throttled),
        ("Throttling", Throttled),
        ("SlowDown", Throttled),
        ("AuthFailure", Denied),
        ("UnauthorizedOperation", Denied),
        ("AccessDenied", Denied),
        ("ExpiredToken", Denied),
        ("InvalidClientTokenId", Denied),
        ("InvalidVpcID.NotFound", NotFound),
        ("NoSuchEntity", NotFound),
        ("NoSuchBucket", NotFound),
        ("TargetGroupNotFound", NotFound),
        ("InvalidKeyPair.Duplicate", AlreadyExists),
        ("InvalidPermission.Duplicate", AlreadyExists),
        ("EntityAlreadyExists", AlreadyExists),
        ("BucketAlreadyOwnedByYou", AlreadyExists),
        ("DuplicateLoadBalancerName", AlreadyExists),
        ("InvalidSubnet.Conflict", AlreadyExists),
        ("DependencyViolation", Busy),
        ("DeleteConflict", Busy),
        ("BucketNotEmpty", Busy),
        ("HostedZoneNotEmpty", Busy),
        ("IncorrectInstanceState", Busy),
        ("VpcLimitExceeded", Rejected),
        ("AddressLimitExceeded", Rejected),
        ("TooManyBuckets", Rejected),
        ("InsufficientInstanceCapacity", Rejected),
        ("InvalidParameterValue", Rejected),
        ("InternalError", OutcomeUnknown),
        ("ServiceUnavailable", Transient),
        ("OperationAborted", Transient),
    ],
)
def test_a_code_says_what_an_answer_means(code: str, kind: type[PaverError]) -> None:
    error = refused(code)
    assert type(error) is kind
    assert error.message == f"CreateVpc staging: no ({code})"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, Throttled), (503, Transient), (500, OutcomeUnknown), (502, OutcomeUnknown), (403, Denied), (400, Rejected)],
)
def test_where_nobody_knows_the_code_the_status_decides(status: int, kind: type[PaverError]) -> None:
    assert type(refused("Unheard", status=status)) is kind


def test_a_conflict_without_a_body_is_looked_at_again() -> None:
    assert type(refused("409", "Conflict", status=409)) is OutcomeUnknown


def test_a_condition_that_does_not_hold_is_told_apart_without_a_body_too() -> None:
    assert type(refused("412", "Precondition Failed", status=412)) is AlreadyExists


def test_a_quota_is_hinted_at() -> None:
    assert "Service Quotas" in refused("VpcLimitExceeded").hint


def test_a_denial_names_the_action_that_aws_names_else_the_one_that_was_tried() -> None:
    named = refused("AccessDenied", "User x is not authorized to perform: iam:PassRole on resource y")
    tried = refused("UnauthorizedOperation")
    assert isinstance(named, Denied)
    assert isinstance(tried, Denied)
    assert (named.action, tried.action) == ("iam:PassRole", "ec2:CreateVpc")
    assert tried.exit_code == 3


@pytest.mark.parametrize(
    ("operation", "service", "action"),
    [
        ("ListBuckets", "s3", "s3:ListAllMyBuckets"),
        ("PutBucketEncryption", "s3", "s3:PutEncryptionConfiguration"),
        ("CreateListener", "elbv2", "elasticloadbalancing:CreateListener"),
    ],
)
def test_an_action_is_spelled_as_iam_spells_it(operation: str, service: str, action: str) -> None:
    response: Any = {"Error": {"Code": "AccessDenied", "Message": "no"}}
    error = translate(ClientError(response, operation), service, operation, sent=False)
    assert isinstance(error, Denied)
    assert error.action == action


def test_patience_that_aws_asks_for_is_kept() -> None:
    error = refused("Throttling", headers={"retry-after": "7"})
    assert isinstance(error, Throttled)
    assert error.retry_after == 7


ENDPOINT = {"endpoint_url": "https://ec2.example.com", "error": "why"}


@pytest.mark.parametrize(
    ("error", "changing", "reading"),
    [
        (of.EndpointConnectionError(**ENDPOINT), Transient, Transient),
        (of.ConnectTimeoutError(**ENDPOINT), Transient, Transient),
        (of.ProxyConnectionError(proxy_url="http://proxy", error="why"), Transient, Transient),
        (of.ReadTimeoutError(**ENDPOINT), OutcomeUnknown, Transient),
        (of.ConnectionClosedError(**ENDPOINT), OutcomeUnknown, Transient),
        (of.HTTPClientError(error="why"), OutcomeUnknown, Transient),
        (of.IncompleteReadError(actual_bytes=1, expected_bytes=2), OutcomeUnknown, Transient),
        (of.ResponseStreamingError(error="why"), OutcomeUnknown, Transient),
        (ResponseParserError("cut off"), OutcomeUnknown, Transient),
        (of.NoCredentialsError(), Denied, Denied),
        (of.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"), Denied, Denied),
        (of.ProfileNotFound(profile="nobody"), Denied, Denied),
        (of.UnauthorizedSSOTokenError(), Denied, Denied),
        (of.ParamValidationError(report="bad"), Rejected, Rejected),
        (of.SSLError(**{**ENDPOINT, "error": "CERTIFICATE_VERIFY_FAILED"}), Untrusted, Untrusted),
    ],
)
def test_a_broken_call_is_unknown_only_where_it_may_have_changed_something(
    error: Exception, changing: type[PaverError], reading: type[PaverError]
) -> None:
    assert type(translate(error, "ec2", "CreateVpc", sent=True)) is changing
    assert type(translate(error, "ec2", "DescribeVpcs", sent=False)) is reading


def test_an_answer_that_cannot_be_read_is_not_quoted() -> None:
    error = translate(ResponseParserError("<Secret>wJalrXUtnFEMI"), "iam", "CreateAccessKey", sent=True)
    assert "wJalr" not in str(error)


def every_class() -> dict[str, type[BaseException]]:
    """All that botocore can raise, warnings apart."""
    found = {name: one for name, one in vars(of).items() if isinstance(one, type) and issubclass(one, BaseException)}
    return {name: one for name, one in found.items() if not issubclass(one, Warning)}


def test_every_error_of_botocore_is_in_the_table_by_its_own_name_and_no_other_is() -> None:
    ours = {name for name, one in every_class().items() if one.__module__ == of.__name__}
    assert len(ours) > 90
    assert ours - MEANINGS.keys() == set()
    # The last is raised by botocore's parsers.
    assert MEANINGS.keys() - ours <= {"ResponseParserError", *NEWER}


NEWER = frozenset(
    {
        "LoginError",
        "LoginInsufficientPermissions",
        "LoginRefreshRequired",
        "LoginTokenLoadError",
        "LoginAuthorizationCodeError",
    }
)
"""Those that the oldest boto3 which will do has not."""


@pytest.mark.parametrize("name", sorted(every_class()))
def test_every_error_of_botocore_becomes_the_one_that_its_meaning_says(name: str) -> None:
    one: Any = every_class()[name]
    bare = one.__new__(one)
    Exception.__init__(bare, "why")
    if MEANINGS[name] is Meaning.ANSWERED:
        bare.response = {"Error": {"Code": "Unheard"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    changing, reading = EXPECTED[MEANINGS[name]]
    assert type(translate(bare, "ec2", "CreateVpc", sent=True)) is changing
    assert type(translate(bare, "ec2", "DescribeVpcs", sent=False)) is reading


EXPECTED: dict[Meaning, tuple[type[PaverError], type[PaverError]]] = {
    Meaning.ANSWERED: (Rejected, Rejected),
    Meaning.UNSENT: (Transient, Transient),
    Meaning.LOST: (OutcomeUnknown, Transient),
    Meaning.UNREADABLE: (OutcomeUnknown, Transient),
    Meaning.INSECURE: (OutcomeUnknown, Transient),
    Meaning.NOBODY: (Denied, Denied),
    Meaning.SIGN_IN: (Denied, Denied),
    Meaning.SETTING: (Rejected, Rejected),
    Meaning.CALL: (Rejected, Rejected),
}
"""By meaning: the error of a call that changes something, and of one that reads."""


def test_an_error_that_a_newer_botocore_has_is_taken_for_its_nearest_base() -> None:
    class Newer(of.ReadTimeoutError):  # type: ignore[misc]  # botocore tells no types
        """Nobody has heard of it."""

    Newer.__module__ = of.__name__
    error = Newer(endpoint_url="https://ec2.example.com", error="why")
    assert type(translate(error, "ec2", "CreateVpc", sent=True)) is OutcomeUnknown


def test_an_error_of_anybody_elses_is_told_as_what_it_is() -> None:
    error = translate(KeyError("Vpc"), "ec2", "CreateVpc", sent=True)
    assert type(error) is CallError
    assert error.message == "CreateVpc: KeyError: 'Vpc'"


def test_a_page_of_a_gateway_is_no_reason() -> None:
    error = refused("502", "<!doctype html>\n<title>502 Bad Gateway</title>", status=502)
    assert error.message == "CreateVpc staging: no reason given (502)"
