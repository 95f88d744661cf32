"""Names and marks: what proves whose a thing is."""

from __future__ import annotations

from uuid import UUID

import pytest

from paver.contract.names import marker
from paver.contract.resource import Key
from paver.contract.types import Owner
from paver_gcp import marks

OWNER = Owner(id=UUID("7c1f0a52-5c4e-4b7e-9a0e-2f6d3b8e91a4"), name="staging")
OTHER = Owner(id=UUID("3f0c7d0e-8a54-4a53-9d1b-0c6a2d9f4e17"), name="staging")
SUBNET = Key(kind="subnet", name="workload")


@pytest.mark.parametrize(
    ("description", "name", "why"),
    [
        (marker(OTHER, SUBNET), "staging-workload", "another owner's"),
        (marker(OWNER, SUBNET), "staging-workload-copy", "a copy under another name"),
        (marker(OWNER, Key(kind="router", name="staging")), "staging-workload", "of another kind"),
        ("environment=staging key=subnet/workload", "staging-workload", "without an owner"),
        (None, "staging-workload", "without a description"),
    ],
)
def test_nothing_but_mark_and_name_together_make_a_thing_ours(description: str | None, name: str, why: str) -> None:
    assert marks.claim(marker(OWNER, SUBNET), "staging-workload", OWNER, "subnet") == SUBNET
    assert marks.claim(description, name, OWNER, "subnet") is None, why


def test_a_network_called_like_its_environment_has_a_subnet_of_its_own_name() -> None:
    assert marks.implied("staging", Key(kind="network", name="staging")) == "staging"
    assert marks.implied("staging", Key(kind="subnet", name="staging")) == "staging-staging"


def test_labels_of_others_stay_and_those_that_the_spec_had_go() -> None:
    first = marks.labels(OWNER, SUBNET, {"team": "a", "cost": "1"}, {"goog-x": "y"})
    assert marks.shown(first, OWNER, SUBNET) == {"team": "a", "cost": "1"}
    second = marks.labels(OWNER, SUBNET, {"team": "b"}, first)
    assert (second["team"], second["goog-x"], "cost" in second) == ("b", "y", False)
    third = marks.labels(OWNER, SUBNET, {}, second)
    assert {name for name in third if not name.startswith("paver-")} == {"goog-x"}
    assert marks.LABELS not in third


def test_a_thing_that_lost_its_marks_differs_from_whatever_is_wanted() -> None:
    assert marks.shown({}, OWNER, SUBNET) != {}
    assert marks.shown(marks.labels(OWNER, SUBNET, {}, {}), OWNER, SUBNET) == {}


def test_a_mark_fits_where_google_has_little_room() -> None:
    longest = Owner(id=OWNER.id, name="sixteen-letters1")
    key = Key(kind="service-account-key", name="fifteen-letters")
    assert len(f"{marker(longest, key)} confirmed={'0' * 40}".encode()) <= 256
    assert len(marker(longest, key)) <= 120
