"""One table from what boto3 raises to the contract's errors: AWS's error codes first, then the HTTP status."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

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
from paver_aws.broken import Meaning, meaning
from paver_aws.codes import BUSY, DENIED, EXISTS, NOT_FOUND, THROTTLED, TRANSIENT, UNKNOWN

LIMIT = re.compile(r"LimitExceeded|^TooMany|^InsufficientFreeAddresses|^AddressLimit")
SCARCE = re.compile(r"^Insufficient.*Capacity|^Unsupported")
DUPLICATE = re.compile(r"\.Duplicate$|AlreadyExists")
MISSING = re.compile(r"\.NotFound$|NotFound$|\.Malformed\.NotFound$")
CONFLICT = "409"
"""What botocore puts for the code of a conflict that has no body: something is there, or is under way."""
PERFORM = re.compile(r"not authorized to perform: ([a-z0-9-]+:\w+)")

_ACTIONS = {
    "ListBuckets": "s3:ListAllMyBuckets",
    "ListObjectVersions": "s3:ListBucketVersions",
    "DeleteObjects": "s3:DeleteObjectVersion",
    "GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "GetResources": "tag:GetResources",
    "ListObjectsV2": "s3:ListBucket",
}
"""Operations whose action is spelled otherwise (Service Authorization Reference)."""
_SERVICES = {"elbv2": "elasticloadbalancing", "resourcegroupstaggingapi": "tag", "service-quotas": "servicequotas"}


def action(service: str, operation: str) -> str:
    """The IAM action that allows an operation."""
    return _ACTIONS.get(operation, f"{_SERVICES.get(service, service)}:{operation}")


def translate(error: Exception, service: str, operation: str, about: str = "", *, sent: bool) -> PaverError:
    """The contract's error for anything that a call raised.

    Args:
        error: What was raised.
        service: boto3's name of the service.
        operation: AWS's name of the operation.
        about: What it was done to, for people.
        sent: Whether it was a mutating call, whose outcome is unknown once the connection broke.
    """
    if isinstance(error, PaverError):
        return error
    what = f"{operation} {about}".rstrip()
    response = getattr(error, "response", None)
    if isinstance(response, Mapping):
        return refusal(response, what, action(service, operation), sent=sent)
    return _broken(error, what, sent=sent)


def refusal(response: Mapping[str, Any], what: str, needed: str, *, sent: bool) -> PaverError:  # noqa: PLR0911  one return a sort
    """The contract's error for an answer that says no."""
    found: Mapping[str, Any] = response.get("Error", {})
    code, said = str(found.get("Code", "")), _said(str(found.get("Message", "")))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    text = f"{what}: {said} ({code or status})"
    if code in THROTTLED:
        return Throttled(text, retry_after=_retry_after(response))
    if code in DENIED:
        return _denied(code, text, said, needed)
    if code in EXISTS or DUPLICATE.search(code):
        return AlreadyExists(text)
    if code in NOT_FOUND or MISSING.search(code):
        return NotFound(text)
    if code in BUSY:
        return Busy(text)
    if code in TRANSIENT:
        return Transient(text)
    if code in UNKNOWN or code == CONFLICT:
        return OutcomeUnknown(text) if sent else Transient(text)
    if LIMIT.search(code):
        return Rejected(text, hint="raise the quota in Service Quotas, or free what is not needed")
    if SCARCE.search(code):
        return Rejected(text, hint="choose another instance type or zone, or try later")
    return _by_status(status, text, needed, sent=sent)


def _said(message: str) -> str:
    """A reason in one line; the page of a proxy or gateway that stands in between gives none."""
    line = " ".join(message.split()).rstrip(".")
    return line if line and not line.startswith("<") else "no reason given"


def _by_status(status: int, text: str, needed: str, *, sent: bool) -> PaverError:
    if status == 429:  # noqa: PLR2004  HTTP's own numbers
        return Throttled(text)
    if status == 503:  # noqa: PLR2004  the same
        return Transient(text)
    if status >= 500:  # noqa: PLR2004  the same
        return OutcomeUnknown(text) if sent else Transient(text)
    if status in {401, 403}:
        return Denied(text, action=needed, hint=f"allow {needed}")
    if status == 404:  # noqa: PLR2004  the same
        return NotFound(text)
    return Rejected(text)


def _denied(code: str, text: str, said: str, needed: str) -> Denied:
    if code in {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}:
        return Denied(text, hint="the credentials have expired: get new ones")
    if code == "RequestTimeTooSkewed":
        return Denied(text, hint="the clock of this machine is wrong: set it")
    if code in {"InvalidClientTokenId", "InvalidAccessKeyId", "SignatureDoesNotMatch", "UnrecognizedClientException"}:
        # AWS Account Management Guide, "Enable or disable Regions": a region that is not enabled knows nobody.
        hint = "check the profile or the AWS_* variables, and that the account has the region enabled"
        return Denied(text, hint=f"AWS does not know these credentials there: {hint}")
    named = PERFORM.search(said)
    missing = named[1] if named else needed
    return Denied(text, action=missing, hint=f"allow {missing}")


def _broken(error: Exception, what: str, *, sent: bool) -> PaverError:  # noqa: PLR0911  one return a sort
    found = meaning(error)
    why = type(error).__name__
    text = f"{what}: {str(error).rstrip('.')}"
    match found:
        case None:
            return CallError(f"{what}: {why}: {error}")
        case Meaning.INSECURE if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return Untrusted(f"{what}: the endpoint's certificate is not trusted", hint="name its CA in AWS_CA_BUNDLE")
        case Meaning.NOBODY:
            return Denied(text, hint="set AWS_PROFILE or AWS_ACCESS_KEY_ID, or name a profile in iaas.aws.profile")
        case Meaning.SIGN_IN:
            return Denied(text, hint="sign in again (aws sso login, aws login)")
        case Meaning.SETTING:
            return Rejected(text, hint="AWS's own configuration says so: a variable AWS_…, or the profile")
        case Meaning.CALL:
            return Rejected(text)
        case Meaning.UNSENT:
            return Transient(text)
        case Meaning.UNREADABLE:
            text = f"{what}: the answer cannot be read ({why})"
    return OutcomeUnknown(text) if sent else Transient(text)


def _retry_after(response: Mapping[str, Any]) -> float | None:
    text = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("retry-after", "")
    return float(text) if str(text).isdigit() else None
