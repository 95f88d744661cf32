"""One table from what the SDK raises to the contract's errors: Azure's error codes first, then the HTTP status."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

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
    WrongTarget,
)
from paver_azure import codes, ids

_ACTION = re.compile(r"perform action(?:\(s\))? '([^']+)'")


def translate(error: Exception, what: str, *, sent: bool) -> PaverError:
    """The contract's error for anything that a call raised.

    Args:
        error: What was raised.
        what: What was done to what, for people.
        sent: Whether it was a mutating call, whose outcome is unknown once the connection broke.
    """
    from azure.core import exceptions as of  # noqa: PLC0415  it is loaded by now: it raised this

    if isinstance(error, PaverError):
        return error
    if isinstance(error, of.ClientAuthenticationError) and error.response is None:
        below = _below(error)
        return login(what, str(error.message)) if below is None else translate(below, what, sent=False)
    if isinstance(error, of.HttpResponseError) and error.response is not None:
        response: Any = error.response
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            code, said = _told(response, str(error.message))
            return refusal(code, said, response.status_code, response.headers, what, sent=sent)
        # A status that the SDK's own lists do not have: something was done, and nobody says what.
        return _lost(f"{what}: the answer has an unknown status, {response.status_code}", sent=sent)
    return _broken(error, what, sent=sent)


def _below(error: Exception) -> Exception | None:
    """The failure of the way to the authority that a login that failed hides; None: the authority said no."""
    from azure.core import exceptions as of  # noqa: PLC0415  the same

    broken = (of.ServiceRequestError, of.ServiceResponseError, of.DecodeError, of.IncompleteReadError)
    found: BaseException | None = error.__cause__ or error.__context__
    while found is not None:
        answered = isinstance(found, of.HttpResponseError) and found.response is not None
        if answered or isinstance(found, (*broken, json.JSONDecodeError)):
            return cast("Exception", found)
        found = found.__cause__ or found.__context__
    return None


def refusal(code: str, said: str, status: int, headers: Mapping[str, str], what: str, *, sent: bool) -> PaverError:
    """The contract's error for an answer that says no."""
    said = said.strip().rstrip(".") or "no reason given"
    text = f"{what}: {said} ({code or status})"
    if status == HTTPStatus.TOO_MANY_REQUESTS or code in codes.THROTTLED:
        return Throttled(text, retry_after=retry_after(headers))
    if code in codes.UNKNOWN:
        return _lost(text, sent=sent)
    return _by_code(code, said, text) or _by_status(code, status, text, sent=sent)


def _by_code(code: str, said: str, text: str) -> PaverError | None:
    for listed, error, hint in _MEANINGS:
        if code in listed:
            return error(text, hint=hint)
    if code in codes.DENIED:
        return _denied(text, said)
    if codes.QUOTA.search(code) or (code == "OperationNotAllowed" and "quota" in said.lower()):
        return Rejected(text, hint="raise the quota of the subscription in that location, or free what is not needed")
    if code in codes.BUSY or codes.IN_USE.search(code):
        return _busy(text, said, "take the lock away, or leave the thing where it is" if code == codes.LOCKED else "")
    return None


_MEANINGS: tuple[tuple[frozenset[str], type[PaverError], str], ...] = (
    (codes.ELSEWHERE, WrongTarget, "check iaas.azure.tenant and subscription, and as whom you are logged in"),
    (codes.EXPIRED, Denied, "the token has expired: log in again"),
    (codes.REGISTRATION, Rejected, "register the resource provider: az provider register --namespace NAME --wait"),
    (codes.TRANSIENT, Transient, ""),
    (codes.EXISTS, AlreadyExists, ""),
    (codes.SCARCE, Rejected, "choose another size, zone or location, or try later"),
)


def login(what: str, said: str) -> PaverError:
    """The contract's error for a token that was not given. What was said names no secret: Entra quotes none."""
    line = next((line for line in said.splitlines() if line.strip()), "no token")
    line = line.split(" Trace ID")[0].split(" Authority would")[0].strip()
    text = f"{what}: {line.rstrip('.')}"
    if codes.LOGIN_EXPIRED.search(said):
        return Denied(text, hint="the client secret or login has expired: make a new one, then name it in the spec")
    if codes.NO_TENANT.search(said):
        return WrongTarget(text, hint="check iaas.azure.tenant: this directory knows nothing of it")
    if codes.NO_APPLICATION.search(said):
        return Denied(text, hint="check iaas.azure.client and client_secret, or the AZURE_* variables")
    return Denied(
        text, hint="log in (az login), set the AZURE_* variables, or give iaas.azure.client and client_secret"
    )


def _told(response: Any, otherwise: str) -> tuple[str, str]:
    """Code and message of ARM's error body; the innermost code that says why, where there are several."""
    try:
        body = json.loads(response.text())
    except Exception:  # noqa: BLE001  a body that cannot be read says nothing, whatever it does when it is read
        return str(response.headers.get("x-ms-error-code", "")), otherwise
    found = body.get("error", body) if isinstance(body, dict) else {}
    if not isinstance(found, dict):
        return "", str(found)
    return inner(found, otherwise)


def inner(found: Mapping[str, Any], otherwise: str = "") -> tuple[str, str]:
    """The code and message of an error that may be wrapped in another, as in "ResourceOperationFailure"."""
    code, said = str(found.get("code") or ""), str(found.get("message") or otherwise)
    details = [one for one in found.get("details") or () if isinstance(one, Mapping) and one.get("code")]
    if details and (not code or "Fail" in code or code in {"BadRequest", "Conflict", "InvalidRequestContent"}):
        return inner(details[0], said)
    return code, said


def _by_status(code: str, status: int, text: str, *, sent: bool) -> PaverError:  # noqa: PLR0911  one return a sort
    match status:
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return _denied(text, text)
        case HTTPStatus.NOT_FOUND | HTTPStatus.GONE:
            return NotFound(text)
        case HTTPStatus.PRECONDITION_FAILED:
            return AlreadyExists(text)
        case HTTPStatus.CONFLICT:
            return Busy(text, blockers=ids.named(text))
        case HTTPStatus.SERVICE_UNAVAILABLE:
            return Transient(text)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return _lost(text, sent=sent)
    if code.endswith(("NotFound", "DoesNotExist")):
        return NotFound(text)
    return Rejected(text)


def _busy(text: str, said: str, hint: str) -> Busy:
    found = Busy(text, blockers=ids.named(said)[1:])
    found.hint = hint
    return found


def _denied(text: str, said: str) -> Denied:
    # "… does not have authorization to perform action 'Microsoft.Network/virtualNetworks/write' over scope …", or
    # "… has permission to perform action '…/write' on scope '…'; however, it does not have permission to perform
    # action(s) '…/join/action' on the linked scope(s) …": the last one is what is missing.
    found = _ACTION.findall(said)
    action = found[-1] if found else ""
    return Denied(text, action=action, hint=f"allow {action}" if action else "")


def _broken(error: Exception, what: str, *, sent: bool) -> PaverError:
    import requests  # noqa: PLC0415  the SDK's transport has loaded it
    from azure.core import exceptions as of  # noqa: PLC0415  the same

    text = f"{what}: {str(error).rstrip('.')}"
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return Untrusted(f"{what}: the endpoint's certificate is not trusted", hint="name its CA: iaas.azure.ca")
    if isinstance(error, of.ServiceRequestError):
        return Transient(text) if _never_sent(error) else _lost(text, sent=sent)
    if isinstance(error, of.DecodeError | of.IncompleteReadError | ValueError):
        return _lost(f"{what}: the answer cannot be read ({type(error).__name__})", sent=sent)
    if isinstance(error, of.AzureError | requests.RequestException | OSError):
        return _lost(text, sent=sent)
    return CallError(f"{what}: {type(error).__name__}: {error}")


def _never_sent(error: Exception) -> bool:
    """Whether no connection was made at all; a connection that broke may have carried the request."""
    return any(sign in str(error) for sign in ("NewConnectionError", "Failed to establish", "ConnectTimeout"))


def _lost(text: str, *, sent: bool) -> PaverError:
    return OutcomeUnknown(text) if sent else Transient(text)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds for which Azure asks not to be asked again; None: it does not say."""
    text = str(headers.get("Retry-After", ""))
    return float(text) if text.isdigit() else None
