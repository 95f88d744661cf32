"""Everything that would fail later is found at once and without a change, each fault with the exit code it asks for."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest
from environments import Environment
from plants import Fault, Plant, set_, written
from recorded import unchanged
from sandboxes import Sandboxed

from paver.contract.driver import Severity
from paver_vsphere.sdk import vim

pytestmark = pytest.mark.sandbox


@contextmanager
def wrong_thumbprint(environment: Environment) -> Iterator[None]:
    pins = environment.base / "known_hosts"
    text = pins.read_text()
    lines = text.splitlines()
    pins.write_text("\n".join([lines[0], f"{lines[1].split()[0]} {'00' * 32}", *lines[2:]]))
    try:
        yield
    finally:
        pins.write_text(text)


@contextmanager
def wrong_password(environment: Environment) -> Iterator[None]:
    path = environment.base / "wrong.password"
    path.touch(mode=0o600)
    path.write_text("not-the-password")
    environment.section["esxi_password"] = f"file:{path.name}"
    environment.edit()
    yield


@contextmanager
def occupied(environment: Environment) -> Iterator[None]:
    where = environment.sandboxed.where
    with closing(socket.create_server((where.vcenter, where.setup_port))):
        yield


def host(name: str, wrong: dict[str, object], right: dict[str, object]) -> Plant:
    """A fault of a host."""

    @contextmanager
    def plant(environment: Environment) -> Iterator[None]:
        environment.sandboxed.control("/settings", {"hosts": {name: wrong}})
        try:
            yield
        finally:
            environment.sandboxed.control("/settings", {"hosts": {name: right}})

    return plant


@contextmanager
def full(environment: Environment) -> Iterator[None]:
    environment.document["datastores"]["vms"]["existing"] = True
    environment.section["datastores"]["vms"] = {"existing": "datastore1"}
    environment.edit()
    with host("esxi-1", {"free_gib": 20}, {"free_gib": 1024})(environment):
        yield


@written
def small(environment: Environment) -> None:
    environment.document["datastores"]["vms"].update(existing=True, capacity_gib=4096)
    environment.section["datastores"]["vms"] = {"existing": "datastore1", "host": environment.sandboxed.where.hosts[0]}


@contextmanager
def maintenance(environment: Environment) -> Iterator[None]:
    server = environment.sandboxed.esxi(2)
    server.wait(server.host.EnterMaintenanceMode_Task(0, False))
    try:
        yield
    finally:
        server.wait(server.host.ExitMaintenanceMode_Task(0))


@contextmanager
def taken_vm(environment: Environment) -> Iterator[None]:
    server = environment.sandboxed.esxi()
    machine = server.imported(environment.base / "appliance.ova", "sandbox-vcenter")
    try:
        yield
    finally:
        server.wait(machine.Destroy_Task())


@contextmanager
def taken_port_group(environment: Environment) -> Iterator[None]:
    network = environment.sandboxed.esxi().manager("networkSystem")
    policy = vim().host.NetworkPolicy()
    network.AddPortGroup(
        vim().host.PortGroup.Specification(name="sandbox-bootstrap", vlanId=3, vswitchName="vSwitch0", policy=policy)
    )
    try:
        yield
    finally:
        network.RemovePortGroup("sandbox-bootstrap")


@written
def unreachable(environment: Environment) -> None:
    environment.document["zones"] = 4
    environment.section["zones"]["z4"] = {"cluster": "sandbox-z4", "hosts": ["127.255.255.1:9"]}


FAULTS = {
    "a wrong thumbprint": Fault(wrong_thumbprint, "trust", "another certificate", 6),
    "an OVA that is not the one named": Fault(set_("appliance", sha256="0" * 64), "appliance", "is not the one", 6),
    "a licence nobody accepted": Fault(set_("appliance", accept_eula="other"), "appliance", "is not accepted", 7),
    "an occupied address": Fault(occupied, "addresses", "is occupied", 7),
    "a full datastore": Fault(full, "capacity", "GiB free", 7),
    "a clock that is off": Fault(host("esxi-1", {"clock_skew_s": 400}, {"clock_skew_s": 0}), "clock", "+400 s off", 7),
    "a read-only licence": Fault(host("esxi-3", {"read_only": True}, {"read_only": False}), "licence", "read-only", 7),
    "a version that is too old": Fault(
        host("esxi-3", {"version": "6.7.0"}, {"version": "8.0.3"}), "version", "runs ESXi 6.7.0; 7.0 or newer", 7
    ),
    "too few CPUs": Fault(
        set_("appliance", size="xlarge"), "capacity", "logical CPUs; an appliance of size xlarge takes 24", 7
    ),
    "maintenance mode": Fault(maintenance, "state", "maintenance mode", 7),
    "a missing NIC": Fault(set_("", uplinks=["vmnic7"]), "uplinks", "has no vmnic7", 7),
    "a name that does not resolve": Fault(set_("", vcenter="vcenter.invalid"), "dns", "does not resolve", 7),
    "a VM of the appliance's name": Fault(taken_vm, "names", "a VM of that name", 7),
    "a port group of our name": Fault(taken_port_group, "names", "a port group of that name", 7),
    "a host that does not answer": Fault(unreachable, "reach", "127.255.255.1", 4),
    "a first user that cannot be": Fault(set_("", user="paver@vsphere.local"), "permission", "first user", 7),
}
ALONE = {
    **FAULTS,
    "a wrong password": Fault(wrong_password, "permission", "password", 3),
    "a datastore that is too small": Fault(small, "capacity", "has 1024 GiB in all; the spec asks for 4096", 7),
    "an OVA that is not there": Fault(set_("appliance", ova="nowhere.ova"), "appliance", "nowhere.ova", 7),
}


@pytest.fixture
def environment(stage: Sandboxed) -> Environment:
    return Environment(stage)


def test_bare_hosts_as_they_should_be_pass(stage: Sandboxed, environment: Environment) -> None:
    with unchanged(stage):
        assert environment.run("preflight").returncode == 0


def test_all_planted_faults_are_found_by_one_preflight(stage: Sandboxed, environment: Environment) -> None:
    with ExitStack() as planted:
        # What takes a change of a host comes before the licence that forbids it.
        for fault in sorted(FAULTS.values(), key=lambda fault: fault.check == "licence"):
            planted.enter_context(fault.plant(environment))
        with unchanged(stage):
            findings = [one for one in environment.preflight() if one.severity is Severity.FAIL]
            result = environment.run("pave", "-y")
    text = "\n".join(f"{one.check}: {one.what}" for one in findings)
    for name, fault in FAULTS.items():
        assert any(fault.check == one.check and fault.said in one.what for one in findings), f"{name}:\n{text}"
        assert fault.said in " ".join(result.stderr.split()), name
    assert len(FAULTS) >= 12
    assert result.returncode == 6


@pytest.mark.parametrize("name", ALONE)
def test_alone_each_fault_has_its_exit_code_and_nothing_is_changed(
    stage: Sandboxed, environment: Environment, name: str
) -> None:
    fault = ALONE[name]
    with fault.plant(environment), unchanged(stage):
        result = environment.run("pave", "-y")
    assert result.returncode == fault.code, result.stderr
    assert fault.said in " ".join(result.stderr.split())
