"""What ends soon, what has not begun, and a clock that went back are named, and nothing is done about them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from kept_world import Kept, certificates, spec_of
from rotating import ROOT, Site

from paver.certificates import make_authority
from paver.contract.errors import Rejected
from paver.contract.resource import Inventory
from paver.engine.plan import Action
from paver.kept.lifetimes import NOTICE, lifetimes, spelled, warnings

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def told(kept: Kept, iaas: dict[str, str] | None = None) -> list[str]:
    seen = kept.see()
    return list(warnings(kept.spec, seen, lifetimes(kept.spec, seen, iaas or {}), kept.now()))


def ca(lifetime: timedelta) -> str:
    return make_authority("theirs", "site", key_type="ecdsa-p256", lifetime=lifetime, now=NOON).certificate


def test_nothing_is_said_of_what_is_well(kept: Kept) -> None:
    assert told(kept) == []


def test_a_servers_certificate_is_warned_of_thirty_days_before_and_after_its_end(kept: Kept) -> None:
    kept.later(days=365 - 30, seconds=-1)
    assert told(kept) == []
    kept.later(seconds=1)
    assert told(kept) == ["certificate web ends at 2027-11-25 12:00 UTC, in 30 days: paver certificates rotate web"]
    kept.later(days=35)
    assert told(kept) == ["certificate web ended at 2027-11-25 12:00 UTC, 5 days ago: paver certificates rotate web"]


def test_what_is_trusted_is_warned_of_wherever_it_comes_from() -> None:
    soon, later = ca(NOTICE), ca(NOTICE + timedelta(days=1))
    spec = spec_of(certificates={**certificates(), "trusted": {"corporate": soon, "other": later}})
    nothing = Inventory()
    found = list(warnings(spec, nothing, lifetimes(spec, nothing, {"control": soon, "inner": later}), NOON))
    ends = "ends at 2026-12-25 12:00 UTC, in 30 days"
    successor = "name its successor in the spec, certificates.trusted.corporate"
    assert found == [
        f"trusted certificate corporate {ends}: {successor}",
        f"certificate of the IaaS control {ends}: it is renewed where it is, and not by paver",
    ]


def test_an_authoritys_end_is_warned_of_and_a_rotation_ends_the_warning(kept: Kept) -> None:
    kept.later(days=3650 - 20)
    assert [text.partition(" ends")[0] for text in told(kept) if "ended" not in text] == [
        "authority intermediate",
        "authority root",
    ]
    for _ in range(3):
        Site(kept).rotate(ROOT)
    assert [text for text in told(kept) if "authority" in text] == []


@pytest.mark.parametrize("behind", [timedelta(hours=1), timedelta(days=30)])
def test_a_clock_that_went_back_is_named_with_how_far(kept: Kept, behind: timedelta) -> None:
    kept.time -= behind
    found = told(kept)
    assert any(text.endswith(f"one of the two clocks is wrong by {spelled(behind)}") for text in found)
    assert set(kept.plan().values()) == {Action.KEEP}, "a clock alone changes nothing"


def test_a_certificate_of_a_clock_that_was_ahead_is_never_served_without_a_word(kept: Kept) -> None:
    kept.later(days=30)
    Site(kept).rotate(ROOT)
    kept.later(days=-30)
    assert told(kept)[0] == (
        "authority root (the next one) begins at 2026-12-25 11:00 UTC, in 29 days by this clock"
        " (2026-11-25 12:00 UTC): nobody accepts it before"
    )


@pytest.mark.parametrize("wrong", [timedelta(hours=-1), timedelta(hours=1)])
def test_a_clock_that_is_an_hour_off_makes_nothing_from_the_future(kept: Kept, wrong: timedelta) -> None:
    kept.time += wrong
    Site(kept).rotate(ROOT)
    kept.time -= wrong
    assert not [text for text in told(kept) if "begins at" in text]


def test_a_clock_that_is_a_month_behind_signs_nothing_with_what_begins_later(kept: Kept) -> None:
    kept.later(days=-30)
    with pytest.raises(Rejected, match="this clock says 2026-10-26"):
        Site(kept).rotate(next(want.key for want in kept.wants() if want.key.name == "web"))


def test_a_minute_between_two_clocks_is_nothing(kept: Kept) -> None:
    kept.later(seconds=-60)
    assert told(kept) == []


def test_an_environment_is_told_of_from_the_moment_at_which_it_was_to_go() -> None:
    spec, nothing = spec_of(expires="2026-11-25T12:00:00Z"), Inventory()
    assert list(warnings(spec, nothing, [], NOON - timedelta(seconds=1))) == []
    assert list(warnings(spec, nothing, [], NOON + timedelta(days=3))) == [
        "staging was to go by 2026-11-25 12:00 UTC, 3 days ago: paver destroy"
    ]
