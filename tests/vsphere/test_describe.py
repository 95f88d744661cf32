"""The document's part that the driver knows, from an inventory as it would be found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from example import SECTION, example

from paver.contract.errors import Rejected
from paver.contract.resource import Desired, Inventory, Key, Observed, Proof
from paver_vsphere.driver import VsphereDriver
from paver_vsphere.environment import VsphereDatastore, VsphereSubnet, VsphereTop, VsphereZonePlace

EXPECTED: dict[str, Any] = json.loads((Path(__file__).parent / "described.json").read_text())
INSTANCE = EXPECTED["target"]["id"]
HOST = {"id": "4c4c4544-0000-2010-8020-80c04f202020", "host": "esxi-1.example.com"}
OUTPUTS: dict[str, dict[str, Any]] = {
    "appliance/vcenter": {"ca": "-----BEGIN CERTIFICATE-----\n"},
    "datacenter/staging": {"name": "staging", "instance": INSTANCE},
    "machine/jumpbox": {"host_key": "ssh-ed25519 AAAA"},
    "folder/vms": {"path": "staging/vms"},
    "folder/templates": {"path": "staging/templates"},
    "user/bosh-cpi": {"principal": "staging-bosh-cpi-7c1f0a525c@vsphere.local"},
}


def inventory(wanted: list[Desired], *, without: str = "") -> Inventory:
    items = [
        Observed(
            kind=want.key.kind,
            id=str(want.key),
            key=want.key,
            owner=None,
            proof=Proof.MARK,
            actual={"vlan": getattr(want, "vlan", 0)},
            outputs={"name": want.name, **OUTPUTS.get(str(want.key), {})},
        )
        for want in wanted
        if str(want.key) != without
    ]
    return Inventory(items=tuple(items))


def described(section: dict[str, Any] | None = None, *, without: str = "") -> dict[str, Any]:
    driver, (spec, settings) = VsphereDriver(), example(None, section)
    seen = inventory(list(driver.resources(spec, settings)), without=without)
    return driver.describe(spec, settings, seen, HOST).model_dump(mode="json")


@pytest.mark.parametrize("part", ["target", "zones", "networks", "datastores", "load_balancers", "services", "driver"])
def test_the_example_is_described_as_its_document_says(part: str) -> None:
    assert described()[part] == EXPECTED[part]


def test_principals_are_the_sso_user_and_the_names_that_the_platform_will_use() -> None:
    assert {name: one["principal"] for name, one in described()["principals"].items()} == EXPECTED["principals"]


def test_the_vcenters_own_root_is_trusted() -> None:
    assert described()["trusted"] == {"iaas": "-----BEGIN CERTIFICATE-----\n"}


def test_without_an_ova_there_is_no_jumpbox() -> None:
    assert described()["jumpbox"] is None


def test_a_jumpbox_is_described_as_on_every_iaas() -> None:
    ova = {"ova": "files/jumpbox.ova", "sha256": "ab" * 32, "user": "operator"}
    assert described({"jumpbox": ova})["jumpbox"] == {
        "host": "jumpbox.staging.example.com",
        "address": "10.20.32.5",
        "public_address": None,
        "zone": "z1",
        "port": 22,
        "user": "operator",
        "host_key": "ssh-ed25519 AAAA",
        "key": {"store": "file", "path": "secrets/vsphere/jumpbox", "key": "private_key", "version": None},
        "driver": {"vm": "staging-jumpbox"},
    }


def test_a_jumpbox_that_is_kept_off_the_vcenters_host_tells_the_rule() -> None:
    ova = {"ova": "files/jumpbox.ova", "sha256": "ab" * 32}
    zones = {name: {**zone, "cluster": "one"} for name, zone in SECTION["zones"].items()}
    found = described({"jumpbox": ova, "zones": zones})["jumpbox"]
    assert found["driver"] == {"vm": "staging-jumpbox", "drs_rule": "staging-jumpbox-vcenter-7c1f0a525c"}


def test_a_vcenter_that_exists_has_no_address_of_ours_and_the_systems_roots() -> None:
    found = described({"appliance": None})
    assert found["driver"]["vcenter_address"] is None
    assert found["services"]["iaas"]["ca"] is None
    assert found["trusted"] == {}


def test_zones_on_one_cluster_do_not_hide_it() -> None:
    zones = {name: {**zone, "cluster": "one"} for name, zone in SECTION["zones"].items()}
    zone = described({"zones": zones})["zones"]["z2"]
    assert zone["fault_domain"] == "one"
    assert zone["shares_fate_with"] == ["z1", "z3"]
    assert zone["driver"] == {"cluster": "one", "resource_pool": "staging-z2"}


def grouped(*rules: str | None) -> dict[str, Any]:
    """All zones on one cluster, each a host group by its rule, or without one."""
    zones = {
        name: {**zone, "cluster": "one", **({"host_group": {"rule": rule}} if rule else {})}
        for (name, zone), rule in zip(SECTION["zones"].items(), rules, strict=True)
    }
    for number in (1, 2, 3):
        OUTPUTS[f"host-group/z{number}"] = {"hosts": f"HostSystem:host-{number}"}
    found: dict[str, Any] = described({"zones": zones})["zones"]
    return found


def test_host_groups_by_a_rule_that_is_kept_are_fault_domains_of_their_own() -> None:
    zones = grouped("must", "must", "must")
    name = "staging-z1-7c1f0a525c"
    assert [zone["shares_fate_with"] for zone in zones.values()] == [[], [], []]
    assert zones["z1"]["fault_domain"] == f"one/{name}"
    assert zones["z1"]["driver"] == {
        "cluster": "one",
        "resource_pool": "staging-z1",
        "host_group": name,
        "drs_rule": "MUST",
    }


def test_a_zone_without_a_group_or_with_a_rule_that_may_be_broken_shares_the_fate_of_its_clusters_others() -> None:
    zones = grouped("must", "should", None)
    assert {name: zone["shares_fate_with"] for name, zone in zones.items()} == {
        "z1": ["z2", "z3"],
        "z2": ["z1", "z3"],
        "z3": ["z1", "z2"],
    }
    assert [zone["fault_domain"] for zone in zones.values()] == ["one/staging-z1-7c1f0a525c", "one", "one"]
    assert zones["z2"]["driver"]["drs_rule"] == "SHOULD"
    assert "host_group" not in zones["z3"]["driver"]


def test_groups_with_a_host_in_common_share_its_fate() -> None:
    grouped("must", "must", "must")
    OUTPUTS["host-group/z2"] = {"hosts": "HostSystem:host-1 HostSystem:host-2"}
    zones = {name: {**zone, "cluster": "one", "host_group": {}} for name, zone in SECTION["zones"].items()}
    found = described({"zones": zones})["zones"]
    assert [zone["shares_fate_with"] for zone in found.values()] == [["z2"], ["z1"], []]


def test_a_port_other_than_https_stands_in_the_url() -> None:
    assert described({"port": 8443})["services"]["iaas"]["url"] == "https://vcenter.staging.example.com:8443"


def test_a_gateway_of_the_sites_is_the_subnets_and_reserved() -> None:
    subnet = described({"gateways": {"workload": "10.20.127.253"}})["networks"]["workload"]["subnets"]["workload"]
    assert subnet["gateway"] == "10.20.127.253"
    assert any(part.startswith("10.20.127.253") for part in subnet["reserved"])


def test_sections_of_the_document_are_the_drivers_types() -> None:
    found = described()
    VsphereTop.model_validate(found["driver"])
    for zone in found["zones"].values():
        VsphereZonePlace.model_validate(zone["driver"])
    for network in found["networks"].values():
        for subnet in network["subnets"].values():
            VsphereSubnet.model_validate(subnet["driver"])
    for store in found["datastores"].values():
        VsphereDatastore.model_validate(store["driver"])


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(Rejected, match=str(Key(kind="port-group", name="lb"))):
        described(without="port-group/lb")
