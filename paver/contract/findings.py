"""What a check found, and how a driver's checks say it: of preflight, and of what a CPI looks up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum

from paver.contract.errors import Denied, PaverError, Refused, Transient
from paver.contract.types import Frozen

Path = tuple[str | int, ...]
"""A place in the spec."""


class Severity(StrEnum):
    """What a finding means for what comes after."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Cause(StrEnum):
    """Why a check failed; it decides the exit code: trust 6; all denied 3, all unreachable 4; else 7."""

    TRUST = "trust"  # thumbprint, CA, identity
    DENIED = "denied"  # password, permission, expired credential
    UNREACHABLE = "unreachable"  # it did not answer, though it was asked again: later it may
    OTHER = "other"  # occupied, full, quota, overlap, unknown


class Finding(Frozen):
    """The outcome of one check."""

    check: str
    """One word: reach, trust, identity, permission, capacity, names, addresses, clock …"""
    severity: Severity
    what: str
    hint: str = ""
    cause: Cause = Cause.OTHER
    path: Path = ()
    """The place in the spec that it is about, for people."""


Check = tuple[str, Callable[[], Iterable[Finding]]]
"""What it is called, and what finds something."""
AT_ONCE = 8
"""Checks at one time."""
WORST_FIRST = (Severity.FAIL, Severity.WARN, Severity.OK)


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
    return bad(check, what, error.hint, path, Cause.UNREACHABLE if isinstance(error, Transient) else Cause.OTHER)


def safely(check: str, findings: Iterable[Finding], path: Path = ()) -> list[Finding]:
    """What a check found until it could go no further, and why it could not."""
    found: list[Finding] = []
    try:
        for finding in findings:
            found.append(finding)  # noqa: PERF402  what came before an error is kept
    except PaverError as error:
        found.append(from_error(check, error, path))
    except (LookupError, AttributeError) as error:
        found.append(bad(check, f"the answer lacks something that it always has ({error})", path=path))
    return found


def side_by_side(checks: Iterable[Check]) -> list[Finding]:
    """What all of these find, each as by `safely`: several asked at one time, told in their order."""
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="paver-check") as pool:
        answers = pool.map(lambda check: safely(check[0], check[1]()), checks)
        return [finding for answer in answers for finding in answer]


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each once, worst first."""
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: WORST_FIRST.index(finding.severity)))
