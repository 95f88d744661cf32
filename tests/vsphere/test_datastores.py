"""Datastores of each kind: exports by both versions of NFS, and a local one that is adopted where it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from environments import Document, Environment, census
from recorded import unchanged
from sandboxes import Sandboxed

from paver import api
from paver.contract.environment import PavedEnvironment
from paver_vsphere.sdk import vim

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def environment(stage: Sandboxed) -> Iterator[Environment]:
    """The appliance on an export by NFS 4.1; the second host's own datastore, which has the name of the first's too."""

    def change(document: Document) -> None:
        section = document["iaas"]["vsphere"]
        document["zones"] = 2
        del section["zones"]["z3"]
        document["datastores"]["disks"]["existing"] = True
        section["datastores"]["vms"]["nfs_version"] = "4.1"
        section["datastores"]["disks"] = {"existing": "datastore1", "host": stage.where.hosts[1]}

    before = census(stage)
    one = Environment(stage, change)
    yield one
    one.destroy()
    assert census(stage) == before


@pytest.fixture(scope="module")
def paved(environment: Environment) -> PavedEnvironment:
    return environment.pave()


def stores(stage: Sandboxed) -> dict[str, Document]:
    found = stage.census("vcenter", "Datastore")
    return {path.rpartition("/")[2]: props for path, props in found.items()}


def address(stage: Sandboxed, number: int) -> str:
    return stage.where.hosts[number].rpartition(":")[0]


def test_an_export_by_version_4_1_carries_the_appliance_and_is_mounted_so_everywhere(
    stage: Sandboxed, paved: PavedEnvironment
) -> None:
    found = stores(stage)["sandbox-vms"]
    assert (found["kind"], found["hosts"]) == ("NFS41", [address(stage, 0), address(stage, 1)])
    assert stage.census("esxi-1", "VirtualMachine")
    assert {props["kind"] for props in stage.census("esxi-1", "Datastore").values()} == {"VMFS", "NFS41"}


def test_a_local_datastore_is_found_on_its_host_whatever_the_vcenter_calls_it(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    name = paved.datastores["disks"].driver["datastore"]
    assert stores(stage)[name]["hosts"] == [address(stage, 1)]
    assert stores(stage)[name]["kind"] == "VMFS"
    with unchanged(stage):
        assert environment.pave() == paved
        assert environment.outputs() == paved


def test_the_directors_user_may_use_the_adopted_one_and_no_other_local_one(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    name = paved.datastores["disks"].driver["datastore"]
    granted = {store for store, props in stores(stage).items() if environment.digits in str(props.get("permissions"))}
    assert granted == {"sandbox-vms", name}


def test_another_version_of_an_exports_protocol_is_another_mount(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    environment.edit(lambda document: document["iaas"]["vsphere"]["datastores"]["vms"].update(nfs_version="3"))
    try:
        with unchanged(stage):
            found = api.verify(environment.loaded(), environment.options())
        replaced = {str(step.key): step.reason for step in found.edits if step.action.value == "replace"}
        assert replaced["datastore-mount/vms"] == replaced["datastore/vms"] == "not to be changed in place"
    finally:
        environment.edit(lambda document: document["iaas"]["vsphere"]["datastores"]["vms"].update(nfs_version="4.1"))


def test_one_export_is_not_mounted_by_both_versions(stage: Sandboxed, paved: PavedEnvironment) -> None:
    server, _, path = stage.where.exports["vms"].partition(":")
    vcenter = stage.vcenter()
    for name, fault in {"other": vim().fault.AlreadyExists, "sandbox-vms": vim().fault.DuplicateName}.items():
        spec = vim().host.NasVolume.Specification(
            remoteHost=server, remotePath=path, localPath=name, accessMode="readWrite", type="NFS"
        )
        with pytest.raises(fault):
            vcenter.manager("datastoreSystem").CreateNasDatastore(spec)


def test_a_local_datastore_that_its_host_has_not_is_found_missing_before_anything_is_made(
    stage: Sandboxed, environment: Environment, paved: PavedEnvironment
) -> None:
    disks = environment.section["datastores"]["disks"]
    disks["existing"] = "datastore7"
    environment.edit()
    try:
        failed = [one for one in environment.preflight() if one.severity.value == "fail"]
        assert [one.path[-3:] for one in failed] == [("datastores", "disks", "existing")]
        assert "it has datastore1" in failed[0].hint
    finally:
        disks["existing"] = "datastore1"
        environment.edit()
