"""What the S3 protocol and its SDK say went wrong, in the contract's errors: one table, by code.

The codes are those of the S3 API reference, "Error responses".
"""

from __future__ import annotations

from typing import Any

from paver.contract.errors import Denied, SpecError, Transient, Untrusted
from paver.secrets.store import SecretUnwritable

ABSENT = frozenset({"NoSuchKey", "NotFound", "404"})
CONFLICT = frozenset({"PreconditionFailed", "412"})
PASSING = frozenset(
    {
        *("InternalError", "ServiceUnavailable", "SlowDown", "RequestTimeout", "500", "502", "503", "504"),
        # Another request to the same name was under way: nothing was decided, and the same one may be sent again.
        *("ConditionalRequestConflict", "OperationAborted", "409"),
    }
)
REFUSED = frozenset(
    {
        *("AccessDenied", "AllAccessDisabled", "AccountProblem", "InvalidAccessKeyId", "SignatureDoesNotMatch"),
        *("ExpiredToken", "InvalidToken", "TokenRefreshRequired", "RequestExpired", "RequestTimeTooSkewed", "403"),
    }
)
ELSEWHERE = frozenset({"PermanentRedirect", "AuthorizationHeaderMalformed", "InvalidBucketName", "301"})
"""The bucket is in another region than the one that was asked, or cannot be one."""
CREDENTIALS = "boto3 looks for them: AWS_PROFILE, AWS_ACCESS_KEY_ID, the machine's role"
PLACE = "boto3 looks for it: AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3, the profile"
BUNDLE = "name its CA: AWS_CA_BUNDLE=FILE"


class Absent(Exception):
    """There is no such object."""


class Conflict(Exception):
    """Something else is there than the condition says."""


def translate(error: Exception, bucket: str) -> Exception:
    """One of the SDK's errors in our words; an error of anybody else comes back as it is."""
    from botocore import exceptions as sdk  # noqa: PLC0415  loads where a store is used
    from botocore.parsers import ResponseParserError  # noqa: PLC0415  the same

    found: Exception = error
    match error:
        case sdk.ClientError():
            found = answered(error.response, bucket)
        case (
            sdk.NoCredentialsError()
            | sdk.PartialCredentialsError()
            | sdk.CredentialRetrievalError()
            | sdk.TokenRetrievalError()
            | sdk.SSOError()
        ):
            found = Denied(f"s3:{bucket}: {error}", action="s3:GetObject", hint=CREDENTIALS)
        case sdk.SSLError():
            found = Untrusted(f"s3:{bucket}: the server's certificate is not trusted", hint=BUNDLE)
        case (
            sdk.HTTPClientError()
            | sdk.ConnectionError()
            | sdk.ResponseStreamingError()
            | sdk.IncompleteReadError()
            | ResponseParserError()
        ):
            found = Transient(f"s3:{bucket} does not answer: {type(error).__name__}")
        case sdk.BotoCoreError():  # what is left is a profile, a region or an endpoint that cannot be
            found = SpecError(f"s3:{bucket}: {error}", hint=PLACE)
    return found


def answered(response: Any, bucket: str) -> Exception:  # noqa: ANN401  the SDK's own dict
    """What an answer with an error means."""
    told = response.get("Error", {})
    code, status = str(told.get("Code", "")), response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    said = code or str(status)
    found: Exception
    if code == "NoSuchBucket":
        found = SpecError(f"there is no bucket {bucket}", hint="make it, private and versioned, before paving")
    elif code in ELSEWHERE:
        found = SpecError(f"the bucket {bucket} is not where it was asked for: {said}", hint=PLACE)
    elif code == "NotImplemented":
        found = SpecError(
            f"the server of the bucket {bucket} cannot do what is asked: {told.get('Message', '')}",
            hint="a store needs conditional writes: If-Match and If-None-Match on PutObject",
        )
    elif code in ABSENT:
        found = Absent(code)
    elif code in CONFLICT:
        found = Conflict(code)
    elif code in REFUSED:
        found = Denied(f"s3:{bucket}: {code}", action="s3:*Object", hint="see the credentials' policy and age")
    elif code in PASSING or status >= 500:  # noqa: PLR2004  RFC 9110: the server's own failure
        found = Transient(f"s3:{bucket}: {said}")
    else:
        found = SecretUnwritable(f"s3:{bucket}: {said}: {told.get('Message', '')}".rstrip(": "))
    return found
