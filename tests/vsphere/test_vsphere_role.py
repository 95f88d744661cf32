"""The role that `paver permissions` prints, told offline."""

from __future__ import annotations

from typing import Any

from example import SECTION, example

from paver_vsphere.driver import VsphereDriver

GIVEN = {"appliance": None, "zones": {zone: {"cluster": "shared"} for zone in SECTION["zones"]}}


def role(spec: dict[str, Any] | None = None, section: dict[str, Any] | None = None) -> dict[str, Any]:
    found: Any = VsphereDriver().permissions(*example(spec, section))
    return dict(found)


def test_where_paver_makes_the_vcenter_it_comes_as_its_administrator_and_needs_the_hosts_alone() -> None:
    hosts = [f"esxi-{number}.example.com" for number in (1, 2, 3)]
    assert role() == {"esxi": {"hosts": hosts, "user": "root", "role": "Administrator"}}


def test_hosts_that_are_added_to_a_vcenter_that_is_there_ask_for_both() -> None:
    found = role(None, {"appliance": None})
    assert found["esxi"]["user"] == "root"
    assert {"Host.Inventory.AddHostToCluster", "Datacenter.Create"} <= set(found["role"]["privileges"])


def test_what_is_adopted_asks_for_nothing() -> None:
    found = role(None, GIVEN)
    assert found["granted_on"] == "the root folder, propagated"
    assert "esxi" not in found
    asked = found["role"]["privileges"]
    assert {"Folder.Create", "DVSwitch.Create", "Resource.CreatePool"} <= set(asked)
    assert not [one for one in asked if one.startswith(("Datacenter.", "Host.Inventory."))]


def test_a_user_for_the_director_is_made_by_an_administrator_of_sso_only() -> None:
    assert role(None, GIVEN)["sso_groups"] == ["Administrators"]
    none = role({"credentials": {}}, GIVEN)
    assert none["sso_groups"] == []
    assert not [one for one in none["role"]["privileges"] if one.startswith("Authorization.")]


def test_groups_and_trusted_roots_ask_for_what_changes_them() -> None:
    def asked(**section: Any) -> set[str]:  # noqa: ANN401  a section's values
        return set(role({"credentials": {}}, {**GIVEN, **section})["role"]["privileges"])

    none = asked()
    assert asked(groups={r"CORP\ops": "ReadOnly"}) - none == {"Authorization.ModifyPermissions"}
    assert asked(trusted_roots=["root"]) - none == {
        "CertificateManagement.Administer",
        "CertificateManagement.Manage",
    }


def test_licences_ask_for_one_privilege() -> None:
    def asked(**section: Any) -> set[str]:  # noqa: ANN401  a section's values
        return set(role(None, {"appliance": None, **section})["role"]["privileges"])

    none = asked()
    assert asked(licences={"vcenter": "env:VCENTER_LICENCE"}) - none == {"Global.Licenses"}
    assert asked(licences={"hosts": "env:ESXI_LICENCE"}) - none == {"Global.Licenses"}


def test_each_setting_of_a_host_asks_for_its_own_privileges_and_for_the_notes() -> None:
    def asked(settings: dict[str, Any] | None) -> set[str]:
        return set(role(None, {"appliance": None, "host_settings": settings})["role"]["privileges"])

    none, note = asked(None), {"Datastore.Browse", "Datastore.FileManagement"}
    assert asked({"search_domains": ["example.com"]}) - none == note
    assert asked({"port_groups": {"vmotion": {"vlan": 30}}}) - none == note
    assert asked({"services": {"ssh": False}}) - none == {*note, "Host.Config.NetService"}
    assert asked({"ntp": ["ntp.example.com"]}) - none == {*note, "Host.Config.DateTime", "Host.Config.NetService"}
