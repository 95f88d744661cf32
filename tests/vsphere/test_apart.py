"""Where the jumpbox and the vCenter's own machine are kept apart: derived from the spec, offline."""

from __future__ import annotations

from typing import Any

import pytest
from example import SECTION, example

from paver.contract.resource import Key, Ref
from paver_vsphere.driver import VsphereDriver
from paver_vsphere.resources.anti_affinity import AntiAffinity

Document = dict[str, Any]
OVA: Document = {"ova": "files/jumpbox.ova", "sha256": "ab" * 32}


def asked(section: Document | None = None, spec: Document | None = None) -> AntiAffinity | None:
    found = VsphereDriver().resources(*example({"jumpbox": {}, **(spec or {})}, {"jumpbox": OVA, **(section or {})}))
    return next((want for want in found if isinstance(want, AntiAffinity)), None)


def on(*clusters: str) -> Document:
    """The example's three zones on these clusters."""
    zones = SECTION["zones"].items()
    return {"zones": {zone: {**place, "cluster": name} for (zone, place), name in zip(zones, clusters, strict=True)}}


TWO_HOSTS: Document = {
    **SECTION["zones"],
    "z1": {"cluster": "staging-z1", "hosts": ["esxi-1.example.com", "esxi-4.example.com"]},
}
IN_Z2: Document = {
    "jumpbox": {"public": True, "allow": ["198.51.100.0/24"]},
    "networks": {"management": {}, "services": {}, "workload": {}, "lb": {"zones": ["z2"]}},
}


@pytest.mark.parametrize(
    ("section", "spec", "cluster"),
    [
        pytest.param(on("one", "one", "two"), None, "z1", id="two zones of one host each"),
        pytest.param({"zones": TWO_HOSTS}, None, "z1", id="one zone of two hosts"),
        pytest.param(on("one", "one", "two"), IN_Z2, "z1", id="the jumpbox in the other zone of the cluster"),
        pytest.param(on("one", "two", "two"), None, None, id="one host"),
        pytest.param(on("one", "two", "two"), IN_Z2, None, id="the jumpbox in another cluster"),
        pytest.param({"zones": TWO_HOSTS, "jumpbox": None}, None, None, id="no jumpbox"),
        pytest.param({"zones": TWO_HOSTS, "jumpbox": None}, {"jumpbox": {"existing": True}}, None, id="one is there"),
        pytest.param({"zones": TWO_HOSTS, "appliance": None}, None, None, id="a vCenter that is there"),
    ],
)
def test_it_is_wanted_where_both_machines_are_made_in_one_cluster_of_more_than_one_host(
    section: Document, spec: Document | None, cluster: str | None
) -> None:
    want = asked(section, spec)
    assert (want is None) == (cluster is None)
    assert want is None or want.cluster == Ref(to=Key(kind="cluster", name=cluster or ""))


def test_it_is_about_what_is_certain_and_comes_after_both_machines_and_the_first_host() -> None:
    want = asked(on("one", "one", "two"))
    assert want is not None
    assert want.name == "staging-jumpbox-vcenter-7c1f0a525c"
    assert dict(want.machines) == {
        "jumpbox": Ref(to=Key(kind="machine", name="jumpbox")),
        "vcenter": Ref(to=Key(kind="appliance", name="vcenter"), output="uuid"),
    }
    assert Key(kind="host", name="esxi-1") in want.after
    assert want.serial == want.cluster
    assert (want.enabled, want.mandatory, want.note) == (True, False, "jumpbox and vCenter on different hosts")


def test_paver_must_be_allowed_no_more_for_it() -> None:
    driver = VsphereDriver()
    apart, together = (example(None, {"jumpbox": OVA, **on("one", name, "three")}) for name in ("two", "one"))
    assert driver.permissions(*apart) == driver.permissions(*together)
