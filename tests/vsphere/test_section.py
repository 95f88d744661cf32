"""What a section must fit in, found offline and all at once."""

from __future__ import annotations

from typing import Any

import pytest
from example import SECTION, example
from pydantic import ValidationError

from paver_vsphere.driver import VsphereDriver

Z = SECTION["zones"]
NFS = {"nfs": "nas.example.com:/staging/vms"}


def problems(spec: dict[str, Any] | None = None, section: dict[str, Any] | None = None) -> dict[str, str]:
    """Messages by path; a path may have several."""
    found: dict[str, str] = {}
    for path, message in VsphereDriver().problems(*example(spec, section)):
        place = ".".join(map(str, path)).removeprefix("iaas.vsphere.")
        found[place] = f"{found.get(place, '')}{message}; "
    return found


def test_the_example_has_none() -> None:
    assert problems() == {}


def test_a_vcenter_that_exists_needs_neither_hosts_nor_their_passwords() -> None:
    given = {zone: {"cluster": "shared"} for zone in Z}
    assert problems(None, {"appliance": None, "esxi_password": None, "known_hosts": None, "zones": given}) == {}


@pytest.mark.parametrize(
    ("section", "path", "word"),
    [
        ({"esxi_password": None}, "esxi_password", "env:ESXI_PASSWORD"),
        ({"known_hosts": None}, "known_hosts", "thumbprints"),
        ({"zones": {zone: {"cluster": "c"} for zone in Z}}, "appliance", "ESXi host"),
        ({"zones": {**Z, "z2": Z["z1"]}}, "zones.z2.hosts.0", "is in zone z1 already"),
        ({"appliance": {**SECTION["appliance"], "iso": "files/vcenter.iso"}}, "appliance", "one of the two"),
        ({"appliance": {**SECTION["appliance"], "ova": None}}, "appliance", "one of the two"),
        ({"uplinks": ["vmnic1", "vmnic1"]}, "uplinks", "once"),
        ({"host_settings": {}}, "host_settings", "nothing is set"),
        (
            {"zones": {**Z, "z3": {"cluster": "there", "host_group": {"rule": "must"}}}},
            "zones.z3.host_group",
            "a group of which hosts?",
        ),
        (
            {"zones": {**Z, "z2": {**Z["z2"], "host_group": {"existing": "rack-2"}}}},
            "zones.z2.host_group.existing",
            "no group is there yet",
        ),
        (
            {
                "zones": {
                    "z1": Z["z1"],
                    "z2": {"cluster": "there", "host_group": {"existing": "rack"}},
                    "z3": {"cluster": "there", "host_group": {"existing": "rack"}},
                }
            },
            "zones.z3.host_group.existing",
            "zone z2's already",
        ),
        (
            {"appliance": None, "zones": {zone: {"cluster": "c"} for zone in Z}, "host_settings": {"ntp": ["a"]}},
            "host_settings",
            "give a zone its hosts",
        ),
        (
            {"host_settings": {"port_groups": {"staging-services": {"vlan": 1}}}},
            "host_settings.port_groups.staging-services",
            "choose another",
        ),
        ({"host_settings": {"ntp": ["a"], "services": {"ntpd": False}}}, "host_settings.services.ntpd", "let it run"),
        ({"vlans": {**SECTION["vlans"], "nets": 4}}, "vlans.nets", "none of"),
        ({"vlans": {"management": 20}}, "vlans", "has no VLAN"),
        ({"vlans": {**SECTION["vlans"], "management": ["1-9"]}}, "vlans.management", "give one VLAN"),
        ({"security": {"nets": {"promiscuous": True}}}, "security.nets", "none of"),
        ({"port_groups": {"nets": "dmz"}}, "port_groups.nets", "none of"),
        ({"port_groups": {"lb": "dmz"}}, "port_groups.lb", "existing: true"),
        ({"switch": "core"}, "switch", "is on no switch yet"),
        ({"switch": "core"}, "uplinks", "core is there already"),
        ({"switch": "core", "mtu": 9000}, "mtu", "leave mtu out"),
        ({"datastores": {"vms": NFS}}, "datastores", "disks is nowhere"),
        ({"datastores": {**SECTION["datastores"], "spare": NFS}}, "datastores.spare", "none of"),
        ({"datastores": {**SECTION["datastores"], "blobs": {"existing": "b"}}}, "datastores.blobs", "none of"),
        ({"datastores": {"vms": NFS, "disks": {}}}, "datastores.disks", "one of the two"),
        ({"datastores": {"vms": NFS, "disks": {**NFS, "existing": "b"}}}, "datastores.disks", "one of the two"),
        ({"datastores": {"vms": NFS, "disks": {"existing": "b"}}}, "datastores.disks", "not existing: give nfs"),
        ({"datastores": {"vms": NFS, "disks": NFS}}, "datastores.disks", "is vms's already"),
        (
            {"datastores": {"vms": {**NFS, "host": "esxi-1.example.com"}, "disks": NFS}},
            "datastores.vms.host",
            "existing",
        ),
        (
            {"datastores": {"vms": NFS, "disks": {"existing": "b", "nfs_version": "4.1"}}},
            "datastores.disks.nfs_version",
            "nfs",
        ),
        (
            {"datastores": {"vms": NFS, "disks": {"existing": "b", "host": "esxi-9"}}},
            "datastores.disks.host",
            "none of",
        ),
        (
            {
                "datastores": {"vms": NFS, "disks": {"existing": "b", "host": "esxi-2.example.com"}},
                "appliance": {**SECTION["appliance"], "datastore": "disks"},
            },
            "datastores.disks.host",
            "the appliance goes on esxi-1.example.com",
        ),
        (
            {"datastores": {"vms": {"existing": "b", "host": "esxi-2.example.com"}, "disks": NFS}},
            "datastores.vms.host",
            "the appliance goes on esxi-1.example.com",
        ),
        ({"appliance": {**SECTION["appliance"], "datastore": "blobs"}}, "appliance.datastore", "none of"),
        (
            {"groups": {r"VSPHERE.LOCAL\ops": "ReadOnly", r"vsphere.local\OPS": "View"}},
            r"groups.vsphere.local\OPS",
            r"VSPHERE.LOCAL\ops is the same group",
        ),
        ({"groups": {r"CORP\ops": "ReadOnly"}}, r"groups.CORP\ops", "the groups of vsphere.local alone"),
        ({"licences": {}}, "licences", "nothing is assigned"),
        ({"licences": {"vcenter": "env:KEY", "hosts": "env:KEY"}}, "licences.hosts", "licences of their own"),
        (
            {
                "appliance": None,
                "zones": {zone: {"cluster": "shared"} for zone in Z},
                "licences": {"hosts": "env:KEY"},
                "uplinks": [],
            },
            "licences.hosts",
            "only hosts that paver adds",
        ),
        ({"trusted_roots": ["root", "nowhere"]}, "trusted_roots.1", "nowhere is none of"),
        ({"trusted_roots": ["intermediate"]}, "trusted_roots.0", "no root: name root"),
        (
            {"appliance": {**SECTION["appliance"], "machine_certificate": "nowhere"}},
            "appliance.machine_certificate",
            "nowhere is none of",
        ),
    ],
)
def test_what_does_not_fit_is_told_by_its_path(section: dict[str, Any], path: str, word: str) -> None:
    found = problems(None, section)
    assert word in found.get(path, ""), found


def test_an_adopted_datastore_of_the_spec_names_the_one_that_is_there() -> None:
    stores = {"vms": {"purpose": "ephemeral"}, "disks": {"purpose": "persistent", "existing": True}}
    spec = {"datastores": stores, "credentials": {"bosh-cpi": {"allows": "bosh-cpi"}}}
    assert "give existing" in problems(spec)["datastores.disks"]
    assert problems(spec, {"datastores": {"vms": NFS, "disks": {"existing": "san-1"}}}) == {}


@pytest.mark.parametrize(
    ("names", "word"),
    [
        (["vcenter"], ""),
        (["vcenter.staging.example.com"], ""),
        (["*.staging.example.com"], ""),
        (["concourse"], "is not for vcenter.staging.example.com"),
        (["*.example.com"], "is not for vcenter.staging.example.com"),
    ],
)
def test_a_machine_certificate_is_for_the_vcenters_name(names: list[str], word: str) -> None:
    section = {"appliance": {**SECTION["appliance"], "machine_certificate": "vc"}}
    found = problems({"certificates": {"leaves": {"vc": {"names": names}}}}, section)
    assert (word in found["appliance.machine_certificate"]) if word else found == {}


def test_an_adopted_network_of_the_spec_names_what_is_there() -> None:
    spec = {"networks": {name: {"existing": name in {"lb", "workload"}} for name in SECTION["vlans"]}}
    assert "lb is existing: name its port group" in problems(spec)["port_groups"]
    assert problems(spec, {"port_groups": {"lb": "dmz", "workload": "apps"}}) == {}
    twice = problems(spec, {"port_groups": {"lb": "dmz", "workload": "dmz"}})
    assert "is lb's already" in twice["port_groups.workload"]
    theirs = {"port_groups": {"lb": "dmz", "workload": "apps"}, "security": {"lb": {"promiscuous": True}}}
    assert "its policy is its owner's" in problems(spec, theirs)["security.lb"]


def test_where_every_network_is_adopted_nothing_is_said_of_a_switch() -> None:
    spec = {"networks": {name: {"existing": True} for name in SECTION["vlans"]}}
    section = {"port_groups": {name: f"site-{name}" for name in SECTION["vlans"]}, "vlans": {}}
    assert "every network is existing: leave uplinks out" in problems(spec, section)["uplinks"]
    assert problems(spec, {**section, "uplinks": []}) == {}


def test_the_folders_of_every_environment_are_no_environments_names() -> None:
    assert "folder" in problems({"name": "vms"})["name"]


@pytest.mark.parametrize(
    "section",
    [
        {"password": "hunter2"},
        {"user": "administrator"},
        {"datacenter": "a/b"},
        {"datacenter": "x" * 80},
        {"vlans": {"management": 4095}},
        {"vlans": {"management": []}},
        {"vlans": {"management": ["200-100"]}},
        {"mtu": 1279},
        {"mtu": 9191},
        {"security": {"lb": {"spoofing": True}}},
        {"port_groups": {"lb": "a/b"}},
        {"switch": ""},
        {"host_settings": {"ntp": []}},
        {"zones": {**Z, "z1": {**Z["z1"], "host_group": {"rule": "may"}}}},
        {"host_settings": {"ntp": ["ntp.example.com", "ntp.example.com"]}},
        {"host_settings": {"ntp": ["not a host"]}},
        {"host_settings": {"dns_servers": ["ns.example.com"]}},
        {"host_settings": {"dns_servers": ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"]}},
        {"host_settings": {"services": {"telnet": True}}},
        {"host_settings": {"lockdown": True}},
        {"host_settings": {"port_groups": {"vmotion": {}}}},
        {"host_settings": {"port_groups": {"vmotion": {"vlan": 4096}}}},
        {"host_settings": {"port_groups": {"a/b": {"vlan": 1}}}},
        {"datastores": {"vms": {"nfs": "nas.example.com"}}},
        {"datastores": {"vms": {**NFS, "nfs_version": "4"}}},
        {"zones": {"z5": {"cluster": "c"}}},
        {"groups": {"operators@vsphere.local": "ReadOnly"}},
        {"groups": {r"VSPHERE.LOCAL\operators": ""}},
        {"trusted_roots": ["root", "root"]},
        {"licences": {"vcenter": "hunter2"}},
        {"licences": {"hosts": "hunter2"}},
        {"licences": {"clusters": "env:KEY"}},
        {"insecure": True},
    ],
)
def test_a_value_that_no_vcenter_takes_is_refused_and_no_secret_is_repeated(section: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        example(None, section)
    assert "hunter2" not in str(caught.value)


def test_files_start_at_the_spec() -> None:
    _, settings = example()
    assert settings.known_hosts == "/site/certs/esxi.known_hosts"
    assert settings.appliance is not None
    assert settings.appliance.ova == "/site/files/vcenter.ova"
