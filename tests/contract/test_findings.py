"""How a preflight says what it found, whichever driver's it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from paver.contract.driver import Cause, Finding, Severity
from paver.contract.errors import Denied, PaverError, Rejected, Throttled, Transient, Untrusted, WrongTarget
from paver.contract.findings import bad, from_error, good, in_order, safely, warn


@pytest.mark.parametrize(
    ("error", "check", "cause"),
    [
        (Untrusted("no"), "trust", Cause.TRUST),
        (WrongTarget("no"), "trust", Cause.TRUST),
        (Denied("no"), "permission", Cause.DENIED),
        (Transient("no"), "quota", Cause.UNREACHABLE),
        (Throttled("no"), "quota", Cause.UNREACHABLE),
        (Rejected("no"), "quota", Cause.OTHER),
    ],
)
def test_what_a_call_raised_decides_whether_it_is_trust_denial_reach_or_the_rest(
    error: PaverError, check: str, cause: Cause
) -> None:
    found = from_error("quota", error)
    assert (found.check, found.severity, found.cause) == (check, Severity.FAIL, cause)


def test_a_refusal_keeps_its_facts_and_its_hint() -> None:
    error = PaverError("no", facts=(("holder", "somebody"),), hint="ask them")
    found = from_error("names", error, ("name",))
    assert (found.what, found.hint, found.path) == ("no, holder somebody", "ask them", ("name",))


def test_what_came_before_an_error_is_kept() -> None:
    def check() -> Iterator[Finding]:
        yield good("quota", "room for one")
        raise Denied("no more", hint="allow it")

    assert [(one.check, one.severity) for one in safely("quota", check())] == [
        ("quota", Severity.OK),
        ("permission", Severity.FAIL),
    ]


def test_an_answer_that_lacks_something_fails_its_check_and_no_other() -> None:
    def check() -> Iterator[Finding]:
        answer: dict[str, str] = {}
        yield good("reach", answer["Account"])

    [found] = safely("reach", check())
    assert (found.check, found.severity) == ("reach", Severity.FAIL)


def test_the_worst_comes_first_and_each_once() -> None:
    found = in_order([good("a", "1"), warn("b", "2"), bad("c", "3"), warn("b", "2")])
    assert [one.check for one in found] == ["c", "b", "a"]
