"""Where the section and the spec do not fit together: the place, and the words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from papers import ROOT, both, loaded

from paver.contract.errors import SpecError

HUB = f"{ROOT}/resourceGroups/hub/providers/Microsoft.Network"
ELSEWHERE = HUB.replace("0f8fad5b", "1f8fad5b")
KEY = "ssh-ed25519 AAAAC3Nza"
WHO = {"client_id": ROOT[-36:], "object_id": ROOT[-36:]}


@pytest.mark.parametrize(
    ("section", "parts", "said"),
    [
        ({"cloud": "AzureStack"}, {}, "endpoint: AzureStack is the site's own"),
        ({"client": ROOT[-36:]}, {}, "client_secret: client and client_secret go together"),
        ({"zones": {"z1": "1", "z2": "1", "z3": "3"}}, {}, "zones.z2: 1 is z1 already"),
        ({"zones": None}, {}, "redundancy: Standard_ZRS wants zones"),
        ({"availability_set": True}, {}, "a machine is in a zone or in a set"),
        ({"zones": None, "redundancy": "Standard_LRS", "nat_zone": "1"}, {}, "nat_zone: the section has no zones"),
        ({}, {"networks": {"workload": {"existing": True}}}, "virtual_network: workload is there already"),
        ({"subnets": {"workload": "w"}}, {}, "subnets.workload: workload is none of"),
        ({"next_hops": {"lb": "10.1.0.4"}}, {}, "next_hops.lb: lb has egress direct"),
        ({"next_hops": {"nowhere": "10.1.0.4"}}, {}, "next_hops.nowhere: nowhere is none of"),
        ({}, {"dns": {"existing": True}}, "private_zone: staging.example.com is there already"),
        ({"private_zone": f"{HUB}/privateDnsZones/staging.example.com"}, {}, "the spec's zone is not existing"),
        (
            {"private_zone": f"{HUB}/privateDnsZones/other.example.com"},
            {"dns": {"existing": True}},
            "it is other.example.com",
        ),
        ({"virtual_network": f"{ELSEWHERE}/virtualNetworks/hub"}, {}, "it is in another subscription"),
        ({}, {"jumpbox": {"existing": True, "public": False}}, "ssh_public_key: the jumpbox is there already"),
        ({"ssh_public_key": KEY}, {}, "paver makes the jumpbox and its key"),
        ({"service_principals": {"registry": WHO}}, {}, "registry is none of"),
        ({"tags": {"microsoft-x": "1"}}, {}, "tags of that name are Azure's own"),
        ({"tags": {"Team": "1"}}, {}, "it is one of the spec's labels already"),
        ({}, {"load_balancers": {"subnet-lb": {"ports": [80]}}}, "the rules of network lb have that name"),
        ({}, {"datastores": {"bb": {"purpose": "object"}}}, "a container's name has 3 characters"),
        ({"location": "West Europe"}, {}, "location"),
        ({"subscription": "mine"}, {}, "subscription"),
        ({"endpoint": "http://arm.example.com"}, {}, "endpoint"),
    ],
)
def test_a_mistake_is_refused_with_its_place(
    tmp_path: Path, section: dict[str, Any], parts: dict[str, Any], said: str
) -> None:
    with pytest.raises(SpecError) as refused:
        loaded(tmp_path, section, **parts)
    assert said in " ".join(refused.value.messages)


def test_the_section_of_these_tests_is_right(tmp_path: Path) -> None:
    loaded(tmp_path)
    loaded(
        tmp_path,
        {"virtual_network": f"{HUB}/virtualNetworks/hub", "subnets": {"workload": "w"}},
        networks={"workload": {"existing": True}},
    )


def test_a_public_key_is_taken_as_it_is_written_and_its_comment_is_not_kept(tmp_path: Path) -> None:
    section = {"ssh_public_key": "ssh-ed25519 AAAAC3Nz me@laptop"}
    _, settings = both(tmp_path, section, jumpbox={"existing": True, "public": False, "allow": None})
    assert settings.ssh_public_key == "ssh-ed25519 AAAAC3Nz"
