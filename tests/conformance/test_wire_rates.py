from __future__ import annotations

from collections import Counter

import pytest

from paver.conformance.wire import Fault, Only, Rates, Request, Sort
from paver.conformance.wire.rates import Lots


def request(operation: str = "GET /a", sort: Sort = Sort.READ) -> Request:
    return Request("r", "GET", "/a", {}, b"", operation, sort)


def drawn(lots: Lots, count: int = 2000) -> list[Fault | None]:
    return [lots.cast(request()) for _ in range(count)]


def test_the_same_seed_strikes_the_same_requests() -> None:
    rates = Rates.evenly(0.3)
    assert drawn(Lots(rates, 7)) == drawn(Lots(rates, 7))
    assert drawn(Lots(rates, 7)) != drawn(Lots(rates, 8))


def test_the_nth_request_meets_the_same_whatever_else_there_is() -> None:
    plain, mixed = Lots(Rates.evenly(0.3), 7, Sort.READ), Lots(Rates.evenly(0.3), 7, Sort.READ)
    found = []
    for _ in range(200):
        mixed.cast(request("Create", Sort.MUTATION))
        found.append(mixed.cast(request()))
    assert found == drawn(plain, 200)


@pytest.mark.parametrize("total", [0.05, 0.15, 0.3, 1.0])
def test_faults_are_as_frequent_as_was_asked(total: float) -> None:
    found = Counter(drawn(Lots(Rates.evenly(total), 1), 6000))
    struck = 6000 - found[None]
    assert abs(struck / 6000 - total) < 0.02
    assert set(found) - {None} == {*Fault} - {Fault.SILENT, Fault.DRIPPED}
    for fault in set(found) - {None}:
        assert abs(found[fault] / 6000 - total / 6) < 0.02


@pytest.mark.parametrize("fault", list(Fault))
def test_each_fault_has_its_rate(fault: Fault) -> None:
    assert set(drawn(Lots(Rates(**{fault.value: 1.0}), 0), 50)) == {fault}


@pytest.mark.parametrize(("throttled", "lost"), [(-0.1, 0.0), (0.6, 0.6), (1.1, 0.0)])
def test_rates_that_are_no_share_of_all_requests_are_refused(throttled: float, lost: float) -> None:
    with pytest.raises(ValueError, match="at most 1"):
        Rates(throttled=throttled, lost=lost)


@pytest.mark.parametrize(
    ("only", "struck"),
    [
        (None, True),
        (Sort.READ, True),
        (Sort.MUTATION, False),
        ("GET *", True),
        ("Create*", False),
        (lambda asked: asked.path == "/a", True),
        (lambda asked: asked.verb == "PUT", False),
    ],
)
def test_what_a_rate_is_about_is_a_sort_an_operation_or_a_predicate(only: Only, struck: bool) -> None:
    assert (Lots(Rates(lost=1.0), 0, only).cast(request()) is Fault.LOST) is struck
