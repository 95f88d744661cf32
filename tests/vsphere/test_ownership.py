"""What looks like ours and is not stays as it is, whatever paver does beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from environments import Document, Environment, census
from planter import NAME, Planter
from sandboxes import Sandboxed, Server
from tenants import on_clusters, on_two_hosts, root_ca, tenant

from paver_vsphere.sdk import vim

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def first(stage: Sandboxed) -> Environment:
    """The environment that made the vCenter, on two of three hosts. It ends with its sandbox: look-alikes hold it."""
    one = Environment(stage, on_two_hosts, label="first")
    one.pave()
    return one


@pytest.fixture
def guest(stage: Sandboxed, first: Environment) -> Iterator[str]:
    """A VM of somebody else in our folder, in our pool, on our host and on our datastore."""
    server = stage.vcenter()
    folder = server.all(vim().Folder)["vms"]
    pools = {server.read(pool, "owner"): pool for pool in _all(server, vim().ResourcePool) if _named(server, pool)}
    cluster = server.all(vim().ClusterComputeResource)["sandbox-z1"]
    host = server.read(cluster, "host")[0]
    config = vim().vm.ConfigSpec(
        name="guest",
        guestId="otherGuest",
        numCPUs=1,
        memoryMB=64,
        files=vim().vm.FileInfo(vmPathName="[sandbox-disks] guest/guest.vmx"),
    )
    machine = server.wait(folder.CreateVM_Task(config, pools[cluster], host))
    yield server.read(machine, "name")
    server.wait(machine.Destroy_Task())
    assert (again := first.run("pave", "-y")).returncode == 0, again.stderr


def _all(server: Server, kind: Any) -> list[Any]:  # noqa: ANN401  pyVmomi's objects carry no types
    view: Any = server.content.viewManager
    return list(server.read(view.CreateContainerView(server.content.rootFolder, [kind], True), "view"))


def _named(server: Server, pool: Any) -> bool:  # noqa: ANN401  the same
    return bool(server.read(pool, "name") == "sandbox")


def test_a_guest_holds_what_it_stands_on_and_everything_else_goes(
    stage: Sandboxed, first: Environment, guest: str
) -> None:
    machine = stage.census("vcenter", "VirtualMachine")
    del machine["/sandbox/vm/sandbox/sandbox-jumpbox"]
    result = first.run("destroy", "-y", "--confirm-env", "sandbox")
    assert result.returncode == 4, result.stderr
    assert f"VM {guest}" in result.stderr
    assert stage.census("vcenter", "VirtualMachine") == machine
    left = {f"{t['type']} {t['path']}" for t in census(stage)["vcenter"] if t["path"].startswith("/sandbox")}
    assert {
        "Folder /sandbox/vm/sandbox/vms",
        "ResourcePool /sandbox/host/sandbox-z1/Resources/sandbox",
        "Datastore /sandbox/datastore/sandbox-disks",
    } <= left
    gone = ("Folder /sandbox/vm/sandbox/templates", "ResourcePool /sandbox/host/sandbox-z2/Resources/sandbox")
    assert not left & set(gone)


def test_twenty_look_alikes_are_untouched_by_pave_and_destroy(stage: Sandboxed, first: Environment) -> None:
    environment = tenant(stage, NAME, on_clusters(NAME, root_ca(stage, first.outputs())))
    planter = Planter(stage, first, environment)
    planter.everything()
    esxi = stage.esxi(2)
    group = vim().host.PortGroup.Specification(
        name=f"{NAME}-bootstrap", vlanId=20, vswitchName="vSwitch0", policy=vim().host.NetworkPolicy()
    )
    esxi.manager("networkSystem").AddPortGroup(group)
    server, _, path = stage.where.exports["vms"].partition(":")
    volume = vim().host.NasVolume.Specification(
        remoteHost=server, remotePath=path, localPath=f"{NAME}-vms", accessMode="readWrite", type="NFS"
    )
    esxi.manager("datastoreSystem").CreateNasDatastore(volume)
    before = census(stage)
    assert len(planter.planted) + 2 >= 20
    there = {f"{thing['type']} {thing['path']}" for thing in before["vcenter"]}
    assert set(planter.planted) <= there
    assert not [step for step in environment.plan() if step.have is not None and step.action not in {"adopt", "keep"}]
    environment.pave()
    after = census(stage)
    assert beside(before, environment) == beside(after, environment, before)
    environment.pave()
    environment.destroy()
    assert census(stage) == before


def beside(
    found: dict[str, list[Document]], environment: Environment, before: dict[str, list[Document]] | None = None
) -> dict[tuple[str, str, str], Document]:
    """What was there before the environment, without its grants and its register's value."""
    known = {(scope, t["type"], t["path"]) for scope, things in (before or found).items() for t in things}
    return {
        (scope, thing["type"], thing["path"]): _without(thing["props"], environment)
        for scope, things in found.items()
        for thing in things
        if (scope, thing["type"], thing["path"]) in known
    }


def _without(props: Document, environment: Environment) -> Document:
    grants = [one for one in props.get("permissions", ()) if environment.digits not in one]
    values = {name: value for name, value in props.get("customValue", {}).items() if environment.digits not in name}
    return {**props, "permissions": grants, "customValue": values}
