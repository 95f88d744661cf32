import re
from uuid import UUID

import pytest

from paver.contract import names
from paver.contract.resource import Key
from paver.contract.types import Owner

OWNER = Owner(id=UUID("7c1f0a52-5c4e-4b7e-9a0e-2f6d3b8e91a4"), name="staging")
KEY = Key(kind="subnet", name="workload/z1")
LONGEST_ENVIRONMENT, LONGEST_NAME = "e" * 16, "n" * 15


@pytest.mark.parametrize(
    ("made", "limit", "alphabet"),
    [
        (names.name(LONGEST_ENVIRONMENT, LONGEST_NAME, limit=32), 32, r"[a-z0-9-]+"),
        (names.name(LONGEST_ENVIRONMENT, LONGEST_NAME, "65535", limit=32), 32, r"[a-z0-9-]+"),
        (names.name(LONGEST_ENVIRONMENT, LONGEST_NAME, "65535"), 63, r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?"),
        (names.global_name(LONGEST_ENVIRONMENT, OWNER.id, LONGEST_NAME), 63, r"[a-z0-9][a-z0-9.-]+[a-z0-9]"),
        (names.folded_name(LONGEST_ENVIRONMENT, OWNER.id), 24, r"[a-z0-9]{3,24}"),
    ],
)
def test_the_longest_names_fit_their_limits(made: str, limit: int, alphabet: str) -> None:
    assert len(made) <= limit
    assert re.fullmatch(alphabet, made)


def test_two_names_that_are_cut_stay_two() -> None:
    assert names.fit("a" * 40 + "x", 32) != names.fit("a" * 40 + "y", 32)
    assert names.fit("short", 32) == "short"


def test_marks_are_read_back_as_they_were_written() -> None:
    assert names.read_marks(names.marks(OWNER, KEY)) == (OWNER, KEY)
    assert names.read_marks(names.marks(OWNER, KEY, slash="_"), slash="_") == (OWNER, KEY)
    assert names.read_marker(f"by hand; {names.marker(OWNER, KEY)}") == (OWNER, KEY)


@pytest.mark.parametrize(
    "text",
    [None, "", "paver owner=x environment=staging key=subnet/a", "paver owner=7c1f0a52-5c4e-4b7e-9a0e-2f6d3b8e91a4"],
)
def test_a_description_that_says_nothing_of_ours_is_nobodys(text: str | None) -> None:
    assert names.read_marker(text) is None


def test_tags_that_lack_one_of_three_are_nobodys() -> None:
    marks = names.marks(OWNER, KEY)
    for missing in marks:
        assert names.read_marks({name: value for name, value in marks.items() if name != missing}) is None


def test_the_marker_fits_where_descriptions_are_short() -> None:
    longest = Key(kind="internet-gateway", name="n" * 15 + "/65535")
    assert len(names.marker(Owner(id=OWNER.id, name=LONGEST_ENVIRONMENT), longest)) <= 200
