"""How a check says what it found."""

from __future__ import annotations

from paver.contract.driver import Cause, Finding, Severity
from paver.contract.errors import Denied, PaverError, Refused

Path = tuple[str | int, ...]
SECTION: Path = ("iaas", "vsphere")


def good(check: str, what: str) -> Finding:
    """It is as it should be."""
    return Finding(check=check, severity=Severity.OK, what=what)


def warn(check: str, what: str, hint: str = "", path: Path = ()) -> Finding:
    """It works, and somebody may want to know."""
    return Finding(check=check, severity=Severity.WARN, what=what, hint=hint, path=path)


def bad(check: str, what: str, hint: str = "", path: Path = (), cause: Cause = Cause.OTHER) -> Finding:
    """It would fail later."""
    return Finding(check=check, severity=Severity.FAIL, what=what, hint=hint, path=path, cause=cause)


def from_error(check: str, error: PaverError, path: Path = ()) -> Finding:
    """What a call raised. Trust and denial have checks of their own, whatever was asked when they came up."""
    what = ", ".join([error.message, *(f"{label} {value}" for label, value in error.facts)])
    if isinstance(error, Refused):
        return bad("trust", what, error.hint, path, Cause.TRUST)
    if isinstance(error, Denied):
        return bad("permission", what, error.hint, path, Cause.DENIED)
    return bad(check, what, error.hint, path)
