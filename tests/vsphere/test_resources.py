"""What the vSphere driver wants: derived offline, the same every time, without the SDK."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from example import SECTION, SPEC, example

from paver.contract.resource import Desired, Key, Ref, references
from paver.engine.order import ordered
from paver.kept.wanted import wanted as kept
from paver_vsphere.driver import VsphereDriver
from paver_vsphere.permissions import CLUSTERS, LEVELS

ON_THE_FIRST_HOST = ["host-register/esxi", "bootstrap-network/appliance", "datastore-mount/vms", "appliance/vcenter"]
IN_THE_VCENTER = [
    "attribute/labels",
    "attribute/register",
    "register/vcenter",
    "datacenter/staging",
    "cluster/z1",
    "host/esxi-1",
    "resource-pool/z1",
    "cluster/z2",
    "host/esxi-2",
    "resource-pool/z2",
    "cluster/z3",
    "host/esxi-3",
    "resource-pool/z3",
    "switch/staging",
    "port-group/management",
    "port-group/services",
    "port-group/workload",
    "port-group/lb",
    "datastore/vms",
    "datastore/disks",
    "folder/staging",
    "folder/vms",
    "folder/templates",
    "role/root",
    "role/datacenter",
    "role/objects",
    "user/bosh-cpi",
    "permission/bosh-cpi/root",
    "permission/bosh-cpi/datacenter/staging",
    "permission/bosh-cpi/folder/staging",
    "permission/bosh-cpi/resource-pool/z1",
    "permission/bosh-cpi/resource-pool/z2",
    "permission/bosh-cpi/resource-pool/z3",
    "permission/bosh-cpi/datastore/vms",
    "permission/bosh-cpi/datastore/disks",
    "register-ids/vcenter",
]


def resources(spec: dict[str, Any] | None = None, section: dict[str, Any] | None = None) -> dict[str, Desired]:
    found = VsphereDriver().resources(*example(spec, section))
    assert len({want.key for want in found}) == len(found)
    return {str(want.key): want for want in found}


def test_bare_hosts_first_then_the_vcenter() -> None:
    found = resources()
    assert list(found) == ON_THE_FIRST_HOST + IN_THE_VCENTER
    vcenter = Key(kind="appliance", name="vcenter")
    assert {str(want.key) for want in found.values() if want.scope == vcenter} == set(IN_THE_VCENTER)
    assert {str(want.key) for want in found.values() if want.scope is None} == set(ON_THE_FIRST_HOST)


def test_the_same_spec_gives_the_same_resources() -> None:
    driver = VsphereDriver()
    assert driver.resources(*example()) == driver.resources(*example())


def test_everything_can_be_ordered_with_what_the_secret_store_makes() -> None:
    spec, settings = example()
    ordered([*VsphereDriver().resources(spec, settings), *kept(spec, shown=(), jumpbox=False)])


def test_without_an_appliance_the_vcenter_is_the_first_session() -> None:
    found = resources(None, {"appliance": None})
    assert list(found) == IN_THE_VCENTER
    assert {want.scope for want in found.values()} == {None}


def test_clusters_without_hosts_are_adopted_and_their_hosts_take_part() -> None:
    zones = {zone: {"cluster": "shared"} for zone in SECTION["zones"]}
    found = resources(None, {"appliance": None, "zones": zones})
    assert [key for key in found if key.startswith(("host/", "cluster/"))] == ["cluster/z1"]
    assert found["cluster/z1"].adopt == "shared"
    assert found["datacenter/staging"].adopt == "staging"
    hosts = {"cluster-z1": Ref(to=Key(kind="cluster", name="z1"), output="hosts")}
    assert found["switch/staging"].hosts == hosts  # type: ignore[attr-defined]  # a Switch
    assert found["datastore/vms"].hosts == hosts  # type: ignore[attr-defined]  # a Datastore


def test_zones_that_share_a_cluster_have_pools_of_their_own() -> None:
    zones = {
        "z1": {"cluster": "c", "hosts": ["esxi-1.example.com"]},
        "z2": {"cluster": "c", "hosts": ["esxi-2.example.com"]},
        "z3": {"cluster": "d", "hosts": ["esxi-3.example.com"]},
    }
    found = resources(None, {"zones": zones})
    assert [key for key in found if key.startswith("cluster/")] == ["cluster/z1", "cluster/z3"]
    assert [found[f"resource-pool/{zone}"].name for zone in zones] == ["staging-z1", "staging-z2", "staging"]


@pytest.mark.parametrize(
    ("hosts", "keys"),
    [
        (("esxi-1.a.example.com", "esxi-1.b.example.com"), ["esxi-1-a-example-com", "esxi-1-b-example-com"]),
        (("10.0.0.1", "10.0.0.2"), ["10-0-0-1", "10-0-0-2"]),
        (("127.0.0.1:8444", "127.0.0.1:8445"), ["127-0-0-1-8444", "127-0-0-1-8445"]),
    ],
)
def test_no_two_hosts_share_a_key(hosts: tuple[str, str], keys: list[str]) -> None:
    zones = {"z1": {"cluster": "c", "hosts": list(hosts)}}
    found = resources({"zones": 1}, {"zones": zones})
    assert [key.removeprefix("host/") for key in found if key.startswith("host/")] == keys


def test_names_that_the_vcenter_shares_end_in_the_owners_digits() -> None:
    found = resources()
    assert found["user/bosh-cpi"].name == "staging-bosh-cpi-7c1f0a525c"
    assert found["role/objects"].name == "staging-objects-7c1f0a525c"


def test_a_name_is_claimed_before_whatever_takes_no_mark_in_its_create_call_is_made() -> None:
    found = resources()
    claims = found["register/vcenter"].names  # type: ignore[attr-defined]  # a Register
    assert claims["folder/vms"] == "vms"
    assert claims["datastore-mount/vms"] == "staging-vms"
    for text in claims:
        if not text.startswith("datastore-mount/"):
            assert Key(kind="register", name="vcenter") in found[text].after
            assert Key(kind="attribute", name="register") in found[text].after


def test_ids_are_noted_once_everything_that_was_claimed_is_there() -> None:
    found = resources()
    claims = found["register/vcenter"].names  # type: ignore[attr-defined]  # a Register
    made = {text for text in claims if not text.startswith("datastore-mount/")}
    notes = found["register-ids/vcenter"]
    assert set(notes.keys) == made  # type: ignore[attr-defined]  # a RegisterIds
    assert {str(key) for key in notes.after} == {*made, "register/vcenter"}


def test_port_groups_change_one_at_a_time() -> None:
    serial = {str(want.serial) for key, want in resources().items() if key.startswith("port-group/")}
    assert len(serial) == 1
    assert "switch" in serial.pop()


def test_labels_go_into_one_attribute() -> None:
    found = resources()
    assert found["folder/vms"].labels == "team=platform,cost-centre=4711"  # type: ignore[attr-defined]  # an Entity


def test_without_labels_there_is_no_attribute_for_them() -> None:
    assert "attribute/labels" not in resources({"labels": {}})


def test_the_users_password_is_made_before_the_user() -> None:
    assert Ref(to=Key(kind="credential", name="bosh-cpi"), output="version") in references(resources()["user/bosh-cpi"])


def test_an_object_role_repeats_what_it_would_hide() -> None:
    assert set(LEVELS["datacenter"]) < set(LEVELS["objects"])
    assert set(LEVELS["datacenter"]) < set(LEVELS[CLUSTERS])
    assert len({name for level, names in LEVELS.items() if level != CLUSTERS for name in names}) == 75


def test_the_role_on_clusters_is_there_only_where_a_zone_is_a_host_group() -> None:
    grouped = {"zones": {**SECTION["zones"], "z2": {**SECTION["zones"]["z2"], "host_group": {}}}}
    more = set(resources(None, grouped)) - set(resources())
    assert more == {"host-group/z2", "role/clusters", "permission/bosh-cpi/cluster/z2"}


def test_nothing_refers_to_what_is_not_wanted() -> None:
    found = resources()
    referred = {str(ref.to) for want in found.values() for ref in references(want)}
    assert referred - set(found) == {"credential/bosh-cpi"}, "core makes the credentials"


def test_a_spec_without_a_director_has_no_service_user() -> None:
    found = resources({"credentials": {"blobstore": {"allows": "blobstore", "datastore": "blobs"}}})
    assert not [key for key in found if key.startswith(("role/", "user/", "permission/"))]


def test_the_driver_loads_no_sdk() -> None:
    code = (
        "import sys, paver_vsphere.driver as d, paver_vsphere.environment, paver_vsphere.settings; d.VsphereDriver();"
        "sys.exit(any(name.split('.')[0] in ('pyVmomi', 'pyVim') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_template_says_what_only_a_person_knows() -> None:
    text = VsphereDriver().template(("z1", "z2"))
    assert text.startswith("vsphere:\n")
    assert text.count("FILL IN") >= 5
    assert "z2:" in text
    assert SPEC["name"] not in text
