"""On a vCenter that is there: what paver finds it adopts or leaves alone, what it makes it takes away."""

from __future__ import annotations

from pathlib import Path

import pytest
from environments import Environment, census, multiset
from recorded import unchanged
from sandboxes import Sandboxed
from tenants import on_a_host, on_clusters, tenant

from paver.contract.errors import PreflightFailed
from paver.engine.plan import Action
from paver_vsphere.sdk import vim

pytestmark = pytest.mark.sandbox


def test_clusters_and_datastores_are_adopted_and_stay_as_they_were(
    stage: Sandboxed, first: Environment, ca: Path
) -> None:
    before = census(stage)
    second = tenant(stage, "second", on_clusters("second", ca))
    plan = second.plan()
    adopted = {str(step.key) for step in plan if step.action is Action.ADOPT}
    assert adopted == {"datacenter/second", "cluster/z1", "cluster/z2", "datastore/vms", "datastore/disks"}
    document = second.pave()
    assert {name: zone.fault_domain for name, zone in document.zones.items()} == {
        "z1": "sandbox-z1",
        "z2": "sandbox-z2",
    }
    more = multiset(census(stage)["vcenter"]) - multiset(before["vcenter"])
    assert "Folder /sandbox/vm/second" in more
    assert not any(name.startswith(("Cluster", "Host", "Datastore", "Datacenter")) for name in more)
    with unchanged(stage):
        assert second.pave() == document
        assert first.plan().empty
    second.destroy()
    assert census(stage) == before


def test_a_host_is_added_to_a_datacenter_of_its_own_and_taken_out_again(
    stage: Sandboxed, first: Environment, ca: Path
) -> None:
    before = census(stage)
    annex = tenant(stage, "annex", on_a_host("annex", ca, str(stage.where.hosts[2])))
    annex.pave()
    host = f"HostSystem /annex/host/annex-z1/{stage.where.hosts[2].rpartition(':')[0]}"
    assert host in multiset(census(stage)["vcenter"])
    assert annex.plan().empty
    assert first.plan().empty
    annex.destroy()
    assert census(stage) == before


def test_two_environments_side_by_side_know_nothing_of_each_other(
    stage: Sandboxed, first: Environment, ca: Path
) -> None:
    before = census(stage)
    left = tenant(stage, "left", on_clusters("left", ca))
    right = tenant(stage, "right", on_clusters("right", ca))
    left.pave()
    with_left = census(stage)
    right.pave()
    assert left.plan().empty
    assert right.plan().empty
    right.destroy()
    assert census(stage) == with_left
    assert left.plan().empty
    left.destroy()
    assert census(stage) == before


def test_the_same_name_under_another_owner_is_refused_before_anything_is_made(
    stage: Sandboxed, first: Environment, ca: Path
) -> None:
    one = tenant(stage, "same", on_clusters("same", ca))
    one.pave()
    before = census(stage)
    other = tenant(stage, "same-again", on_clusters("same", ca))
    try:
        with pytest.raises(PreflightFailed) as caught:
            other.pave()
        assert caught.value.exit_code == 7
        assert one.plan().empty
        other.destroy()
        assert census(stage) == before
    finally:
        one.destroy()


def test_a_datacenter_that_is_there_is_no_place_for_new_hosts(stage: Sandboxed, first: Environment, ca: Path) -> None:
    vcenter = stage.vcenter()
    made = vcenter.content.rootFolder.CreateDatacenter("taken")
    before = census(stage)
    environment = tenant(stage, "taken", on_a_host("taken", ca, str(stage.where.hosts[2])))
    try:
        with pytest.raises(PreflightFailed) as caught:
            environment.pave()
        assert caught.value.exit_code == 7
        environment.destroy()
        assert census(stage) == before
    finally:
        vcenter.wait(vcenter.all(vim().Datacenter)[vcenter.read(made, "name")].Destroy_Task())


def test_what_is_adopted_and_not_there_is_named_before_anything_is_made(
    stage: Sandboxed, first: Environment, ca: Path
) -> None:
    environment = tenant(stage, "lost", on_clusters("lost", ca))
    environment.section["datastores"]["vms"] = {"existing": "nowhere"}
    environment.edit()
    with unchanged(stage):
        result = environment.run("pave", "-y")
    assert result.returncode == 7
    assert "nowhere" in result.stderr


def test_the_first_environments_destroy_is_held_by_a_tenant_and_touches_nothing_of_it(
    stage: Sandboxed, first: Environment, ca: Path
) -> None:
    other = tenant(stage, "tenant", on_clusters("tenant", ca))
    other.pave()
    ours = {name for name in multiset(census(stage)["vcenter"]) if "tenant" in name}
    result = first.run("destroy", "-y", "--confirm-env", "sandbox")
    assert result.returncode == 4, result.stderr
    assert {name for name in multiset(census(stage)["vcenter"]) if "tenant" in name} == ours
    assert "DistributedVirtualSwitch tenant" in result.stderr
    other.destroy()
