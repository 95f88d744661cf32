"""What it means that no answer came, by what google-auth and requests raise. Loaded only where something was raised."""

from __future__ import annotations

import ssl

from paver.contract.errors import Denied, OutcomeUnknown, PaverError, Rejected, Transient, Untrusted

_SIGN_IN = "sign in (gcloud auth application-default login), or name a file: iaas.gcp.credentials_file"


def broken(error: Exception, what: str, *, sent: bool) -> PaverError | None:  # noqa: C901, PLR0911  one return a sort
    """The contract's error; None: it is nothing that a call raises.

    Args:
        error: What was raised.
        what: What was asked, for people.
        sent: Whether it was a mutating call, whose outcome is unknown once the connection broke.
    """
    import requests  # noqa: PLC0415  it is loaded: something of it was raised, or nothing of it matters
    from google.auth import exceptions  # noqa: PLC0415  the same

    text = f"{what}: {str(error).rstrip('.')}"
    match error:
        case exceptions.DefaultCredentialsError():
            return Denied(f"{what}: there are no credentials", hint=_SIGN_IN)
        case exceptions.TransportError():
            return Transient(text)
        case exceptions.RefreshError():
            return Transient(text) if getattr(error, "retryable", False) else Denied(text, hint=_SIGN_IN)
        case exceptions.GoogleAuthError():
            return Denied(text, hint=_SIGN_IN)
        case requests.exceptions.SSLError():
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                hint = "name its CA in REQUESTS_CA_BUNDLE"
                return Untrusted(f"{what}: the endpoint's certificate is not trusted", hint=hint)
            return OutcomeUnknown(text) if sent else Transient(text)
        case requests.exceptions.ConnectTimeout() | requests.exceptions.ProxyError():
            return Transient(text)
        case (
            requests.exceptions.InvalidURL() | requests.exceptions.InvalidSchema() | requests.exceptions.MissingSchema()
        ):
            return Rejected(text, hint="see iaas.gcp.endpoint")
        case requests.exceptions.ConnectionError() if _unsent(error):
            return Transient(text)
        case requests.exceptions.RequestException() | ssl.SSLError() | OSError():
            return OutcomeUnknown(text) if sent else Transient(text)
        case ValueError():
            why = f"{what}: the answer cannot be read"
            return OutcomeUnknown(why) if sent else Transient(why)
    return None


def _unsent(error: Exception) -> bool:
    """Whether no connection came about, so that nothing was sent."""
    reason = getattr(next(iter(error.args), None), "reason", None)
    return type(reason).__name__ in {"NewConnectionError", "NameResolutionError"}
