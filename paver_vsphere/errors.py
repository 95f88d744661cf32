"""One table from what pyVmomi, sockets and HTTP raise, by type, to the contract's errors."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from http.client import HTTPException
from xml.parsers.expat import ExpatError

from paver.contract.errors import (
    AlreadyExists,
    Busy,
    CallError,
    Denied,
    NotFound,
    OutcomeUnknown,
    PaverError,
    Rejected,
    Transient,
    Untrusted,
)
from paver_vsphere.sdk import fault_named, vim, vmodl
from paver_vsphere.trust import NotSent

_READ_ONLY = "an evaluation or free licence makes the API read-only: assign a licence that allows changes"
_NOT_YET = "it may be starting or shutting down"

_DENIED = {
    "vim.fault.InvalidLogin": "the user name or the password is wrong",
    "vim.fault.NoClientCertificate": "it wants a client certificate",
    "vim.fault.PasswordExpired": "the password has expired",
    "vim.fault.NotAuthenticated": "the session has ended",
}
_UNTRUSTED = {
    "vim.fault.SSLVerifyFault": "the host shows another certificate than the one that was checked",
}
_TRANSIENT = {
    "vim.fault.ConcurrentAccess": "somebody else changed it at the same moment",
    "vmodl.fault.HostCommunication": "it does not reach its host",
    "vmodl.fault.HostNotConnected": "its host is not connected",
    "vmodl.fault.HostNotReachable": "its host cannot be reached",
    "vim.fault.TooManyConcurrentNativeClones": "too many operations run at once",
    "vim.fault.HostConnectFault": "the host does not answer as it should",
}
_BUSY = {
    "vim.fault.TaskInProgress": "a task is in progress",
    "vim.fault.ResourceInUse": "it is in use",
    "vim.fault.InvalidState": "its state does not allow that now",
    "vim.fault.FileLocked": "a file of it is locked",
}
_NOT_FOUND = {
    "vmodl.fault.ManagedObjectNotFound": "it is gone",
    "vim.fault.NotFound": "it is not there",
    "vim.fault.LicenseEntityNotFound": "it is gone",
    "vim.fault.FileNotFound": "its file is not there",
}
_EXISTS = {
    "vim.fault.DuplicateName": "the name is taken",
    "vim.fault.AlreadyExists": "it exists already",
    "vim.fault.AlreadyBeingManaged": "a vCenter manages it already",
    "vim.fault.AlreadyConnected": "it is connected already",
    "vim.fault.FileAlreadyExists": "its file exists already",
}
_REJECTED = {
    "vim.fault.InsufficientResourcesFault": "there are not enough resources",
    "vim.fault.NoDiskSpace": "the datastore is full",
    "vmodl.fault.InvalidArgument": "an argument is invalid",
    "vmodl.fault.NotSupported": "that is not supported here",
    "vmodl.fault.NotImplemented": "it does not implement that",
    "vim.fault.InvalidName": "the name is invalid",
    "vim.fault.InvalidLicense": "the licence is not valid",
    "vim.fault.LicenseExpired": "the licence has expired",
    "vim.fault.LicenseKeyEntityMismatch": "the licence is one for something else",
    "vmodl.fault.NotEnoughLicenses": "the licence has too little capacity left",
    "vim.fault.PlatformConfigFault": "the host refuses the configuration",
}


def translate(error: Exception, what: str, *, sent: bool) -> PaverError:
    """The contract's error for anything that a call raised.

    Args:
        error: What was raised, or a task's `info.error`.
        what: The call and its object, for people: "create datacenter staging".
        sent: Whether it was a mutating call, whose outcome is unknown once the connection broke.
    """
    if isinstance(error, PaverError):
        return error
    if isinstance(error, NotSent):
        return _not_sent(error, what)
    if isinstance(error, OSError | HTTPException | ExpatError | EOFError):  # ssl errors and timeouts are OSErrors
        why = str(error) or type(error).__name__
        return OutcomeUnknown(f"{what}: the answer was lost ({why})") if sent else Transient(f"{what}: {why}")
    if isinstance(error, LookupError | TypeError):  # so pyVmomi says that an answer does not fit the schema
        why = f"the answer cannot be read ({type(error).__name__}: {error})"
        return OutcomeUnknown(f"{what}: {why}") if sent else Transient(f"{what}: {why}")
    return _fault(error, what)


def _not_sent(error: NotSent, what: str) -> PaverError:
    if isinstance(error.cause, ssl.SSLCertVerificationError):
        return Untrusted(
            f"{error.where}: its certificate is not trusted ({error.cause.verify_message})",
            hint="pin its thumbprint in the known_hosts file, or name its CA with ca:",
        )
    return Transient(f"{what}: {error.where} cannot be reached ({error.cause.strerror or error.cause})")


def _fault(error: Exception, what: str) -> PaverError:
    said = str(getattr(error, "msg", "") or type(error).__name__).strip().rstrip(".")
    if isinstance(error, vim().fault.RestrictedVersion):
        return Rejected(f"{what}: the host's licence allows no changes", hint=_READ_ONLY)
    if isinstance(error, vim().fault.NoPermission) and not isinstance(error, vim().fault.NotAuthenticated):
        action = str(error.privilegeId or "")
        return Denied(f"{what}: the privilege {action or '(unnamed)'} is missing", action=action)
    for table, make in _TABLES:
        for name, words in table.items():
            if isinstance(error, fault_named(name)):
                detail = "" if said in {"", type(error).__name__} else f" ({said})"
                return make(f"{what}: {words}{detail}")
    # A fault that the table does not know is still the server's own refusal: it answered, and it said no.
    if isinstance(error, vmodl().MethodFault):
        return Rejected(f"{what}: {type(error).__name__.rpartition('.')[2]}: {said}")
    return CallError(f"{what}: {type(error).__name__}: {error}")


_TABLES: tuple[tuple[dict[str, str], Callable[[str], PaverError]], ...] = (
    (_DENIED, Denied),
    (_UNTRUSTED, Untrusted),
    (_EXISTS, AlreadyExists),
    (_NOT_FOUND, NotFound),
    (_REJECTED, Rejected),
    (_BUSY, Busy),
    (_TRANSIENT, Transient),
)


def explain_status(status: int, what: str, *, sent: bool) -> PaverError:
    """The contract's error for an HTTP status outside 2xx: datastore files, NFC, the set-up API."""
    if status in {401, 403}:
        return Denied(f"{what}: HTTP {status}, the user name or the password is wrong or a permission is missing")
    if status == 404:  # noqa: PLR2004  HTTP's own number
        return NotFound(f"{what}: it is not there (HTTP 404)")
    if status in {500, 502, 504} and not sent:
        return Transient(f"{what}: HTTP {status}, {_NOT_YET}")
    if status in {502, 504}:
        return OutcomeUnknown(f"{what}: HTTP {status}")
    if status in {429, 503}:
        return Transient(f"{what}: HTTP {status}, {_NOT_YET}")
    return Rejected(f"{what}: HTTP {status}")
