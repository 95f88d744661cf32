"""A VLAN or a trunk, as a section writes it and as a vCenter says it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from paver_vsphere.vlans import Trunk, Vlan, ranges, vlan_of, words

VLANS: TypeAdapter[int | str] = TypeAdapter(Vlan | Trunk)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (22, 22),
        (0, 0),
        (["100-200"], "100-200"),
        ([300, "100-200"], "100-200,300"),
        (["100-200", "150-250", 251], "100-251"),
        (["7-7", "0-4094"], "0-4094"),
    ],
)
def test_ranges_are_kept_in_order_and_as_few_as_they_can_be(written: Any, kept: int | str) -> None:  # noqa: ANN401  whatever stands in a file
    assert VLANS.validate_python(written) == kept


@pytest.mark.parametrize(
    "written", [4095, -1, [], ["200-100"], ["1-4095"], [True], ["a"], ["1-2-3"], "100-200", None, {"from": 1}]
)
def test_what_no_switch_takes_is_refused(written: Any) -> None:  # noqa: ANN401  whatever stands in a file
    with pytest.raises(ValidationError):
        VLANS.validate_python(written)


def ports(**vlan: Any) -> SimpleNamespace:  # noqa: ANN401  as an API says it
    return SimpleNamespace(vlan=SimpleNamespace(**vlan))


def test_what_a_vcenter_says_reads_as_a_section_writes_it() -> None:
    spans = [SimpleNamespace(start=300, end=300), SimpleNamespace(start=100, end=200)]
    assert vlan_of(ports(vlanId=22)) == 22
    assert vlan_of(ports(vlanId=spans)) == VLANS.validate_python(["100-200", 300])
    assert vlan_of(ports(pvlanId=7)) == "private 7"
    assert vlan_of(None) == 0
    assert ranges("100-200,300") == [(100, 200), (300, 300)]


def test_people_read_words() -> None:
    said = [words(vlan) for vlan in (0, None, 22, "100-200,300", "private 7")]
    assert said == ["no VLAN", "no VLAN", "VLAN 22", "VLANs 100-200,300", "private 7"]
