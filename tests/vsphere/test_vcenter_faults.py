"""On a vCenter that is there: each fault is found before anything is made, with the exit code that it asks for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from environments import Environment
from plants import Fault, Plant, set_, written
from recorded import unchanged
from sandboxes import Sandboxed
from tenants import on_clusters, tenant

from paver.contract.driver import Severity
from paver_vsphere.sdk import vim

pytestmark = pytest.mark.sandbox


def vcenter(**wrong: Any) -> Plant:  # noqa: ANN401  what the control endpoint takes
    """A fault of the server's own."""

    @contextmanager
    def plant(environment: Environment) -> Iterator[None]:
        environment.sandboxed.control("/settings", {"vcenter": wrong})
        try:
            yield
        finally:
            environment.sandboxed.control("/settings", {"vcenter": {"clock_skew_s": 0, "version": "8.0.3"}})

    return plant


def asks_for(gib: int) -> Plant:
    """More of the first datastore, which has 10 TiB."""
    return written(lambda environment: environment.document["datastores"]["vms"].update(capacity_gib=gib))


@written
def another_thumbprint(environment: Environment) -> None:
    """The certificate is not the one that was pinned once."""
    where = environment.sandboxed.where
    pins = environment.base / "drifted"
    pins.write_text(f"{where.vcenter}:{where.vcenter_port} {'00' * 32}\n")
    environment.section["known_hosts"] = pins.name


@written
def wrong_password(environment: Environment) -> None:
    path = environment.base / "wrong.password"
    path.touch(mode=0o600)
    path.write_text("not-the-password")
    environment.section["password"] = f"file:{path.name}"


@contextmanager
def taken_folder(environment: Environment) -> Iterator[None]:
    server = environment.sandboxed.vcenter()
    folder = server.read(server.all(vim().Datacenter)["sandbox"], "vmFolder").CreateFolder("faulty")
    try:
        yield
    finally:
        server.wait(folder.Destroy_Task())


@contextmanager
def taken_switch(environment: Environment) -> Iterator[None]:
    server = environment.sandboxed.vcenter()
    folder = server.read(server.all(vim().Datacenter)["sandbox"], "networkFolder")
    config = vim().dvs.VmwareDistributedVirtualSwitch.ConfigSpec(name="faulty")
    switch = server.wait(folder.CreateDVS_Task(vim().DistributedVirtualSwitch.CreateSpec(configSpec=config)))
    group = vim().dvs.DistributedVirtualPortgroup.ConfigSpec(name="faulty-services", type="earlyBinding", numPorts=8)
    server.wait(switch.AddDVPortgroup_Task([group]))
    try:
        yield
    finally:
        server.wait(switch.Destroy_Task())


@written
def no_cluster(environment: Environment) -> None:
    environment.section["zones"]["z2"]["cluster"] = "nowhere"


@written
def no_datastore(environment: Environment) -> None:
    environment.section["datastores"]["vms"]["existing"] = "nowhere"


FAULTS = {
    "a thumbprint that is no longer the pinned one": Fault(another_thumbprint, "trust", "another certificate", 6),
    "a wrong password": Fault(wrong_password, "permission", "password", 3),
    "a clock that is off": Fault(vcenter(clock_skew_s=-400), "clock", "-400 s off", 7),
    "a version that is too old": Fault(
        vcenter(version="6.7.0"), "version", "runs vCenter 6.7.0; 7.0 or newer is needed", 7
    ),
    "a folder's name that somebody has": Fault(taken_folder, "names", "folder/faulty would have it", 7),
    "a switch's name that somebody has": Fault(taken_switch, "names", "switch/faulty would have it", 7),
    "a port group's name that somebody has": Fault(taken_switch, "names", "port-group/services would have it", 7),
    "no datacenter": Fault(set_("", datacenter="nowhere"), "names", "has no datacenter nowhere", 7),
    "no cluster": Fault(no_cluster, "names", "has no cluster nowhere", 7),
    "no datastore": Fault(no_datastore, "names", "has no datastore nowhere", 7),
    "a datastore that is too small": Fault(
        asks_for(20480), "capacity", "has 10240 GiB in all; the spec asks for 20480", 7
    ),
}


@pytest.fixture
def environment(stage: Sandboxed, ca: Path) -> Environment:
    return tenant(stage, "faulty", on_clusters("faulty", ca))


def test_a_vcenter_as_it_should_be_passes(stage: Sandboxed, environment: Environment) -> None:
    environment.document["datastores"]["vms"]["capacity_gib"] = 100
    environment.edit()
    with unchanged(stage):
        findings = environment.preflight()
    assert {one.severity for one in findings} == {Severity.OK}
    assert {"reach", "version", "clock", "permission", "names", "capacity"} <= {one.check for one in findings}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_has_its_exit_code_and_nothing_is_changed(
    stage: Sandboxed, environment: Environment, name: str
) -> None:
    fault = FAULTS[name]
    with fault.plant(environment), unchanged(stage):
        findings = [one for one in environment.preflight() if one.severity is Severity.FAIL]
        result = environment.run("pave", "-y")
    assert any(one.check == fault.check and fault.said in one.what for one in findings), findings
    assert result.returncode == fault.code, result.stderr
    assert fault.said in " ".join(result.stderr.split())


def test_the_environment_that_has_a_name_is_told_by_its_register(environment: Environment, ca: Path) -> None:
    environment.pave()
    try:
        other = tenant(environment.sandboxed, "faulty-too", on_clusters("faulty", ca))
        said = [one.what for one in other.preflight() if one.severity is Severity.FAIL]
        assert any(f"paver-register-{environment.digits} claims it for folder/faulty" in what for what in said), said
    finally:
        environment.destroy()


def test_a_version_that_nobody_has_tried_is_worth_a_word(environment: Environment) -> None:
    with vcenter(version="99.1.0")(environment):
        findings = environment.preflight()
    assert [one.what for one in findings if one.severity is Severity.FAIL] == []
    said = "runs vCenter 99.1.0, with which paver has not been tried"
    assert any(said in one.what for one in findings if one.severity is Severity.WARN), findings
