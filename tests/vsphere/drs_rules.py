"""The DRS rules of a cluster that two zones share: as the sandbox has them, and changed by hand."""

from __future__ import annotations

from typing import Any

from environments import Document, Environment
from pyVmomi import vim
from recorded import unchanged
from sandboxes import Sandboxed, Server

from paver.engine.plan import Action

CLUSTER = "/sandbox/host/shared"
RECONFIGURE = "ReconfigureComputeResource_Task"
UNTOUCHED = frozenset({Action.KEEP, Action.ADOPT})


def two_hosts(document: Document) -> None:
    """Two zones share a cluster; the third host is nobody's."""
    zones = document["iaas"]["vsphere"]["zones"]
    document["zones"] = 2
    del zones["z3"]
    for zone in zones.values():
        zone["cluster"] = "shared"


def name(environment: Environment) -> str:
    return f"sandbox-jumpbox-vcenter-{environment.digits}"


def rules(stage: Sandboxed) -> Document:
    found: Document = stage.census("vcenter", "ClusterComputeResource")[CLUSTER].get("rules", {})
    return found


def apart(*machines: str, enabled: bool = True) -> Document:
    told = {"type": "ClusterAntiAffinityRuleSpec", "enabled": enabled, "mandatory": False}
    return {**told, "machines": sorted(machines or ("sandbox-jumpbox", "sandbox-vcenter"))}


def change(server: Server, operation: str, info: Any, key: int | None = None) -> None:  # noqa: ANN401  pyVmomi makes its types at run time
    spec = vim.cluster.RuleSpec(operation=operation, info=info, removeKey=key)
    cluster = server.all(vim.ClusterComputeResource)["shared"]
    server.wait(cluster.ReconfigureComputeResource_Task(vim.cluster.ConfigSpecEx(rulesSpec=[spec]), True))


def rule(server: Server, called: str) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
    config = server.read(server.all(vim.ClusterComputeResource)["shared"], "configurationEx")
    return next(one for one in config.rule if one.name == called)


def machine(server: Server, called: str) -> vim.VirtualMachine:
    """One of somebody else's, on the cluster."""
    files = vim.vm.FileInfo(vmPathName="[sandbox-vms]")
    spec = vim.vm.ConfigSpec(name=called, memoryMB=32, guestId="otherGuest", files=files)
    folder, pool = (
        server.all(vim.Folder)["vm"],
        server.read(server.all(vim.ClusterComputeResource)["shared"], "resourcePool"),
    )
    made: vim.VirtualMachine = server.wait(folder.CreateVM_Task(spec, pool, None))
    return made


def changes(environment: Environment) -> dict[str, str]:
    with unchanged(environment.sandboxed):
        return {str(step.key): step.action.value for step in environment.plan() if step.action not in UNTOUCHED}
