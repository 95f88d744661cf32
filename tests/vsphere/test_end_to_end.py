"""From bare hosts to the environment document and back, judged by the sandbox's own account of itself."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from environments import Document, Environment, census, multiset
from pydantic import TypeAdapter
from recorded import forget, reads, unchanged
from sandboxes import Sandboxed

from paver.contract.environment import PavedEnvironment
from paver.engine.plan import Action
from paver_vsphere.sdk import vim

pytestmark = pytest.mark.sandbox

EXAMPLE = Path(__file__).parents[3] / "shared" / "examples" / "environment-vsphere.json"
NAMED = {
    *("zones", "networks", "subnets", "datastores", "credentials", "authorities", "leaves", "trusted"),
    *("load_balancers", "services", "assigned", "labels"),
}
"""Mappings whose keys are users' names."""

ON_VCENTER = Counter(
    [
        "Datacenter /sandbox",
        *(f"ClusterComputeResource /sandbox/host/sandbox-{zone}" for zone in ("z1", "z2", "z3")),
        *(f"ResourcePool /sandbox/host/sandbox-{zone}/Resources" for zone in ("z1", "z2", "z3")),
        *(f"ResourcePool /sandbox/host/sandbox-{zone}/Resources/sandbox" for zone in ("z1", "z2", "z3")),
        *(f"HostSystem /sandbox/host/sandbox-z{n}/{{hosts}}.1{n}" for n in (1, 2, 3)),
        *(f"Datastore /sandbox/datastore/sandbox-{name}" for name in ("vms", "disks")),
        *(f"Datastore /sandbox/datastore/datastore1{more}" for more in ("", " (1)", " (2)")),
        "DistributedVirtualSwitch /sandbox/network/sandbox",
        *(
            f"DistributedVirtualPortgroup /sandbox/network/sandbox-{name}"
            for name in ("management", "services", "workload", "lb", "DVUplinks-{uplinks}")
        ),
        "Network /sandbox/network/VM Network",
        "Folder /",
        *(f"Folder /sandbox/{name}" for name in ("datastore", "host", "network", "vm")),
        *(f"Folder /sandbox/vm/sandbox{name}" for name in ("", "/vms", "/templates")),
        "VirtualMachine /sandbox/vm/sandbox/sandbox-jumpbox",
        "Folder /sandbox/vm/Discovered virtual machine",
        "VirtualMachine /sandbox/vm/Discovered virtual machine/sandbox-vcenter",
        *(f"Role sandbox-{level}-{{digits}}" for level in ("root", "datacenter", "objects")),
        *(f"User {user}@vsphere.local" for user in ("administrator", "sandbox-bosh-cpi-{digits}")),
        *(f"Group {group}@vsphere.local" for group in ("Administrators", "ReadOnlyUsers", "Users")),
        "TrustedRoot CA of {vcenter}",
    ]
)
ON_FIRST_HOST = Counter(
    [
        "HostPortGroup vSwitch0/sandbox-bootstrap",
        "Network /ha-datacenter/network/sandbox-bootstrap",
        "HostProxySwitch sandbox",
        "VirtualMachine /ha-datacenter/vm/sandbox-vcenter",
        *(f"Datastore /ha-datacenter/datastore/sandbox-{name}" for name in ("vms", "disks")),
    ]
)
ON_EVERY_HOST = Counter(
    ["HostProxySwitch sandbox", *(f"Datastore /ha-datacenter/datastore/sandbox-{name}" for name in ("vms", "disks"))]
)


@pytest.fixture(scope="module")
def bare_census(stage: Sandboxed) -> dict[str, list[Document]]:
    return census(stage)


@pytest.fixture(scope="module")
def environment(stage: Sandboxed, bare_census: dict[str, list[Document]]) -> Environment:
    return Environment(stage)


@pytest.fixture(scope="module")
def paved(environment: Environment) -> Iterator[PavedEnvironment]:
    """The environment's document. It is destroyed at the end, if no test did so."""
    yield environment.pave()
    environment.destroy()


def test_every_server_has_what_the_spec_says_and_nothing_else(
    paved: PavedEnvironment, environment: Environment, bare_census: dict[str, list[Document]]
) -> None:
    found = census(environment.sandboxed)
    here = str(environment.sandboxed.where.hosts[0]).rpartition(".")[0]
    vcenter = environment.sandboxed.where.vcenter
    uplinks = next(thing["path"] for thing in found["vcenter"] if "DVUplinks" in thing["path"]).rpartition("-")[2]
    wanted = {
        name.format(hosts=here, digits=environment.digits, uplinks=uplinks, vcenter=vcenter) for name in ON_VCENTER
    }
    there = multiset(found["vcenter"])
    assert there == Counter({*wanted, f"CustomField paver-register-{environment.digits}"})
    for scope, more in [("esxi-1", ON_FIRST_HOST), ("esxi-2", ON_EVERY_HOST), ("esxi-3", ON_EVERY_HOST)]:
        assert multiset(found[scope]) == multiset(bare_census[scope]) + more


def test_marks_settings_and_grants_are_as_the_spec_says(paved: PavedEnvironment, environment: Environment) -> None:
    stage, digits = environment.sandboxed, environment.digits
    mark = f"paver owner={environment.id} environment=sandbox key="
    groups = stage.census("vcenter", "DistributedVirtualPortgroup")
    for name, vlan in {"management": 20, "services": 21, "workload": 22, "lb": 23}.items():
        group = groups[f"/sandbox/network/sandbox-{name}"]
        assert (group["vlan"], group["description"]) == (vlan, f"{mark}port-group/{name}")
    switch = stage.census("vcenter", "DistributedVirtualSwitch")["/sandbox/network/sandbox"]
    assert switch["description"] == f"{mark}switch/sandbox"
    assert switch["hosts"] == sorted(host.partition(":")[0] for host in stage.where.hosts)
    who = f"VSPHERE.LOCAL\\sandbox-bosh-cpi-{digits}"
    granted = {
        thing["path"]: thing["props"]["permissions"]
        for thing in census(stage)["vcenter"]
        if any(who in grant for grant in thing["props"].get("permissions", ()))
    }
    objects = [f"{who}=sandbox-objects-{digits} propagate=true"]
    assert {path: [g for g in grants if who in g] for path, grants in granted.items()} == {
        "/": [f"{who}=sandbox-root-{digits} propagate=false"],
        "/sandbox": [f"{who}=sandbox-datacenter-{digits} propagate=true"],
        "/sandbox/vm/sandbox": objects,
        **{f"/sandbox/host/sandbox-{zone}/Resources/sandbox": objects for zone in ("z1", "z2", "z3")},
        **{f"/sandbox/datastore/sandbox-{name}": objects for name in ("vms", "disks")},
    }


def test_the_document_reads_back_as_the_contract_has_it(paved: PavedEnvironment, environment: Environment) -> None:
    text = paved.model_dump_json()
    assert PavedEnvironment.model_validate_json(text) == paved
    assert (paved.iaas, paved.owner.id) == ("vsphere", environment.id)
    for name in ("root", "esxi", "vcenter"):
        assert environment.sandboxed.password(name) not in text


def test_the_document_has_the_shape_of_the_example(paved: PavedEnvironment) -> None:
    if not EXAMPLE.exists():
        pytest.skip("the example document is not beside this checkout")
    example, ours = json.loads(EXAMPLE.read_text()), json.loads(paved.model_dump_json())
    assert shape(ours) - shape(example) <= ALLOWED
    missing = {path for path, _ in shape(example)} - {path for path, _ in shape(ours)}
    assert {path.partition(".")[0] for path in missing} <= {"labels", "proxy", "ntp[]"}


ALLOWED = {
    ("jumpbox.public_address", "null"),
    ("datastores.*.capacity_gib", "null"),
    ("datastores.*.encrypted", "null"),
    ("proxy.https", "null"),
}
"""What the sandbox's spec does not ask for."""


def test_a_second_pave_sends_no_mutating_call_and_the_plan_is_empty(
    paved: PavedEnvironment, environment: Environment
) -> None:
    with unchanged(environment.sandboxed):
        assert environment.pave() == paved
        assert environment.plan().empty
        assert environment.run("plan", "--detailed-exitcode").returncode == 0


def test_the_listing_takes_as_many_calls_as_are_on_record(paved: PavedEnvironment, environment: Environment) -> None:
    forget(environment.sandboxed)
    environment.plan()
    assert reads(environment.sandboxed) <= 24


def test_a_task_that_never_paved_rebuilds_the_document(
    paved: PavedEnvironment, environment: Environment, tmp_path: Path
) -> None:
    with unchanged(environment.sandboxed):
        assert environment.outputs(tmp_path / "fresh") == paved


def test_verify_names_exactly_the_edits_made_by_hand_and_pave_mends_them(
    paved: PavedEnvironment, environment: Environment
) -> None:
    before, stage, noted = census(environment.sandboxed), environment.sandboxed, environment.register()
    vcenter = stage.vcenter()
    group = vcenter.all(vim().dvs.DistributedVirtualPortgroup)["sandbox-lb"]
    ports = vim().dvs.VmwareDistributedVirtualSwitch
    policy = ports.VmwarePortConfigPolicy(vlan=ports.VlanIdSpec(inherited=False, vlanId=99))
    version = vcenter.read(group, "config.configVersion")
    spec = vim().dvs.DistributedVirtualPortgroup.ConfigSpec(configVersion=version, defaultPortConfig=policy)
    vcenter.wait(group.ReconfigureDVPortgroup_Task(spec))
    manager: Any = vcenter.content.authorizationManager
    role = next(r for r in vcenter.read(manager, "roleList") if r.name == f"sandbox-root-{environment.digits}")
    manager.UpdateAuthorizationRole(role.roleId, role.name, ["Global.ManageCustomFields"])
    vcenter.wait(vcenter.all(vim().Folder)["templates"].Destroy_Task())
    store = vcenter.all(vim().Datastore)["sandbox-disks"]
    manager.RemoveEntityPermission(store, f"VSPHERE.LOCAL\\sandbox-bosh-cpi-{environment.digits}", False)
    with unchanged(stage):
        drift = environment.run("verify", "-o", "json")
    assert drift.returncode == 7, drift.stderr
    found = {str(step.key): step.action for step in environment.plan() if step.mutates}
    assert found == {
        "port-group/lb": Action.UPDATE,
        "role/root": Action.UPDATE,
        "folder/templates": Action.CREATE,
        "permission/bosh-cpi/datastore/disks": Action.CREATE,
    }
    assert environment.pave() == paved
    # The folder is another one of that name, and the register has its id: nothing else differs.
    noted_now = environment.register()
    assert noted_now.pop("folder/templates") != noted.pop("folder/templates")
    assert noted_now == noted
    assert unregistered(census(stage), environment.digits) == unregistered(before, environment.digits)


def test_a_host_that_was_disconnected_is_connected_again(paved: PavedEnvironment, environment: Environment) -> None:
    before, stage = census(environment.sandboxed), environment.sandboxed
    vcenter, address = stage.vcenter(), stage.where.hosts[1].partition(":")[0]
    vcenter.wait(vcenter.all(vim().HostSystem)[address].DisconnectHost_Task())
    steps = {str(step.key): step.action for step in environment.plan()}
    assert steps[f"host/{address.replace('.', '-')}"] is Action.RESUME
    assert environment.pave() == paved
    assert census(stage) == before
    assert environment.plan().empty


def test_another_name_for_what_is_there_is_refused_and_nothing_is_orphaned(
    paved: PavedEnvironment, environment: Environment
) -> None:
    before = census(environment.sandboxed)
    zones = environment.section["zones"]
    zones["z1"]["resource_pool"] = "other"
    environment.edit()
    result = environment.run("pave", "-y")
    del zones["z1"]["resource_pool"]
    environment.edit()
    assert result.returncode == 4, result.stderr
    assert "resource-pool/z1 is sandbox, not other" in " ".join(result.stderr.split())
    assert census(environment.sandboxed) == before
    assert environment.pave() == paved


def test_destroy_without_the_state_directory_ends_at_bare_hosts_and_again_does_nothing(
    paved: PavedEnvironment, environment: Environment, bare_census: dict[str, list[Document]], tmp_path: Path
) -> None:
    shutil.rmtree(environment.state)
    environment.destroy()
    assert census(environment.sandboxed) == bare_census
    with unchanged(environment.sandboxed):
        assert environment.destroy().empty
    assert environment.run("outputs").returncode == 4


def unregistered(found: dict[str, list[Document]], digits: str) -> dict[str, list[Document]]:
    """A census without the register's value."""
    for thing in found["vcenter"]:
        thing["props"].get("customValue", {}).pop(f"paver-register-{digits}", None)
    return found


def shape(value: Any, path: str = "") -> set[tuple[str, str]]:  # noqa: ANN401  any JSON
    """Every path of a document, users' names as `*`, and the type that stands there."""
    if isinstance(value, dict):
        wild = path.rpartition(".")[2] in NAMED
        found = {(path, "object")} if path else set()
        return found.union(*(shape(inner, f"{path}.{'*' if wild else key}".strip(".")) for key, inner in value.items()))
    if isinstance(value, list):
        return {(path, "list")}.union(*(shape(inner, f"{path}[]") for inner in value))
    return {(path, "null" if value is None else type(value).__name__)}


def test_the_shape_of_a_document_tells_types_and_names_apart() -> None:
    document = TypeAdapter(dict[str, Any]).validate_json('{"zones": {"z1": {"n": 1}}, "n": [null]}')
    assert shape(document) == {
        ("zones", "object"),
        ("zones.*", "object"),
        ("zones.*.n", "int"),
        ("n", "list"),
        ("n[]", "null"),
    }
